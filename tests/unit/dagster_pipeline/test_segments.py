"""Guards against acknowledged events that nobody lands, and nobody hears of (S-62)."""

from datetime import timedelta
from pathlib import Path

import pytest

from dagster_pipeline.defs.events.assets import raw_events
from dagster_pipeline.defs.events.checks import segments_are_landed
from dagster_pipeline.defs.resources import Clock, DataDirectory
from meterhouse.warehouse.clock import machine_clock
from raw_events.segments.names import OPEN, segments
from raw_events.segments.writer import SegmentWriter
from tests.unit.raw_events.event_cases import AS_OF, landed, line


def passed(monkeypatch: pytest.MonkeyPatch, minutes: int) -> bool:
    moment = AS_OF + timedelta(minutes=minutes)
    monkeypatch.setattr(Clock, "moment", lambda _: moment)
    result = segments_are_landed(clock=Clock(), data_directory=DataDirectory())
    return bool(result.passed)


def test_segments_that_wait_or_were_refused_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    assert passed(monkeypatch, 0)
    SegmentWriter(tmp_path, "app", lambda: AS_OF).commit(b"{}\n")
    assert passed(monkeypatch, 5)
    assert not passed(monkeypatch, 6)
    (segment,) = segments(tmp_path, OPEN)
    segment.path.rename(segment.path.with_suffix(".ndjson.refused"))
    assert not passed(monkeypatch, 0)


def test_a_run_lands_what_was_acknowledged_until_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("METERHOUSE_SEEDS", str(tmp_path / "seeds"))
    event = line("a", timestamp=machine_clock().isoformat())
    SegmentWriter(tmp_path / "home", "app", machine_clock).commit(f"{event}\n".encode())
    result = raw_events(clock=Clock(), data_directory=DataDirectory())
    assert result.metadata["accepted over HTTP"] == 1
    assert [row["transaction_id"] for row in landed(tmp_path / "home")] == ["a"]
