"""Voiding: guards against a changed invoice, a second void and a number given twice (S-50)."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from meterhouse.ledger.errors import LedgerError
from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.store import Ledger
from meterhouse.ledger.sync import sync_ledger
from meterhouse.ledger.void import final_invoice, void_invoice
from meterhouse.verify.ledger import verify_ledger
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, prepare

MARCH, APRIL = datetime(2025, 3, 2, tzinfo=UTC), datetime(2025, 4, 2, tzinfo=UTC)


@pytest.mark.parametrize("asked", ["INV-000001", "inv-1", "1", "c000001.usage.2025-01-01"])
def test_a_void_appends_one_row_and_changes_nothing_before_it(finalized, con, asked):
    home = finalized(2)
    before = {path: path.read_bytes() for path in (home / "invoices").rglob("*0.json")}
    done = void_invoice(home, asked, "  wrong\n price ", "kim", APRIL)
    assert (done.invoice_id, done.invoice_number) == ("c000001.usage.2025-01-01", "INV-000001")
    assert all(path.read_bytes() == whole for path, whole in before.items())
    assert verify_ledger(home) == []
    assert (Ledger(home).head().last_sequence, Ledger(home).head().last_number) == (5, 4)
    sync_ledger(con, home)
    rows = con.execute("select invoice_number, status from ledger.invoices order by sequence")
    assert [status for _, status in rows.fetchall()] == ["void", *3 * ["finalized"]]
    assert con.execute("select count(*) from ledger.invoice_lines").fetchall() == [(8,)]


def test_the_number_of_a_void_invoice_is_never_given_again(finalized, con):
    home = finalized(1)
    void_invoice(home, "INV-000002", "wrong price", "kim", APRIL)
    prepare(con, home, APRIL)
    hand_over(con, 1, first=3, month="2025-03-01")
    assert finalize(con, home, APRIL).first_number == "INV-000003"
    assert verify_ledger(home) == []


@pytest.mark.parametrize(
    ("asked", "reason", "said"),
    [
        ("INV-000009", "wrong", "There is no final invoice 'INV-000009'"),
        ("c000001", "wrong", "There is no final invoice"),
        ("INV-000001", "wrong", "is void already, since 2025-04-02T00:00:00Z (first)"),
        ("INV-000002", "  ", "needs a reason"),
        ("INV-000002", "x" * 1001, "shorten it"),
    ],
)
def test_what_cannot_be_voided_is_said_and_writes_nothing(finalized, asked, reason, said):
    home = finalized(1)
    void_invoice(home, "INV-000001", "first", "kim", APRIL)
    with pytest.raises(LedgerError) as error:
        void_invoice(home, asked, reason, "kim", APRIL)
    assert said in str(error.value)
    assert Ledger(home).version() == 3


def test_without_a_ledger_there_is_nothing_to_void(tmp_path):
    with pytest.raises(LedgerError, match="no final invoice yet"):
        void_invoice(tmp_path, "INV-000001", "wrong", "kim", APRIL)


def test_what_was_given_back_in_part_is_void_after_what_gave_it_back(con, tmp_path):
    """S-35a: void alone, the charge would be taken back whole beside the days given back."""
    hand_over_subscription(con, tmp_path, FEBRUARY, "2025-01-01", quantity=2, amount="31")
    hand_over_subscription(con, tmp_path, MARCH, "2025-01-16", quantity=-2, amount="-16")
    with pytest.raises(LedgerError, match=r"Void INV-000002 first.*meterhouse void INV-000002"):
        void_invoice(tmp_path, "INV-000001", "wrong price", "kim", APRIL)
    with pytest.raises(LedgerError, match="gives back unused days of subscription 's'"):
        final_invoice(tmp_path, "INV-000001")
    void_invoice(tmp_path, "INV-000002", "wrong price", "kim", APRIL)
    void_invoice(tmp_path, "INV-000001", "wrong price", "kim", APRIL)
    assert verify_ledger(tmp_path) == []


def hand_over_subscription(
    con: duckdb.DuckDBPyConnection,
    home: Path,
    as_of: datetime,
    start: str,
    quantity: int,
    amount: str,
) -> None:
    """A final scheduled invoice of `start` with one line of subscription s, to February."""
    prepare(con, home, as_of)
    hand_over(con, 1, first=Ledger(home).head().last_number + 1)
    con.execute(
        f"""
        update given.due_invoices set
            invoice_id = 'c000001.scheduled.{start}', invoice_type = 'scheduled',
            issue_on = '{start}', subtotal = {amount}, total = {amount},
            applications = [], unrated = [],
            lines = [{{
                'line_number': 1, 'line_type': 'subscription', 'product_id': 'seat',
                'source_id': 's', 'pricing_group': '{{}}', 'service_start': date '{start}',
                'service_end': date '2025-02-01', 'quantity': {quantity}, 'unit_price': 15.5,
                'amount': {amount}, 'pricing_unit': 'USD', 'breakdowns': []
            }}]
        """
    )
    finalize(con, home, as_of)
