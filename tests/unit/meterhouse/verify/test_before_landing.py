"""Nothing is added to a log that is older than what is known of it, or that Delta cannot read.

Guards against a log version that means two states (S-47), and against the words of a library.
"""

import json
import shutil
from pathlib import Path

import pytest
from deltalake import DeltaTable

from meterhouse.cli.main import main
from meterhouse.warehouse.database import open_warehouse
from raw_events.log.event_log import EventLog
from tests.unit.meterhouse.verify.evidence_cases import problems
from tests.unit.raw_events.event_cases import line

MARCH = ["--as-of", "2025-03-01T00:00:00Z"]
CHECKPOINT = f"{1:020d}.checkpoint.parquet"


@pytest.fixture
def file(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERHOUSE_HOME", str(published))
    path = tmp_path / "more.ndjson"
    path.write_text(line("more", timestamp="2025-02-28T00:00:00Z"), "utf-8")
    return path


def set_back(log: EventLog) -> None:
    """As from an older backup: without its last entry."""
    for path in (log.entry_path(2), *(log.root / "_seals").iterdir()):
        path.unlink()


@pytest.mark.parametrize(
    "command",
    [
        ["ingest", "FILE", *MARCH],
        ["retract", "2-1", "--reason", "wrong", *MARCH],
        ["quarantine", "replay", *MARCH],
        ["quarantine", "waive", "--reason", "noise", *MARCH],
    ],
    ids=lambda command: " ".join(command[:2]),
)
@pytest.mark.parametrize("known_by", ["the published marts", "the warehouse"])
def test_an_older_log_takes_nothing(published, file, known_by, command, capsys) -> None:
    if known_by == "the warehouse":
        shutil.rmtree(published / ".marts")
        (published / "marts").unlink()
    log = EventLog(published)
    set_back(log)
    assert main([str(file) if word == "FILE" else word for word in command]) == 1
    said = capsys.readouterr().err
    assert f"older than {known_by}: it ends at version 1; recorded is version 2" in said
    assert "Restore the folder from the newest backup" in said
    assert log.version() == 1


def test_whole_evidence_lands_also_while_a_run_has_the_warehouse(published, file) -> None:
    with open_warehouse(published):
        assert main(["ingest", str(file), *MARCH]) == 0
    assert EventLog(published).version() == 3


@pytest.mark.parametrize("content", [b"x", b"PAR1"], ids=["foreign", "torn"])
def test_a_log_that_delta_cannot_read_is_said_in_words(published, file, content, capsys) -> None:
    log = EventLog(published)
    (log.folder / CHECKPOINT).write_bytes(content)
    (log.folder / "_last_checkpoint").write_text('{"version":1,"size":1}', "utf-8")
    assert main(["ingest", str(file), *MARCH]) == 1
    said = capsys.readouterr().err
    assert "meterhouse verify names the file that is changed or does not belong" in said
    assert "report this file" not in said and "Traceback" not in said
    assert log.version() == 2
    assert "Delta cannot read the log" in problems(published)


def test_a_checkpoint_of_another_state_is_named(published, tmp_path) -> None:
    """Delta reads it instead of the entries, so other engines would see other events."""
    log = EventLog(published)
    assert problems(published) == ""
    other = tmp_path / "other"
    shutil.copytree(published / "raw_events", other / "raw_events")
    foreign = checkpoint_without_files(EventLog(other))
    for path in foreign:
        shutil.copy(path, log.folder / path.name)
    assert "Delta reads other files than the entries name" in problems(published)


def checkpoint_without_files(log: EventLog) -> list[Path]:
    """A checkpoint of version 2 in which no file of version 2 is."""
    entry = log.entry_path(2)
    actions = [json.loads(action) for action in entry.read_text("utf-8").splitlines()]
    kept = [json.dumps(action) for action in actions if "add" not in action]
    entry.write_text("\n".join(kept), "utf-8")
    DeltaTable(log.root).create_checkpoint()
    return list(log.folder.glob("*checkpoint*"))
