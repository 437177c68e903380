"""A void of what a threshold bought (S-58).

Guards against balance that final invoices have used and nobody pays for.
"""

import duckdb
import pytest

from meterhouse.ledger.automatic import check_unused
from meterhouse.ledger.errors import LedgerError

ROW = (
    "event varchar, invoice_id varchar, invoice_number varchar,"
    " lines struct(line_type varchar, commit_id varchar)[],"
    " automatic_commits struct(commit_id varchar)[]"
)
PURCHASE = (
    "finalized", "p", "INV-1", [{"line_type": "commit_purchase", "commit_id": "c.t.1"}],
    [{"commit_id": "c.t.1"}],
)  # fmt: skip


def usage(number: int, commit: str = "c.t.1", event: str = "finalized") -> tuple:
    applied = {"line_type": "commit_applied", "commit_id": commit}
    lines = [applied] if event == "finalized" else []
    return (event, f"u{number}", f"INV-{number}", lines, [])


def ledger(*rows: tuple) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(f"create table ledger_rows ({ROW})")
    for row in rows:
        con.execute("insert into ledger_rows values (?, ?, ?, ?, ?)", row)
    return con


def test_what_final_invoices_have_used_stays():
    con = ledger(PURCHASE, *(usage(number) for number in range(2, 9)))
    with pytest.raises(LedgerError) as raised:
        check_unused(con, "p")
    assert "used: INV-2, INV-3, INV-4, INV-5, INV-6 and 2 more. Its void" in str(raised.value)


def test_what_nobody_or_only_void_invoices_used_may_go():
    check_unused(ledger(PURCHASE, usage(2, "other")), "p")
    check_unused(ledger(PURCHASE, usage(2), usage(2, event="voided")), "p")
    check_unused(ledger(PURCHASE, usage(2)), "u2")


def test_a_ledger_of_an_earlier_release_has_none():
    con = duckdb.connect()
    con.execute("create table ledger_rows (invoice_id varchar)")
    check_unused(con, "p")
