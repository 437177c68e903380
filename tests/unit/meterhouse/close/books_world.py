"""A warehouse with what the journal is made of, and what a close looks at; nothing computed."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from meterhouse.close.record import ENTRY_COLUMNS, MONTH_COLUMNS
from meterhouse.common.model_sql import model_sql

BOOK = "b1"
BOOKED = (
    "contract_id VARCHAR, month DATE, entry_type VARCHAR, invoice_id VARCHAR, product_id VARCHAR, "
    "commit_id VARCHAR, service_month DATE, currency VARCHAR, entry_on DATE, service_from DATE, "
    "service_to DATE, amount DECIMAL(20,4), is_reversal BOOLEAN"
)
TABLES = {
    "booked_amounts": BOOKED,
    "inputs.run": "as_of TIMESTAMPTZ, log_version BIGINT, price_book VARCHAR, "
    "ledger_version BIGINT, code_version VARCHAR",
    "inputs.rated_run": "as_of TIMESTAMPTZ",
    "inputs.closed_entries": ENTRY_COLUMNS,
    "inputs.closed_months": MONTH_COLUMNS,
    "inputs.payment_entries": "payments_version BIGINT",
    "price_book.accounts": "price_book VARCHAR, role VARCHAR, account VARCHAR, name VARCHAR",
    "price_book.products": "price_book VARCHAR, product_id VARCHAR, name VARCHAR, "
    "revenue_account VARCHAR",
    "price_book.contracts": "price_book VARCHAR, contract_id VARCHAR, customer_id VARCHAR",
    "price_book.billing_accounts": "price_book VARCHAR, customer_id VARCHAR, provider VARCHAR, "
    "starting_on DATE",
    "ledger.invoices": "contract_id VARCHAR, customer_id VARCHAR",
    "ledger.voids": "voided_at TIMESTAMPTZ",
    "calendar.contracts_on_hold": "contract_id VARCHAR",
    "marts.unrated_usage": "period_start DATE, reason VARCHAR",
    "marts.invoices": "customer_id VARCHAR, status VARCHAR, issue_on DATE, sent_at TIMESTAMPTZ, "
    "invoice_number VARCHAR",
    "marts.provider_reconciliation": "invoice_id VARCHAR",
}


def empty_books() -> duckdb.DuckDBPyConnection:
    """The warehouse of one contract, acme-1, with nothing booked, in memory."""
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    for schema in ("inputs", "price_book", "ledger", "calendar", "marts", "revenue"):
        con.execute(f"create schema {schema}")
    for table, columns in TABLES.items():
        con.execute(f"create table {table} ({columns})")
    con.execute(f"insert into price_book.contracts values ('{BOOK}', 'acme-1', 'acme')")
    con.execute(f"insert into price_book.products values ('{BOOK}', 'tokens', 'Tokens', null)")
    return con


def book(
    con: duckdb.DuckDBPyConnection,
    month: date,
    amount: Decimal | int,
    entry_type: str = "usage",
    invoice: str = "i1",
) -> None:
    """What is known of a month, added."""
    con.execute(
        "insert into booked_amounts values ('acme-1', $1, $2, $3, 'tokens', null, $1, 'USD', null, "
        "$1, last_day($1), $4, false)",
        [month, entry_type, invoice, amount],
    )


def run(con: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """What a run leaves: the journal by its model, and that it came to its end."""
    con.execute("delete from inputs.run")
    con.execute("insert into inputs.run values (?, -1, ?, 3, 'test')", [as_of, BOOK])
    con.execute(f"create or replace table revenue.journal as {model_sql('journal', 'revenue')}")
    con.execute("create or replace table inputs.rated_run as select as_of from inputs.run")


def moment(month: date, day: int = 3) -> datetime:
    """A moment in the month after."""
    after = date(month.year + month.month // 12, month.month % 12 + 1, day)
    return datetime(after.year, after.month, after.day, tzinfo=UTC)


def folder(home: Path) -> Path:
    """Where the record of a data directory is."""
    return home / "closed_months"
