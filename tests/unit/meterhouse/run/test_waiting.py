"""Whether a run has something to do; guards against what waits and is not seen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meterhouse.run.waiting import seen, waits
from meterhouse.warehouse.clock import machine_clock
from raw_events.collectors.folder import open_source
from raw_events.collectors.state import StateFile
from raw_events.ingest.landing import land_file
from raw_events.segments.names import OPEN, segments
from raw_events.segments.writer import SegmentWriter
from tests.unit.raw_events.event_cases import AS_OF, line

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seeds").mkdir()
    monkeypatch.setenv("METERHOUSE_SEEDS", str(tmp_path / "seeds"))
    monkeypatch.delenv("METERHOUSE_COLLECTORS", raising=False)


def test_what_was_acknowledged_waits(tmp_path: Path):
    assert not waits(tmp_path, NOON)
    SegmentWriter(tmp_path, "app", machine_clock).commit(b"{}\n")
    assert waits(tmp_path, NOON)
    (segment,) = segments(tmp_path, OPEN)
    segment.path.write_bytes(b"")
    assert not waits(tmp_path, NOON)


def test_a_file_in_the_drop_folder_waits(tmp_path: Path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.ndjson.part").write_text("{}\n", "utf-8")
    assert not waits(tmp_path, NOON)
    (tmp_path / "inbox" / "a.ndjson").write_text("{}\n", "utf-8")
    assert waits(tmp_path, NOON)


def test_a_source_waits_when_it_is_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "collectors").mkdir()
    monkeypatch.setenv("METERHOUSE_COLLECTORS", str(tmp_path / "collectors"))
    (tmp_path / "collectors" / "broken.sql").write_text("no head", "utf-8")
    assert not waits(tmp_path, NOON)
    head = "driver: duckdb\nconnection: PRODUCT\nevent_type: run\nkey: run_id\nstart: 2026-03-01"
    select = (
        "select run_id, customer_id, timestamp from runs where timestamp >= $1 and timestamp < $2"
    )
    (tmp_path / "collectors" / "runs.sql").write_text(f"/*---\n{head}\n---*/\n{select}\n", "utf-8")
    open_source(tmp_path / "collectors", "runs")
    assert waits(tmp_path, NOON)


def test_a_collector_is_taken_apart_once_while_its_file_is_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It is asked several times a second whether a source is due."""
    folder = tmp_path / "collectors"
    folder.mkdir()
    monkeypatch.setenv("METERHOUSE_COLLECTORS", str(folder))
    opened = []
    monkeypatch.setattr(
        "meterhouse.run.waiting.open_source",
        lambda folder, name: opened.append(name) or open_source(folder, name),
    )
    (folder / "bus.yaml").write_text("kind: redis\nconnection: BUS\nstream: usage\n", "utf-8")
    StateFile(tmp_path, "bus").succeeded(NOON, {}, None)
    for seconds in (0, 10, 20):
        assert not waits(tmp_path, NOON + timedelta(seconds=seconds))
    assert waits(tmp_path, NOON + timedelta(minutes=1)) and opened == ["bus"]
    with (folder / "bus.yaml").open("a") as file:
        file.write("cadence: 2m\n")
    assert not waits(tmp_path, NOON + timedelta(minutes=1)) and opened == ["bus", "bus"]


def test_an_edit_and_a_batch_are_seen(tmp_path: Path):
    first = seen(tmp_path)
    assert seen(tmp_path) == first
    (tmp_path / "seeds" / "rates.csv").write_text("rate_id\n", "utf-8")
    second = seen(tmp_path)
    assert second != first
    (tmp_path / "a.ndjson").write_text(line("a") + "\n", "utf-8")
    land_file(tmp_path, tmp_path / "a.ndjson", "app", AS_OF)
    assert seen(tmp_path).log_version > second.log_version
