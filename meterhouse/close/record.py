"""The record of closed months: $METERHOUSE_HOME/closed_months, append-only and chained (S-82).

One entry of the table per month that was closed: a row for each entry of the journal, and last the
row of the month itself, with `entry_type` = 'closed', which also stands where nothing was booked.
The chain is that of the ledger (ledger/chain.py), over the columns of ROW in all rows.
"""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from meterhouse.ledger.columns import Fields
from meterhouse.warehouse.database import append_rows, transaction
from raw_events.log.append_only import AppendOnlyTable

AMOUNT = "DECIMAL(20,4)"
# An entry of the journal, as revenue.journal has it.
ENTRY: Fields = {
    "entry_id": "VARCHAR",
    "contract_id": "VARCHAR",
    "entry_type": "VARCHAR",
    "is_reversal": "BOOLEAN",
    "invoice_id": "VARCHAR",
    "product_id": "VARCHAR",
    "commit_id": "VARCHAR",
    "service_month": "DATE",
    "currency": "VARCHAR",
    "month": "DATE",
    "corrects_month": "DATE",
    "entry_on": "DATE",
    "service_from": "DATE",
    "service_to": "DATE",
    "debit_role": "VARCHAR",
    "debit_account": "VARCHAR",
    "debit_name": "VARCHAR",
    "credit_role": "VARCHAR",
    "credit_account": "VARCHAR",
    "credit_name": "VARCHAR",
    "customer_id": "VARCHAR",
    "amount": AMOUNT,
}
# What the row of a month says besides: who closed it when, of which state, and what was accepted.
CLOSE: Fields = {
    "closed_at": "TIMESTAMPTZ",
    "closed_by": "VARCHAR",
    "accepted": "VARCHAR",
    "as_of": "TIMESTAMPTZ",
    "log_version": "BIGINT",
    "ledger_version": "BIGINT",
    "price_book": "VARCHAR",
    "code_version": "VARCHAR",
    "entries": "BIGINT",
}
ROW: Fields = {
    "sequence": "BIGINT",
    **ENTRY,
    **CLOSE,
    "previous_digest": "VARCHAR",
    "digest": "VARCHAR",
}
MONTH_ROW = "closed"
_ARROW = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "BIGINT": pa.int64(),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
    AMOUNT: pa.decimal128(20, 4),
}
SCHEMA = pa.schema([pa.field(name, _ARROW[str(kind)]) for name, kind in ROW.items()])

# The tables in the warehouse, and up to which entry of the record they are right.
ENTRY_COLUMNS = ", ".join(f"{name} {kind}" for name, kind in ENTRY.items())
MONTH_COLUMNS = (
    "month DATE, closed_at TIMESTAMPTZ, closed_by VARCHAR, accepted VARCHAR, digest VARCHAR"
)
_VERSION = "inputs.closed_months_version"


def closed_months_table(home: Path) -> AppendOnlyTable:
    """The record of a data directory."""
    return AppendOnlyTable(home, "closed_months", SCHEMA, "Months of the books that are closed.")


def sync_closed_months(con: duckdb.DuckDBPyConnection, home: Path) -> int:
    """Make `inputs.closed_months` and `inputs.closed_entries` what the record has; its version.

    The tables are there already. Raises LogDamaged.
    """
    con.execute(f"create table if not exists {_VERSION} (version BIGINT)")
    table = closed_months_table(home)
    version = table.version()
    if con.execute(f"from {_VERSION}").fetchall() == [(version,)]:
        return version
    source = table.source()
    names = ", ".join(ENTRY)
    with transaction(con):
        con.execute("delete from inputs.closed_entries")
        con.execute("delete from inputs.closed_months")
        con.execute(
            f"insert into inputs.closed_entries select {names} from {source} "
            f"where entry_type <> '{MONTH_ROW}'"
        )
        con.execute(
            "insert into inputs.closed_months select month, closed_at, closed_by, accepted, digest "
            f"from {source} where entry_type = '{MONTH_ROW}'"
        )
        con.execute(f"delete from {_VERSION}")
        append_rows(con, _VERSION, [(version,)])
    return version


def closed_months(home: Path) -> list[dict[str, Any]]:
    """The row of each closed month, by column, in their order."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        found = con.execute(
            f"from {closed_months_table(home).source()} where entry_type = '{MONTH_ROW}' "
            "order by sequence"
        )
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def closed_totals(home: Path, month: date) -> list[tuple[Any, ...]]:
    """Currency, account, its name, debits and credits of a closed month, by account."""
    with duckdb.connect() as con:
        return con.execute(
            f"""
            select currency, account, max(name), sum(greatest(amount, 0)), sum(greatest(-amount, 0))
            from (
                select currency, debit_account as account, debit_name as name, amount, month
                from {closed_months_table(home).source()} where entry_type <> '{MONTH_ROW}'
                union all
                select currency, credit_account, credit_name, -amount, month
                from {closed_months_table(home).source()} where entry_type <> '{MONTH_ROW}'
            )
            where month = ?
            group by all
            order by all
            """,
            [month],
        ).fetchall()
