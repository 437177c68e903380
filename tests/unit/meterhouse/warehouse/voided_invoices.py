"""The marts of final invoices and drafts, a void of one of them, and what the marts then say."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from meterhouse.common.model_sql import model_sql
from meterhouse.ledger.sync import sync_ledger
from meterhouse.ledger.void import void_invoice
from meterhouse.warehouse.publish import publish_marts
from tests.unit.meterhouse.ledger.ledger_cases import hand_over, in_memory

MARCH = datetime(2025, 3, 10, 12, tzinfo=UTC)
JANUARY = "c00000{}.usage.2025-01-01"


def run(home: Path, con: duckdb.DuckDBPyConnection, drafts: str = "") -> None:
    """What a run leaves: the marts of the ledger, and of February's drafts or `drafts`."""
    sync_ledger(con, home)
    hand_over(con, 2, month="2025-02-01")
    con.execute(
        "create or replace table draft_invoices as "
        "select *, false as is_due, 2 as line_count from given.due_invoices " + drafts
    )
    con.execute(
        "create table if not exists payment_states "
        "(invoice_id varchar, payment_status varchar, paid_on date, is_settled boolean, "
        "amount_received decimal(20, 4))"
    )
    con.execute(
        "create table if not exists sent_invoices (invoice_id varchar, provider varchar, "
        "provider_invoice_id varchar, sent_at timestamptz)"
    )
    con.execute("create schema if not exists marts")
    for mart in ("invoices", "credit_notes"):
        con.execute(f"create or replace view marts.{mart} as {model_sql(mart, 'marts')}")
    con.execute(
        "create or replace table marts.commit_ledger as select 'k1' as commit_id, invoice_id, "
        "invoice_number, status as invoice_status from marts.invoices"
    )
    con.execute(
        "create or replace table marts.invoice_lines as "
        "select invoice_id, 1 as line_number, status, invoice_number from marts.invoices"
    )
    con.execute("create or replace table marts.reconciliation as select 1 as product_id")
    publish_marts(con, home)


def void(home: Path, number: str = "INV-000001", reason: str = "wrong price") -> None:
    """Void an invoice on 10 March; nothing is published by it."""
    void_invoice(home, number, reason, "kim", MARCH)


def rows(home: Path, query: str) -> list[tuple]:
    """A query of the published marts, each named in braces."""
    marts = {path.stem: f"'{path}'" for path in (home / "marts").resolve().glob("*.parquet")}
    with in_memory() as con:
        return con.execute(query.format(**marts)).fetchall()
