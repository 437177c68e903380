"""A ledger of an earlier release, whose rows lack columns of this one.

Guards against digests that no longer prove such rows, against rows that are lost or doubled when
the table gets its new columns, and against a ledger that other readers of Delta cannot read whole.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from deltalake import DeltaTable

from meterhouse.ledger import documents, finalize, store
from meterhouse.ledger.schema import ADDED_COLUMNS, LEDGER_ROW
from meterhouse.ledger.sql import parquet_columns
from meterhouse.ledger.store import Ledger
from meterhouse.ledger.sync import sync_ledger
from meterhouse.ledger.void import void_invoice
from meterhouse.verify.ledger import verify_ledger
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, in_memory, prepare

MARCH, APRIL = datetime(2025, 3, 2, tzinfo=UTC), datetime(2025, 4, 2, tzinfo=UTC)


def finalize_month(home: Path, as_of: datetime, first: int, month: str) -> None:
    with in_memory() as con:
        prepare(con, home, as_of)
        hand_over(con, 2, first=first, month=month)
        finalize.finalize(con, home, as_of)


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """January as a release wrote it that did not know the added columns."""
    known = {name: spec for name, spec in LEDGER_ROW.items() if name not in ADDED_COLUMNS}
    with pytest.MonkeyPatch.context() as patch:
        for module in (documents, finalize, store):
            patch.setattr(module, "LEDGER_ROW", known)
        finalize_month(tmp_path, FEBRUARY, 1, "2025-01-01")
    return tmp_path


def test_it_verifies_and_is_read_as_it_is(earlier, con):
    assert verify_ledger(earlier) == []
    assert sync_ledger(con, earlier) == 1
    assert con.execute("select count(*) from ledger.invoice_lines").fetchall() == [(4,)]
    assert con.execute("select count(*) from ledger.commit_applications").fetchall() == [(0,)]


def test_the_next_month_widens_the_table_and_changes_no_file(earlier, con):
    before = {path: path.read_bytes() for path in (earlier / "invoices").glob("*.parquet")}
    finalize_month(earlier, MARCH, 3, "2025-02-01")
    assert all(path.read_bytes() == whole for path, whole in before.items())
    assert verify_ledger(earlier) == []
    ledger = Ledger(earlier)
    assert [entry.rows for entry in ledger.entries(0, ledger.version())] == [2, 0, 2]
    assert (ledger.head().last_sequence, ledger.head().last_number) == (4, 4)
    table = DeltaTable(earlier / "invoices")
    assert {field.name for field in table.schema().fields} == set(LEDGER_ROW)
    sync_ledger(con, earlier)
    assert con.execute("select count(*) from ledger.invoices").fetchall() == [(4,)]
    # only February's rows say what balances paid
    assert con.execute("select count(*) from ledger.commit_applications").fetchall() == [(4,)]


def test_a_table_is_widened_once(earlier):
    for first, month, as_of in ((3, "2025-02-01", MARCH), (5, "2025-03-01", APRIL)):
        finalize_month(earlier, as_of, first, month)
    assert Ledger(earlier).version() == 4
    assert verify_ledger(earlier) == []


def test_an_invoice_of_it_can_be_voided(earlier, con):
    void_invoice(earlier, "INV-000001", "wrong price", "kim", MARCH)
    assert verify_ledger(earlier) == []
    sync_ledger(con, earlier)
    rows = con.execute("select status from ledger.invoices order by sequence").fetchall()
    assert rows == [("void",), ("finalized",)]


def test_a_row_of_this_release_without_its_column_is_noticed(finalized):
    """The column may not be left out of a file: the digest is of a document that has it."""
    home = finalized(1)
    path = next((home / "invoices").glob("*.parquet"))
    less = path.with_suffix(".less")
    with in_memory() as con:
        assert "applications" in parquet_columns(con, path)
        rows = f"select * exclude (applications) from '{path}'"
        con.execute(f"copy ({rows}) to '{less}' (format parquet)")
    less.replace(path)
    assert any("its content does not give" in str(problem) for problem in verify_ledger(home))
