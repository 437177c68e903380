"""Guards against marts in parts of which a reader sees two states, or a state that was harmed.

A kill in a publication, a reader during one, and files that were changed after one.
"""

import threading
from itertools import product
from pathlib import Path

import duckdb

from meterhouse.verify.published import verify_published
from meterhouse.warehouse.publish import publish_marts
from meterhouse.warehouse.write_marts import MartWriter
from tests.unit.meterhouse.ledger.ledger_cases import in_memory
from tests.unit.meterhouse.warehouse.published_parts import (
    check_same_rows,
    contents,
    finalize_february,
    publish,
)


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
