"""What is published: as the official SDK reads it, and as the marts have it."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.golden.pipeline import Table

Line = tuple[str, int, str, str]


def lines_read(client: Any, customers: list[str]) -> Iterator[Line]:
    """Invoice, line number, amount and total of the invoice, of every line of these customers."""
    for customer in customers:
        for invoice in client.customers.invoices.list(customer_id=customer, limit=3):
            assert invoice.customer_id == customer
            for line in invoice.line_items:
                facts = json.loads(line.metadata)
                places = 2 if line.credit_type.id == "USD" else 0
                assert line.total == float(Decimal(facts["amount"]).scaleb(places))
                yield (
                    invoice.id,
                    facts["line_number"],
                    facts["amount"],
                    invoice.custom_fields["total"],
                )


def lines_published(published: dict[str, Table]) -> Iterator[Line]:
    """The same from the marts."""
    totals = {row["invoice_id"]: row["total"] for row in rows_of(published["invoices"])}
    for row in rows_of(published["invoice_lines"]):
        yield (
            row["invoice_id"],
            row["line_number"],
            str(row["amount"]),
            str(totals[row["invoice_id"]]),
        )


def movements_read(client: Any, customers: list[str]) -> Iterator[tuple[str, str]]:
    """Commit and exact amount of every movement of these customers' balances."""
    for customer in customers:
        for balance in client.contracts.list_balances(
            customer_id=customer, include_balance=True, include_ledgers=True, limit=1
        ):
            for entry in balance.ledger:
                yield balance.id, entry.amount_exact


def movements_published(published: dict[str, Table]) -> Iterator[tuple[str, str]]:
    """The same from the mart."""
    for row in rows_of(published["commit_ledger"]):
        yield row["commit_id"], str(row["amount"])


def rows_of(table: Table) -> list[dict[str, Any]]:
    """The rows of a mart, by column."""
    names, rows = table
    return [dict(zip(names, row, strict=True)) for row in rows]
