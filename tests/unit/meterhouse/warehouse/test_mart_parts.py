"""Marts of final invoices in parts, a month each.

Guards against history that is written again, a part that says what is no longer so (a void, a
replacement), and a publication of two states. The parts of usage_daily: test_usage_parts.py.
"""

import threading
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import duckdb
import pytest

from meterhouse.common.mart_files import files_in
from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.sync import sync_ledger
from meterhouse.reports.invoice_data import load_invoice
from meterhouse.verify.published import verify_published
from meterhouse.warehouse.publish import publish_marts
from meterhouse.warehouse.publish_voids import check_final_published, publish_voids
from meterhouse.warehouse.write_marts import MartWriter
from tests.unit.meterhouse.ledger.ledger_cases import hand_over, in_memory, prepare
from tests.unit.meterhouse.warehouse.voided_invoices import run, void

OF_INVOICES = ("invoices", "invoice_lines")
APRIL = datetime(2025, 4, 2, tzinfo=UTC)


@pytest.fixture
def parted(home: Path, con: duckdb.DuckDBPyConnection) -> Path:
    """`home` whose warehouse has all that tells what parts are made of; published."""
    con.execute(
        "create table price_book.pricing_units (price_book text, pricing_unit text, decimals int)"
    )
    con.execute("insert into price_book.pricing_units values ('book', 'USD', 2)")
    con.execute("create schema if not exists invoices")
    con.execute(
        "create or replace view invoices.draft_headers as select invoice_id from draft_invoices"
    )
    con.execute(
        "create or replace table marts.reconciliation as select date '2025-01-01' as period_start, "
        "1 as product_id union all select date '2025-02-01', 2"
    )
    publish(con, home)
    return home


def publish(con: duckdb.DuckDBPyConnection, home: Path) -> list[str]:
    """Publish what the warehouse has; the parts and files of marts that were written."""
    before = inodes(home)
    publish_marts(con, home)
    for mart in OF_INVOICES:
        check_same_rows(con, home, mart)
    return [name for name, inode in inodes(home).items() if before.get(name) != inode]


def check_same_rows(con: duckdb.DuckDBPyConnection, home: Path, mart: str) -> None:
    """The single file, and the parts together, are the mart."""
    folder = (home / "marts").resolve()
    for files in (f"{folder}/{mart}.parquet", f"{folder}/parts/{mart}/*.parquet"):
        [(missing, added)] = con.execute(
            f"select (select count(*) from (from marts.{mart} except all from '{files}')), "
            f"(select count(*) from (from '{files}' except all from marts.{mart}))"
        ).fetchall()
        assert (missing, added) == (0, 0), files


def inodes(home: Path) -> dict[str, int]:
    """The published files of marts of invoices, each with what tells the file."""
    return {
        name: path.stat().st_ino
        for name, path in files_in((home / "marts").resolve()).items()
        if any(mart in name for mart in OF_INVOICES)
    }


def contents(home: Path) -> dict[str, bytes]:
    """The bytes of all published marts."""
    found = files_in((home / "marts").resolve())
    return {name: path.read_bytes() for name, path in found.items() if name.endswith(".parquet")}


def finalize_february(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """The drafts of February become final, those of March are the drafts now; not published."""
    prepare(con, home, APRIL)
    hand_over(con, 2, first=3, month="2025-02-01")
    finalize(con, home, APRIL)
    sync_ledger(con, home)
    hand_over(con, 2, month="2025-03-01")
    con.execute(
        "create or replace table draft_invoices as "
        "select *, false as is_due, 2 as line_count from given.due_invoices"
    )
    con.execute(
        "create or replace table marts.invoice_lines as "
        "select invoice_id, 1 as line_number, status, invoice_number from marts.invoices"
    )


def test_a_part_of_which_nothing_changed_is_the_same_file(parted, con):
    names = set(inodes(parted))
    assert names >= {
        f"parts/{mart}/{part}.parquet" for mart in OF_INVOICES for part in ("2025-02", "drafts")
    }
    assert publish(con, parted) == []
    finalize_february(con, parted)
    assert sorted(publish(con, parted)) == [
        "invoice_lines.parquet", "invoices.parquet",
        "parts/invoice_lines/2025-03.parquet", "parts/invoice_lines/drafts.parquet",
        "parts/invoices/2025-03.parquet", "parts/invoices/drafts.parquet",
    ]  # fmt: skip
    con.execute("update marts.reconciliation set product_id = 3 where product_id = 2")
    before = (parted / "marts/parts/reconciliation/2025-01.parquet").stat().st_ino
    assert publish_marts(con, parted).changed == ["reconciliation"]
    assert (parted / "marts/parts/reconciliation/2025-01.parquet").stat().st_ino == before


def test_a_void_writes_its_month_and_a_run_after_it_the_same_bytes(parted, con, tmp_path):
    finalize_february(con, parted)
    publish(con, parted)
    before = inodes(parted)
    void(parted)
    done = publish_voids(parted)
    assert {"invoices", "invoice_lines", "credit_notes"} <= set(done.changed)
    written = {name for name, inode in inodes(parted).items() if before[name] != inode}
    assert written == {
        *(f"{mart}.parquet" for mart in OF_INVOICES),
        *(f"parts/{mart}/2025-02.parquet" for mart in OF_INVOICES),
    }
    assert verify_published(parted).problems == []
    after = contents(parted)

    sync_ledger(con, parted)
    con.execute(
        "create or replace table marts.invoice_lines as "
        "select invoice_id, 1 as line_number, status, invoice_number from marts.invoices"
    )
    assert publish(con, parted) == []
    # As if nothing had been published before.
    con.execute("drop table inputs.marks")
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    for part in ("invoices", "price_books"):
        (fresh / part).symlink_to(parted / part)
    publish(con, fresh)
    assert {
        name: data for name, data in contents(fresh).items() if "commit_ledger" not in name
    } == {name: data for name, data in after.items() if "commit_ledger" not in name}


def test_the_replacement_of_a_void_invoice_is_said_in_its_month(parted, con):
    """Nothing of the void one itself changed since, but there is another invoice now (S-50)."""
    void(parted)
    run(parted, con)
    replacement = "'c000001.usage.2025-01-01.r2' as invoice_id"
    second = f"select * replace ({replacement}), false, 2 from given.due_invoices limit 1"
    before = inodes(parted)
    run(parted, con, f"union all ({second})")
    name = "parts/invoices/2025-02.parquet"
    assert inodes(parted)[name] != before[name]
    check_same_rows(con, parted, "invoices")


def test_what_invoices_are_rounded_to_and_their_views_are_part_of_a_part(parted, con):
    for change in (
        "update price_book.pricing_units set decimals = 3",
        "create view invoices.composite_bounds as select 1 as one",
        "create or replace view invoices.composite_bounds as select 2 as one",
    ):
        con.execute(change)
        noted = (parted / "marts" / "parts.json").read_text("utf-8")
        publish_marts(con, parted)
        assert (parted / "marts" / "parts.json").read_text("utf-8") != noted


def test_a_kill_at_any_point_leaves_the_old_state_or_the_new_one(parted, con, monkeypatch):
    """At several calls of each of these steps; the next publication is whole."""
    finalize_february(con, parted)
    for step, kill_at in product(("hardlink_to", "replace", "rename", "symlink_to"), (0, 7)):
        con.execute("update draft_invoices set total = total + 1")
        old, calls, kept = contents(parted), 0, getattr(Path, step)

        def crash(*args, kept=kept, kill_at=kill_at, **kwargs):
            nonlocal calls
            calls += 1
            if calls > kill_at:
                raise KeyboardInterrupt
            return kept(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(Path, step, crash)
            try:
                publish_marts(con, parted)
            except KeyboardInterrupt:
                assert contents(parted) == old
    publish_marts(con, parted)
    assert verify_published(parted).problems == []
    check_same_rows(con, parted, "invoices")


def test_a_reader_in_a_loop_sees_one_publication(con, parted):
    """Through the single file and through the parts, if it follows the link once."""
    ended, reads, problems = threading.Event(), [], []

    def read() -> None:
        with in_memory() as reader:
            while not ended.is_set():
                folder = (parted / "marts").resolve()
                try:
                    seen = [
                        reader.execute(f"select count(*), min(due_on) from '{files}'").fetchall()[0]
                        for files in (
                            f"{folder}/invoices.parquet", f"{folder}/parts/invoices/*.parquet",
                        )
                    ]  # fmt: skip
                except duckdb.Error as error:
                    problems.append(str(error))
                else:
                    reads.append(seen)

    thread = threading.Thread(target=read)
    thread.start()
    for _ in range(15):
        con.execute("update draft_invoices set due_on = due_on - 1, total = total + 1")
        publish_marts(con, parted)
    ended.set()
    thread.join()
    assert problems == []
    assert len(reads) >= 5 and all(single == parts for single, parts in reads)


def test_beyond_a_size_the_parts_are_all_there_is_and_every_reader_of_ours_finds_them(
    parted, con, monkeypatch
):
    monkeypatch.setenv("METERHOUSE_SINGLE_FILE_MB", "0")
    finalize_february(con, parted)
    assert {"invoices", "invoice_lines"} <= set(publish_marts(con, parted).alone)
    assert not (parted / "marts" / "invoices.parquet").exists()
    assert publish_marts(con, parted).alone == []
    assert load_invoice(parted / "marts", "INV-000003").header["status"] == "finalized"
    assert verify_published(parted).problems == []
    check_final_published(parted)
    void(parted, "INV-000003")
    publish_voids(parted)
    assert load_invoice(parted / "marts", "INV-000003").header["status"] == "void"
    assert verify_published(parted).problems == []
    monkeypatch.setenv("METERHOUSE_SINGLE_FILE_MB", "unlimited")
    publish_voids(parted)
    sync_ledger(con, parted)
    assert publish_marts(con, parted).alone == []
    check_same_rows(con, parted, "invoices")


def test_what_was_changed_after_it_was_published_is_made_again(parted, con):
    for name, harm in product(
        ("parts/invoices/2025-02.parquet", "invoices.parquet", "parts.json"), ("flipped", "gone")
    ):
        path = (parted / "marts").resolve() / name
        whole = path.read_bytes()
        path.unlink()
        if harm == "flipped":
            path.write_bytes(whole.replace(b"2025", b"2024", 1)[:-1] + b"!")
        assert len(verify_published(parted).problems) == 1
        publish(con, parted)
        assert verify_published(parted).problems == []
        assert ((parted / "marts").resolve() / name).read_bytes() == whole


def test_a_part_is_never_written_through_its_link(parted, con, monkeypatch):
    """Written again after it was taken over, it must not change the generation before."""
    before = contents(parted)
    old = (parted / "marts").resolve()
    taken = MartWriter._take

    def take_and_forget(self, name):
        taken(self, name)
        return False

    monkeypatch.setattr(MartWriter, "_take", take_and_forget)
    con.execute("update draft_invoices set total = total + 1")
    publish_marts(con, parted)
    assert {name: (old / name).read_bytes() for name in before} == before
