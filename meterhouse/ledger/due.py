"""What is due, taken from the models into temporary tables that say where each row belongs.

`due` has one row per invoice with its place in the ledger (`sequence`); `due_lines`,
`due_breakdowns`, `due_unrated`, `due_slices`, `due_applications`, `due_counted` and `due_automatic`
have the rows of its lists, each with the sequence of the invoice that carries it. Flat rows are
checked, sorted and copied several times as fast as lists of structs; they become lists once, at the
end (documents.py).
"""

from typing import Any

import duckdb

from meterhouse.ledger.columns import casts, fields_of, missing_fields
from meterhouse.ledger.errors import LedgerError
from meterhouse.ledger.schema import (
    APPLICATION,
    AUTOMATIC,
    BREAKDOWN,
    COUNTED,
    HAND_OVER,
    LINE,
    SLICE,
    UNRATED,
)

TABLES = (
    "due",
    "due_lines",
    "due_breakdowns",
    "due_unrated",
    "due_slices",
    "due_applications",
    "due_counted",
    "due_automatic",
)

_OF_INVOICE = "rows.invoice_id = due.invoice_id"
# What rating records goes with the invoice whose `period_key` it is carried by.
_CARRIED = "rows.contract_id = due.contract_id and rows.carried_on = due.period_key"


def take_due(con: duckdb.DuckDBPyConnection, last_sequence: int) -> int:
    """Make the temporary tables; how many invoices are due.

    `last_sequence` is that of the ledger's last row. Order: issue date, contract, invoice (S-45).
    """
    missing = [
        f"{table}.{field}"
        for table, fields in HAND_OVER.items()
        for field in missing_fields(fields, fields_of(con.table(table)))
    ]
    if missing:
        raise LedgerError(
            "The models lack " + ", ".join(missing) + "; the columns that the ledger "
            "needs are declared in meterhouse/ledger/schema.py (HAND_OVER)."
        )
    invoices = HAND_OVER["invoices.due_invoices"]
    con.execute(
        f"create or replace temp table due as select *, {last_sequence} "
        "+ row_number() over (order by issue_on, contract_id, invoice_id) as sequence "
        f"from (select {casts(invoices, 'given')} from invoices.due_invoices as given)"
    )
    _take_rows(con, "due_lines", LINE, "invoices.draft_lines", _OF_INVOICE)
    _take_rows(
        con,
        "due_breakdowns",
        {"line_number": LINE["line_number"], **BREAKDOWN},
        "invoices.draft_line_breakdowns",
        _OF_INVOICE,
    )
    _take_rows(con, "due_unrated", UNRATED, "rating.unrated_slices", _CARRIED)
    _take_rows(con, "due_slices", SLICE, "rating.slice_records", _CARRIED)
    _take_rows(con, "due_applications", APPLICATION, "invoices.draft_applications", _OF_INVOICE)
    _take_rows(con, "due_counted", COUNTED, "invoices.draft_counted_slices", _OF_INVOICE)
    _take_rows(con, "due_automatic", AUTOMATIC, "invoices.draft_automatic_commits", _OF_INVOICE)
    return int(con.execute("select count(*) from due").fetchall()[0][0])


def drop_due(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what `take_due` made."""
    for table in TABLES:
        con.execute(f"drop table if exists temp.{table}")


def _take_rows(
    con: duckdb.DuckDBPyConnection, table: str, fields: dict[str, Any], source: str, condition: str
) -> None:
    con.execute(
        f"create or replace temp table {table} as select due.sequence, {casts(fields, 'rows')} "
        f"from {source} as rows inner join due on {condition}"
    )
