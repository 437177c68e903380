"""What `meterhouse collect` says of a source that stops, and of one that another process reads."""

import argparse
from pathlib import Path

import pytest

from meterhouse.cli.commands import collect, source
from raw_events.collectors import folder
from raw_events.collectors.errors import SourceError
from raw_events.collectors.state import StateFile
from tests.unit.raw_events.collectors.fake import AS_OF, FakeSource, lines

WANTED = argparse.Namespace(
    names=["fake"], dry_run=False, as_of=AS_OF, now=False, ahead=False, format="text"
)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSource:
    found = FakeSource(lines(5))
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    monkeypatch.setattr(folder, "open_source", lambda *_: found)
    return found


def test_what_landed_before_a_source_stopped_is_said(fake, capsys):
    def stops(position: int) -> None:
        if position == 4:
            raise SourceError("fake: the database says no. Nothing of the window landed.")

    fake.trouble = stops
    assert collect.execute(WANTED) == 1
    assert capsys.readouterr().err == (
        "fake: accepted 4, rejected 0 in 2 batches; then stopped: the database says no. Nothing "
        "of the window landed.\n"
    )
    assert collect.execute(WANTED) == 1
    assert capsys.readouterr().err.startswith("fake: stopped: the database says no.")
    WANTED.act = source._list
    assert source.execute(WANTED) == 1
    said = capsys.readouterr().out
    assert "last success  never read to its end" in said
    assert f"last landed   {AS_OF.isoformat()}" in said


def test_a_source_that_another_process_reads_has_nothing_to_do(fake, tmp_path, capsys):
    with StateFile(tmp_path, "fake").alone():
        assert collect.execute(WANTED) == 0
    assert capsys.readouterr().out == (
        "fake: is being read by another process just now; nothing to do\n"
    )
