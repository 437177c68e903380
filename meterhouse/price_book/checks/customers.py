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
    Rule(
        "alias_of_two_customers",
        "customer_aliases",
        "starting_on",
        """
        select later.file_row, later.alias, earlier.file_row as other_row, earlier.customer_id,
            coalesce(greatest(later.starting_on, earlier.starting_on)::varchar, 'ever') as shared
        from customer_aliases as later
        inner join customer_aliases as earlier
            on later.alias = earlier.alias
            and later.file_row > earlier.file_row
            and later.starting_on is distinct from earlier.starting_on
            and share_a_day(
                start_or_ever(later.starting_on), later.ending_before,
                start_or_ever(earlier.starting_on), earlier.ending_before
            )
        """,
        "The alias '{alias}' belongs to {customer_id} in row {other_row} already, on days from"
        " {shared} on: on one day an alias belongs to one customer (S-9, S-46).",
        "End one row where the other begins: ending_before is the first day that no longer counts.",
    ),
)
