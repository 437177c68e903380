"""Numbers of invoices (S-45) and credit notes (S-55): how they are written, in which order given.

What the models say of the same is dbt_project/macros/invoices/invoice_number.sql and its
neighbours; tests/project/test_one_place.py compares them.
"""

import re

# Only invoices with lines have a number; those of one run are numbered in this order.
NUMBER_ORDER = ("issue_on", "contract_id", "invoice_id")
_CREDIT_NOTE = re.compile(r"cn-?0*([0-9]+)", re.IGNORECASE | re.ASCII)
_WRITTEN = re.compile(r"(?:inv-?)?0*([0-9]+)", re.IGNORECASE | re.ASCII)


def invoice_number(number: int) -> str:
    """12 → `INV-000012`."""
    return f"INV-{number:06d}"


def invoice_number_sql(number: str) -> str:
    """The same in DuckDB, of an expression that gives a whole number."""
    return f"printf('INV-%06d', {number})"


def as_invoice_number(asked: str) -> str:
    """`INV-000012` for `INV-000012`, `inv-12` and `12`; any other text as it is."""
    match = _WRITTEN.fullmatch(asked)
    return invoice_number(int(match[1])) if match else asked


def credit_note_number(number: int) -> str:
    """12 → `CN-000012`."""
    return f"CN-{number:06d}"


def credit_note_number_sql(number: str) -> str:
    """The same in DuckDB, of an expression that gives a whole number; null stays null."""
    return f"printf('CN-%06d', {number})"


def as_credit_note_number(asked: str) -> str | None:
    """`CN-000012` for `CN-000012` and `cn-12`; None for any other text."""
    match = _CREDIT_NOTE.fullmatch(asked)
    return credit_note_number(int(match[1])) if match else None
