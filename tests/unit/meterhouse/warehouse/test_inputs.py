"""The inputs of a run: guards against reading twice, untyped empty tables and a clock gone back."""

import shutil
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.passed_build import build_passed, note_passed_build
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.errors import (
    ClockError,
    EvidenceMissing,
    RunInProgress,
    WarehouseError,
)
from meterhouse.warehouse.inputs import prepare_inputs
from tests.unit.meterhouse.ledger.ledger_cases import hand_over

JANUARY_9 = datetime(2025, 1, 9, tzinfo=UTC)
FEBRUARY = datetime(2025, 2, 2, tzinfo=UTC)


def rows(home, query):
    with open_warehouse(home) as con:
        return con.execute(query).fetchall()


def test_a_run_works_for_the_batch_that_landed_since_its_moment(tmp_path, log, freeze):
    """Guards against a refused run beside a busy door, and against events of its future."""
    log.land(1)
    landed, book = log.latest_as_of(), freeze("aa")
    before, after = (landed + timedelta(seconds=seconds) for seconds in (-9, 2))
    for given in (None, lambda: before):
        with pytest.raises(ClockError, match="too early"):
            prepare_inputs(tmp_path, before, book, "code", moment=given)
    assert prepare_inputs(tmp_path, before, book, "code", moment=lambda: after).as_of == after
    assert rows(tmp_path, "select as_of from inputs.run") == [(after,)]


def test_a_first_day_without_anything_has_typed_tables(tmp_path, log, freeze):
    inputs = prepare_inputs(tmp_path, JANUARY_9, freeze("aa"), "code")
    assert (inputs.log_version, inputs.ledger_version, inputs.new_batches) == (-1, -1, 0)
    assert rows(tmp_path, "from inputs.run") == [(JANUARY_9, -1, "aa", -1, "code")]
    assert rows(tmp_path, "from inputs.log_files") == []
    types = dict(
        rows(
            tmp_path,
            "select table_schema || '.' || table_name || '.' || column_name, data_type "
            "from information_schema.columns",
        )
    )
    for column, type_ in {
        "inputs.log_files.received_at": "TIMESTAMP WITH TIME ZONE",
        "inputs.rejected_events.received_on": "DATE",
        "price_book.contracts.contract_id": "VARCHAR",
        "price_book.contracts.tags": "VARCHAR[]",
        "price_book.rates.price": "DECIMAL(20,10)",
        "price_book.rates.price_book": "VARCHAR",
        "lookups.model_weights.weight": "DECIMAL(20,10)",
        "ledger.invoices.total": "DECIMAL(20,4)",
        "ledger.invoice_lines.quantity": "DECIMAL(28,10)",
        "ledger.usage_slices.service_start": "DATE",
    }.items():
        assert types[column] == type_, column


def test_only_new_batches_are_read(tmp_path, log, freeze):
    book = freeze("aa")
    log.land(1)
    log.land(2, path=None, rows=0, sha256=None)
    assert prepare_inputs(tmp_path, JANUARY_9, book, "code").new_events == 10
    log.land(3)
    log.asked.clear()
    inputs = prepare_inputs(tmp_path, JANUARY_9, book, "code")
    assert (inputs.log_version, inputs.new_batches, inputs.price_book_changed) == (2, 1, False)
    # The last known batch once, to see that it is the same log; and the new one.
    assert log.asked == [(0, 1), (1, 2)]
    root = tmp_path / "raw_events"
    assert rows(tmp_path, "select log_version, path, rows from inputs.log_files") == [
        (0, f"{root}/part.parquet", 10),
        (1, None, 0),
        (2, f"{root}/part.parquet", 10),
    ]
    assert rows(
        tmp_path, "select log_version, reason_code, events from inputs.rejected_events"
    ) == [(version, "too_old", 2) for version in range(3)]


def test_a_moved_data_directory_is_listed_anew(tmp_path, log, freeze):
    book = freeze("aa")
    log.land(1)
    old, new = tmp_path / "old", tmp_path / "new place's"
    prepare_inputs(old, JANUARY_9, book, "code")
    shutil.move(old, new)
    prepare_inputs(new, JANUARY_9, book, "code")
    query = "select path from inputs.log_files"
    assert rows(new, query) == [(f"{new}/raw_events/part.parquet",)]


@pytest.mark.parametrize("change", ["shorter", "other"])
def test_another_log_under_the_same_warehouse_is_refused(tmp_path, log, freeze, change):
    book = freeze("aa")
    log.land(1)
    log.land(2)
    prepare_inputs(tmp_path, JANUARY_9, book, "code")
    if change == "shorter":
        log.batches.pop()
    else:
        log.batches[-1].sha256 = "other"
    with pytest.raises(WarehouseError, match="older or another one"):
        prepare_inputs(tmp_path, JANUARY_9, book, "code")


def test_a_price_book_is_replaced_when_its_digest_changes_and_only_then(tmp_path, log, freeze):
    first, second = freeze("aa", "1.5"), freeze("bb", "2.5")
    assert prepare_inputs(tmp_path, JANUARY_9, first, "code").price_book_changed
    # Frozen files are not read again: not even if they are gone.
    shutil.rmtree(first.path)
    assert not prepare_inputs(tmp_path, JANUARY_9, first, "code").price_book_changed
    assert prepare_inputs(tmp_path, JANUARY_9, second, "code").price_book_changed
    assert rows(tmp_path, "select price_book, price::varchar from price_book.rates") == [
        ("bb", "2.5000000000")
    ]


def finalize_two(home, book: str) -> None:
    """Two final invoices made with a book, after `prepare_inputs` as of FEBRUARY."""
    with open_warehouse(home) as con:
        hand_over(con, 2)
        note_passed_build(con)
        con.execute("update given.due_invoices set log_version = -1, price_book = ?", [book])
        finalize(con, home, FEBRUARY)


def test_the_inputs_of_a_run_have_passed_nothing_yet(tmp_path, log, freeze):
    """Also if they are the same again (S-48)."""
    book = freeze("aa")
    prepare_inputs(tmp_path, FEBRUARY, book, "code")
    with open_warehouse(tmp_path) as con:
        note_passed_build(con)
        assert build_passed(con)
    prepare_inputs(tmp_path, FEBRUARY, book, "code")
    with open_warehouse(tmp_path) as con:
        assert not build_passed(con)


def test_books_of_final_periods_stand_beside_the_current_one(tmp_path, log, freeze):
    """Late usage of a final period is rated with the book that made it final (S-43)."""
    old, current = freeze("aa", "1.5"), freeze("bb", "2.5")
    prepare_inputs(tmp_path, FEBRUARY, old, "code")
    finalize_two(tmp_path, "aa")
    prepare_inputs(tmp_path, FEBRUARY, current, "code")
    query = "select price_book, price::varchar from price_book.rates order by all"
    assert rows(tmp_path, query) == [("aa", "1.5000000000"), ("bb", "2.5000000000")]
    assert rows(tmp_path, "select price_book from inputs.run") == [("bb",)]
    assert len(rows(tmp_path, "from lookups.model_weights")) == 2


def test_a_book_of_a_final_period_that_is_gone_stops_the_run(tmp_path, log, freeze):
    old, current = freeze("aa"), freeze("bb")
    prepare_inputs(tmp_path, FEBRUARY, old, "code")
    finalize_two(tmp_path, "aa")
    shutil.rmtree(old.path)
    with pytest.raises(WarehouseError, match="price_books/aa"):
        prepare_inputs(tmp_path, FEBRUARY, current, "code")


def test_a_broken_book_leaves_the_last_one_in_place(tmp_path, log, freeze):
    prepare_inputs(tmp_path, JANUARY_9, freeze("aa"), "code")
    broken = freeze("bb")
    (broken.path / "rates.parquet").write_bytes(b"torn")
    with pytest.raises(duckdb.Error):
        prepare_inputs(tmp_path, JANUARY_9, broken, "code")
    assert rows(tmp_path, "select distinct price_book from price_book.rates") == [("aa",)]
    assert rows(tmp_path, "select price_book from inputs.price_books") == [("aa",)]


def test_time_does_not_go_back_before_the_log(tmp_path, log, freeze):
    log.land(10)
    with pytest.raises(ClockError, match=r"event log .* as of 2025-01-10T00:00:00Z") as error:
        prepare_inputs(tmp_path, JANUARY_9, freeze("aa"), "code")
    assert error.value.exit_status == 2


def test_time_does_not_go_back_before_the_previous_run(tmp_path, log, freeze):
    book = freeze("aa")
    prepare_inputs(tmp_path, FEBRUARY, book, "code")
    with pytest.raises(ClockError, match="previous run"):
        prepare_inputs(tmp_path, JANUARY_9, book, "code")
    prepare_inputs(tmp_path, FEBRUARY, book, "code")


def test_time_does_not_go_back_before_the_ledger_even_without_the_warehouse(tmp_path, log, freeze):
    book = freeze("aa")
    prepare_inputs(tmp_path, FEBRUARY, book, "code")
    finalize_two(tmp_path, "aa")
    assert prepare_inputs(tmp_path, FEBRUARY, book, "code").ledger_version == 1
    assert len(rows(tmp_path, "from ledger.invoices")) == 2
    (tmp_path / "warehouse.duckdb").unlink()
    with pytest.raises(ClockError, match="latest invoices were finalized"):
        prepare_inputs(tmp_path, JANUARY_9, book, "code")
    # A new warehouse is given the whole ledger.
    prepare_inputs(tmp_path, FEBRUARY, book, "code")
    assert len(rows(tmp_path, "from ledger.invoice_lines")) == 4


def test_a_ledger_that_lost_commits_stops_the_run(tmp_path, log, freeze):
    book = freeze("aa")
    prepare_inputs(tmp_path, FEBRUARY, book, "code")
    finalize_two(tmp_path, "aa")
    prepare_inputs(tmp_path, FEBRUARY, book, "code")
    shutil.rmtree(tmp_path / "invoices")
    with pytest.raises(EvidenceMissing, match="is gone; the warehouse recorded entry 1"):
        prepare_inputs(tmp_path, FEBRUARY, book, "code")


def test_an_instant_without_a_zone_is_refused(tmp_path, log, freeze):
    with pytest.raises(ClockError, match="no zone"):
        prepare_inputs(tmp_path, datetime(2025, 1, 9), freeze("aa"), "code")  # noqa: DTZ001


def test_a_warehouse_that_is_open_elsewhere_is_named(tmp_path, monkeypatch):
    def locked(*args, **kwargs):
        raise duckdb.IOException("IO Error: Could not set lock on file: held by PID 7")

    monkeypatch.setattr(duckdb, "connect", locked)
    with pytest.raises(RunInProgress, match="PID 7"), open_warehouse(tmp_path):
        pass
