"""Evidence that is gone, older or another is named by verify and stops a run (S-45, S-47).

Guards against a number that is given twice because nobody noticed an older backup. Changed and
foreign files: test_foreign_files.py; the marks that know: test_marks.py, test_noted_line.py.
"""

import shutil
from pathlib import Path

import pytest

from meterhouse.cli.commands import verify as command
from meterhouse.warehouse.evidence import mark_evidence
from raw_events.log.event_log import EventLog
from tests.unit.meterhouse.verify.conftest import land
from tests.unit.meterhouse.verify.evidence_cases import (
    ledger_set_back,
    problems,
    run_is_stopped,
    void,
)


@pytest.fixture(params=["the published marts", "the warehouse"])
def known_by(request, published: Path) -> str:
    """One of the two places is gone, the other alone knows."""
    if request.param == "the warehouse":
        shutil.rmtree(published / ".marts")
        (published / "marts").unlink()
    else:
        (published / "warehouse.duckdb").unlink()
    return request.param


def test_what_is_whole_stops_nothing(published):
    assert run_is_stopped(published) == problems(published) == ""


def test_a_ledger_that_is_gone_is_said_and_nothing_advises_to_go_on(published, known_by):
    shutil.rmtree(published / "invoices")
    for said in (run_is_stopped(published), problems(published)):
        assert "is gone" in said and f"{known_by} recorded entry 1 with INV-000003" in said
        assert "delete" not in said
    assert "Restore the folder" in run_is_stopped(published)


def test_a_ledger_without_its_last_void_is_said(published, known_by):
    with ledger_set_back(published):
        void(published)
        mark_evidence(published)
        assert run_is_stopped(published) == problems(published) == ""
    for said in (run_is_stopped(published), problems(published)):
        assert f"older than {known_by}, and without its last void, that of INV-000002" in said
        assert "it ends at entry 1 with INV-000003; recorded is entry 2" in said


def test_another_ledger_of_the_same_length_is_said(published, known_by):
    with ledger_set_back(published):
        void(published)
        mark_evidence(published)
    void(published, "INV-000001", "another one")
    assert f"is not the one that {known_by} recorded" in run_is_stopped(published)
    assert f"is not the one that {known_by} recorded" in problems(published)


def test_an_older_log_is_said_also_after_it_has_grown_again(published, known_by):
    log = EventLog(published)
    for path in (log.entry_path(2), *(log.root / "_seals").iterdir()):
        path.unlink()
    said = f"is older than {known_by}: it ends at version 1; recorded is version 2"
    assert said in run_is_stopped(published) and said in problems(published)
    land(published, 4)
    said = f"is not the one that {known_by} recorded: its entry 2"
    assert said in run_is_stopped(published) and said in problems(published)


def test_older_price_books_and_an_older_quarantine_are_said(published):
    books, quarantine = published / "price_books", published / "quarantine"
    book = next(books.iterdir())
    kept = min(quarantine.glob("*.parquet"))
    for path, said in ((book, "price books are older"), (kept, "quarantine is older")):
        path.rename(published / "aside")
        for found in (run_is_stopped(published), problems(published)):
            assert said in found and path.name in found
        (published / "aside").rename(path)
    assert run_is_stopped(published) == ""


def test_no_message_advises_what_would_give_a_number_again():
    """To delete warehouse or ledger, so that a message goes away, is nobody's advice."""
    advice = ("delete warehouse.duckdb", "delete the ledger", "delete invoices", "remove invoices")
    package = Path(command.__file__).parents[3]
    for folder in ("meterhouse", "raw_events", "dagster_pipeline", "dbt_project/macros"):
        for path in (package / folder).rglob("*"):
            if path.suffix in (".py", ".sql"):
                text = " ".join(path.read_text("utf-8").replace('"', " ").split()).lower()
                for words in advice:
                    assert words not in text, (path, words)
