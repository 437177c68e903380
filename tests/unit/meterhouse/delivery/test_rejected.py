"""Batches with rejected events: guards against one that is not told, and reading all again."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meterhouse.delivery.rejected import FOUND, rejected_batches
from raw_events.ingest.landing import land_file
from raw_events.log.event_log import EventLog
from tests.unit.raw_events.event_cases import line, write

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def land(home: Path, name: str, at: datetime, *lines: str) -> None:
    land_file(home, write(home.parent / f"{name}.ndjson", "\n".join(lines)), "files", at)


def found(home: Path, since: datetime = NOON) -> list[tuple[dict[str, int], int]]:
    return [(json.loads(row[5]), row[3]) for row in rejected_batches(home, since)]


def test_each_pass_reads_the_entries_since_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"
    moments = [NOON + timedelta(minutes=minute) for minute in range(6)]
    land(home, "old", moments[0] - timedelta(days=1), "nothing of JSON")
    for number, at in enumerate(moments[:3]):
        land(home, f"good{number}", at, line(f"g{number}"))
    land(home, "bad", moments[3], "not JSON", line("a"))
    assert found(home) == [({"not_json": 1}, 1)]
    read: list[int] = []
    entries = EventLog.entries
    monkeypatch.setattr(
        EventLog,
        "entries",
        lambda self, after, up_to: [read.append(up_to), entries(self, after, up_to)][1],
    )
    assert found(home) == [({"not_json": 1}, 1)]
    assert set(read) == {EventLog(home).version()}
    land(home, "worse", moments[4], "neither", "nor")
    assert found(home) == [({"not_json": 1}, 1), ({"not_json": 2}, 2)]
    assert found(home, moments[4]) == [({"not_json": 2}, 2)]


@pytest.mark.parametrize("kept", ["", "{}", '{"version": 1, "batch_id": "another", "rows": []}'])
def test_what_was_kept_of_another_log_is_not_believed(tmp_path: Path, kept: str) -> None:
    home = tmp_path / "home"
    land(home, "bad", NOON, "not JSON")
    assert found(home) == [({"not_json": 1}, 1)]
    (home / FOUND).write_text(kept)
    assert found(home) == [({"not_json": 1}, 1)]
