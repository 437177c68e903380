"""Customers and the names that their events carry (S-9)."""

from meterhouse.price_book.checks.rule import Rule

RULES = (
    Rule(
        "alias_is_customer_id",
        "customer_aliases",
        "alias",
        """
        select customer_aliases.file_row, customer_aliases.alias, customers.file_row as other_row
        from customer_aliases
        inner join customers on customer_aliases.alias = customers.customer_id
        """,
        "The alias '{alias}' is the id of the customer in row {other_row} of customers (S-9).",
        "Remove the alias: events that carry a customer's id need none.",
    ),
)
