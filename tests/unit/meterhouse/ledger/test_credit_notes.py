"""Credit notes in the ledger (S-55).

Guards against a number that is given twice, skipped or changed, voids of release 0.1 that no longer
verify or that get another number later, and a credit note for an invoice that has nothing on it.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from meterhouse.ledger import documents, finalize, store, void
from meterhouse.ledger.errors import AlreadyVoid
from meterhouse.ledger.schema import ADDED_COLUMNS, LEDGER_ROW
from meterhouse.ledger.store import Ledger
from meterhouse.ledger.sync import sync_ledger
from meterhouse.ledger.void import final_invoice, void_invoice
from meterhouse.verify.ledger import verify_ledger
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, in_memory, prepare

APRIL = datetime(2025, 4, 2, tzinfo=UTC)
VOIDS = "select credit_note_number, invoice_id, voided_by, reason from ledger.voids order by all"


def voids(home: Path) -> list[tuple]:
    with in_memory() as con:
        sync_ledger(con, home)
        return con.execute(VOIDS).fetchall()


def test_credit_notes_are_numbered_in_the_order_of_the_voids(finalized):
    home = finalized(2)
    done = [
        void_invoice(home, f"INV-{number:06d}", "wrong price", "kim", APRIL) for number in (3, 1, 4)
    ]
    assert [each.credit_note_number for each in done] == ["CN-000001", "CN-000002", "CN-000003"]
    assert [(number, invoice) for number, invoice, *_ in voids(home)] == [
        ("CN-000001", "c000001.usage.2025-02-01"),
        ("CN-000002", "c000001.usage.2025-01-01"),
        ("CN-000003", "c000002.usage.2025-02-01"),
    ]
    assert {(who, why) for *_, who, why in voids(home)} == {("kim", "wrong price")}
    assert verify_ledger(home) == []


def test_an_invoice_without_lines_has_no_number_and_no_credit_note(tmp_path):
    with in_memory() as con:
        prepare(con, tmp_path)
        hand_over(con, 2)
        con.execute(
            "update given.due_invoices set lines = [], applications = [], invoice_number = null, "
            "subtotal = 0, total = 0 where contract_id = 'c000001'"
        )
        con.execute("update given.due_invoices set invoice_number = 'INV-000001' "
                    "where contract_id = 'c000002'")  # fmt: skip
        finalize.finalize(con, tmp_path, FEBRUARY)
    assert void_invoice(tmp_path, "c000001.usage.2025-01-01", "x", "kim", APRIL).total == 0
    assert void_invoice(tmp_path, "INV-000001", "x", "kim", APRIL).total == Decimal("1.27")
    assert [number for number, *_ in voids(tmp_path)] == ["CN-000001", None]
    assert verify_ledger(tmp_path) == []


def test_voids_of_an_earlier_release_have_the_number_of_their_place(finalized):
    """Release 0.1 recorded neither number nor user; its rows stay as they are."""
    home = finalized(2)
    known = {name: spec for name, spec in LEDGER_ROW.items() if name not in ADDED_COLUMNS[2:]}
    with pytest.MonkeyPatch.context() as patch:
        for module in (documents, finalize, store, void):
            patch.setattr(module, "LEDGER_ROW", known)
        patch.setattr("meterhouse.ledger.chain.document_sql.__defaults__", (known,))
        patch.setattr("meterhouse.ledger.chain.content_sql.__defaults__", (known,))
        write, old_row = void._write_voided, ("reason", "as_of")
        patch.setattr(void, "_write_voided", lambda con, invoice, row, head: write(
            con, invoice, {name: row[name] for name in old_row}, head))  # fmt: skip
        for number in ("INV-000002", "INV-000004"):
            void_invoice(home, number, "old", "nobody", APRIL)
    assert verify_ledger(home) == []
    old = [
        ("CN-000001", "c000002.usage.2025-01-01", None, "old"),
        ("CN-000002", "c000002.usage.2025-02-01", None, "old"),
    ]
    assert voids(home) == old
    later = APRIL + timedelta(days=1)
    assert void_invoice(home, "1", "new", "kim", later).credit_note_number == "CN-000003"
    assert voids(home) == [*old, ("CN-000003", "c000001.usage.2025-01-01", "kim", "new")]
    assert verify_ledger(home) == []


def test_a_sync_in_steps_numbers_as_one_at_once(finalized, con):
    home = finalized(2)
    for number in ("INV-000003", "INV-000001"):
        void_invoice(home, number, "x", "kim", APRIL)
        sync_ledger(con, home)
    assert con.execute(VOIDS).fetchall() == voids(home)


def test_another_credit_note_number_in_the_ledger_is_named(finalized):
    """Also where whoever changed it made the digest fit again."""
    home = finalized(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(void, "next_credit_note", lambda con, rows: "CN-000007")
        void_invoice(home, "INV-000001", "x", "kim", APRIL)
    (problem,) = verify_ledger(home)
    assert "its credit note has number CN-000007, not CN-000001" in str(problem)


def test_a_void_that_says_another_period_than_its_invoice_is_named(finalized):
    """All that a void repeats is compared, not some of it."""
    home = finalized(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(void, "_read_rows", _with_another_period)
        void_invoice(home, "INV-000001", "x", "kim", APRIL)
    assert any("its void says another period_end" in str(each) for each in verify_ledger(home))


def _with_another_period(con: duckdb.DuckDBPyConnection, ledger: Ledger, head) -> None:
    file = ledger.root / str(ledger.entry(1).path)
    con.execute(
        "create table ledger_rows as select * replace (period_end + interval 1 day as period_end) "
        f"from read_parquet('{file}')"
    )


def test_a_final_invoice_is_shown_before_it_is_voided(finalized):
    home = finalized(1)
    invoice = final_invoice(home, "inv-2")
    assert str(invoice) == "c000001.usage.2025-02-01 (INV-000002) over 1.2600 USD"
    void_invoice(home, "inv-2", "x", "kim", APRIL)
    with pytest.raises(AlreadyVoid, match="since 2025-04-02T00:00:00Z"):
        final_invoice(home, "inv-2")
