"""The marks by which a run and verify know that evidence is older than it was (S-45, S-47).

Guards against a mark that is lost, cannot be read or is replaced by one of an older ledger, and so
knows nothing of the last number.
"""

from pathlib import Path

import duckdb
import pytest

from meterhouse.verify.verification import verify
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.errors import EvidenceMissing
from meterhouse.warehouse.evidence import mark_evidence
from meterhouse.warehouse.marks import current_mark, note_line
from meterhouse.warehouse.publish import publish_marts
from meterhouse.warehouse.publish_voids import publish_voids
from raw_events.log.event_log import EventLog
from tests.unit.meterhouse.ledger.ledger_cases import pass_build
from tests.unit.meterhouse.verify.evidence_cases import (
    ledger_set_back,
    problems,
    run_is_stopped,
    void,
)


def test_a_run_that_found_damage_leaves_the_mark_of_what_was_sound(published):
    path = EventLog(published).entry_path(2)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"WRITE", b"WRITF"))
    with open_warehouse(published) as con:
        con.execute("create table inputs.damage as select 2 as log_version, 'changed' as problem")
        mark_evidence(published, con)
        publish_marts(con, published)
    path.write_bytes(whole)
    assert run_is_stopped(published) == problems(published) == ""


def test_marts_of_release_0_1_have_no_checksums(published):
    for file in ("evidence.json", "credit_notes.parquet"):
        (published / ".marts" / "1" / file).unlink()
    with open_warehouse(published) as con:
        con.execute("drop table inputs.marks")
    assert problems(published) == run_is_stopped(published) == ""


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:40]),
        lambda path: path.write_text('{"marts": {}}', "utf-8"),
        lambda path: path.write_bytes(path.read_bytes().replace(b'"last_number": 3', b'"x": 3')),
        lambda path: path.replace(path.with_name("aside")) and path.mkdir(),
    ],
    ids=["gone", "cut", "empty", "without its number", "a folder"],
)
def test_a_mark_that_cannot_be_read_stops_a_run_and_a_void(published, spoil):
    (published / "warehouse.duckdb").unlink()
    path = published / ".marts" / "1" / "evidence.json"
    spoil(path)
    for said in (run_is_stopped(published), problems(published)):
        assert str(path) in said and "Put it back from a backup" in said
        assert "--against LINE" in said and "run --again" not in said
    with pytest.raises(EvidenceMissing, match="last number"):
        publish_voids(published)


def test_the_way_out_without_a_backup_of_the_mark(published):
    """The line kept elsewhere says that nothing is lost; then the generation may go."""
    line = note_line(current_mark(published))
    (published / "warehouse.duckdb").unlink()
    (published / ".marts" / "1" / "evidence.json").write_text("{")
    noted = {stage.name: stage for stage in verify(published, sample=0, against=line)}
    assert noted["noted elsewhere"].problems == []
    (published / ".marts" / "1").rename(published / "aside")
    assert run_is_stopped(published) == ""
    with duckdb.connect() as con:
        con.execute("create schema marts; create table marts.invoices as select 'c' as invoice_id")
        pass_build(con)
        publish_marts(con, published)
    assert (published / "marts" / "evidence.json").is_file()


@pytest.mark.parametrize("link", [None, "1"])
def test_the_marks_of_all_generations_count(published, link):
    """A copy may leave the link out, and somebody may set it back."""
    with ledger_set_back(published):
        with open_warehouse(published) as con:
            con.execute("create or replace table marts.invoices as select 'd' as invoice_id")
            void(published)
            assert publish_marts(con, published).generation == 2
        (published / "warehouse.duckdb").unlink()
        (published / "marts").unlink()
        if link:
            (published / "marts").symlink_to(Path(".marts") / link)
        assert run_is_stopped(published) == problems(published) == ""
    for said in (run_is_stopped(published), problems(published)):
        assert f"older than the published marts of {published / '.marts' / '2'}" in said
        assert "that of INV-000002" in said
    with pytest.raises(EvidenceMissing):
        publish_voids(published)


def test_without_the_link_a_void_is_marked_in_the_newest_generation(published):
    with ledger_set_back(published):
        (published / "warehouse.duckdb").unlink()
        (published / "marts").unlink()
        void(published)
        mark_evidence(published)
    assert "that of INV-000002" in run_is_stopped(published)


def test_nothing_is_published_from_an_older_ledger(published):
    """Whoever calls it: the mark is asked before it is replaced."""
    with ledger_set_back(published):
        void(published)
        mark_evidence(published)
    with open_warehouse(published) as con, pytest.raises(EvidenceMissing):
        publish_marts(con, published)
    assert "that of INV-000002" in run_is_stopped(published)
