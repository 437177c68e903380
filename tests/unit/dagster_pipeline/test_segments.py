"""Guards against acknowledged events that nobody lands, and nobody hears of (S-62)."""

from datetime import timedelta
from pathlib import Path

import pytest

from dagster_pipeline.defs.events.checks import segments_are_landed
from dagster_pipeline.defs.resources import Clock, DataDirectory
from raw_events.segments.names import OPEN, segments
from raw_events.segments.writer import SegmentWriter
from tests.unit.raw_events.event_cases import AS_OF


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
