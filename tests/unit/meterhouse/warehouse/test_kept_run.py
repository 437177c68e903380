"""When a run may keep what the run before computed (meterhouse/warehouse/kept_run.py).

Guards against drafts of another day, of other code, or of a run that did not come to its end, which
would stand as those of this one.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.warehouse import up_to_date
from meterhouse.warehouse.contract_digests import COLUMNS as DIGEST_COLUMNS
from meterhouse.warehouse.contract_digests import TABLE as DIGESTS
from meterhouse.warehouse.inputs import TABLES
from meterhouse.warehouse.kept_run import (
    COLUMNS,
    choose_kept_run,
    compute_all,
    forget_rated_run,
    note_rated_run,
)

NOON = "2026-01-09 12:00:00Z"


@pytest.fixture
def con(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse after a run at noon that published, and noted what it computed from."""
    monkeypatch.setattr(up_to_date, "_code", lambda: "code")
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        for schema in ("inputs", "price_book", "lookups", "ledger", "invoices"):
            con.execute(f"create schema {schema}")
        for name in ("run", "damage", "payment_entries"):
            con.execute(f"create table inputs.{name} ({TABLES[name]})")
        for name in ("entries", "invoices"):
            columns = column_definitions(WAREHOUSE_TABLES[name])
            con.execute(f"create table ledger.{name} ({columns})")
        con.execute(f"create table inputs.kept_run ({COLUMNS})")
        con.execute(f"create table {DIGESTS} ({DIGEST_COLUMNS})")
        con.execute(f"insert into {DIGESTS} values ('book', 'acme', 1), ('other', 'acme', 2)")
        con.execute("create table invoices.due_invoices (invoice_id varchar)")
        con.execute(f"insert into inputs.run values ('{NOON}', 7, 'book', 3, 'version')")
        for version, sequence in ((1, 10), (3, 12), (4, 15)):
            con.execute(
                "insert into ledger.entries by name "
                f"select {version} as ledger_version, {sequence} as last_sequence"
            )
        con.execute("insert into inputs.payment_entries values (3, 'a'), (4, 'b')")
        up_to_date.note_code(con, tmp_path)
        note_rated_run(con)
        yield con


def kept(
    con: duckdb.DuckDBPyConnection,
    home: Path,
    as_of: str = "2026-01-09 13:00:00",
    price_book: str = "book",
    **choice: bool,
) -> list[tuple]:
    """What a run as of then may keep."""
    moment = datetime.fromisoformat(as_of).replace(tzinfo=UTC)
    up_to_date.note_code(con, home)
    choose_kept_run(con, moment, price_book, **choice)
    return con.execute(
        "select log_version, price_book, ledger_sequence, code, payments_version "
        "from inputs.kept_run"
    ).fetchall()


def test_a_run_of_the_same_day_is_kept(con: duckdb.DuckDBPyConnection, tmp_path: Path):
    """With the ledger that its models have seen: not with what became final in it."""
    noted = [(7, "book", 12, up_to_date.code_state(tmp_path), 4)]
    # of another book it is known what it says of each contract
    assert kept(con, tmp_path, price_book="other", books_loaded=True) == noted
    assert kept(con, tmp_path) == noted
    assert kept(con, tmp_path, "2026-01-09 23:59:59.999999") == noted


@pytest.mark.parametrize(
    "as_of", ["2026-01-10 00:00:00", "2026-01-09 11:59:59", "2026-01-08 13:00:00"]
)
def test_another_day_or_an_earlier_moment_computes_all(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, as_of: str
):
    """S-2: at midnight in UTC all moves; a run that goes back in time has nothing behind it."""
    assert kept(con, tmp_path, as_of) == []


def test_who_asks_for_all_gets_all(con: duckdb.DuckDBPyConnection, tmp_path: Path):
    """`--again`; where the same book was loaded again, somebody had written into its tables."""
    assert kept(con, tmp_path, compute_all=True) == []
    assert kept(con, tmp_path, books_loaded=True) == []


def test_other_code_computes_all(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """S-47."""
    monkeypatch.setattr(up_to_date, "_code", lambda: "edited")
    assert kept(con, tmp_path) == []


def test_code_that_was_edited_during_the_run_computes_all(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Nobody knows whether the tables are of the code before the edit or of that after it."""
    monkeypatch.setattr(up_to_date, "_code", lambda: "edited meanwhile")
    note_rated_run(con)
    assert kept(con, tmp_path) == []
    # nor where the models were read before, and edited before the inputs were written
    up_to_date.check_code(con, "meanwhile")
    note_rated_run(con)
    assert len(kept(con, tmp_path)) == 1
    up_to_date.check_code(con, "before")
    note_rated_run(con)
    assert kept(con, tmp_path) == []


def test_after_a_run_that_did_not_come_to_its_end_all_is_computed(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
):
    """S-48: the note goes before models are built, and comes after publishing."""
    forget_rated_run(con)
    assert kept(con, tmp_path) == []


def test_damaged_evidence_is_never_kept_from(con: duckdb.DuckDBPyConnection, tmp_path: Path):
    """Neither while it is damaged nor what was computed of it."""
    con.execute("insert into inputs.damage by name select 'a flipped bit' as problem")
    assert kept(con, tmp_path) == []
    note_rated_run(con)
    con.execute("delete from inputs.damage")
    assert kept(con, tmp_path) == []


def test_while_something_is_due_nothing_is_noted(con: duckdb.DuckDBPyConnection, tmp_path: Path):
    """S-45: what did not become final is computed again, to become final."""
    con.execute("insert into invoices.due_invoices values ('acme.2026-01')")
    note_rated_run(con)
    assert kept(con, tmp_path) == []
    con.execute("insert into ledger.invoices by name select 'acme.2026-01' as invoice_id")
    note_rated_run(con)
    assert len(kept(con, tmp_path)) == 1


def test_without_digests_of_its_book_nothing_is_kept(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
):
    """A run in between, on another day, came to nothing and let go of them."""
    assert kept(con, tmp_path, "2026-01-10 08:00:00", "other") == []
    assert kept(con, tmp_path, "2026-01-09 13:00:00", "other") == []


def test_a_preview_computes_all(con: duckdb.DuckDBPyConnection, tmp_path: Path):
    """S-47: in a copy of the warehouse, of which no run says what it has."""
    assert kept(con, tmp_path)
    compute_all(con)
    assert con.execute("from inputs.kept_run").fetchall() == []
