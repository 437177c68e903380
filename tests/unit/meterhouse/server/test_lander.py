"""Guards against a landing that fails in silence, and a lander that outlives its parent."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from meterhouse.server import health
from meterhouse.server.app import Server, application
from meterhouse.server.authentication import Authentication
from meterhouse.server.lander import Lander, Stop
from meterhouse.server.landing_state import read_state
from meterhouse.server.metrics import Metrics
from meterhouse.server.spool import Spool
from meterhouse.server.tokens import TokenBook
from meterhouse.warehouse.clock import machine_clock
from raw_events.segments.names import SEALED, segments
from raw_events.segments.writer import SegmentWriter
from tests.unit.raw_events.event_cases import land, landed, line, write


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("METERHOUSE_HOME", str(home))
    monkeypatch.setenv("METERHOUSE_SEEDS", str(tmp_path / "seeds"))
    return home


@pytest.fixture
def lander(home: Path) -> Lander:
    alive, _ = os.pipe()
    return Lander(home, False, Stop(alive))


def acknowledge(home: Path) -> None:
    now = machine_clock()
    event = line("a", timestamp=now.isoformat())
    SegmentWriter(home, "app", machine_clock).commit(f"{event}\n".encode())


def test_what_went_well_is_noted(home: Path, lander: Lander) -> None:
    acknowledge(home)
    lander.land()
    assert [row["source"] for row in landed(home)] == ["app"]
    assert read_state(home).problem is None and read_state(home).landed_seconds() > 0


def test_a_log_that_is_ahead_is_said_once_and_the_segment_waits(
    home: Path, lander: Lander, capsys
) -> None:
    ahead = machine_clock() + timedelta(minutes=30)
    path = write(home.parent / "events.ndjson", line("x", timestamp=ahead.isoformat()))
    land(home, path, ahead)
    acknowledge(home)
    for _ in range(2):
        lander.land()
    assert capsys.readouterr().err.count("Landing:") == 1
    state = read_state(home)
    assert state.landed_at is None and "S-4" in (state.problem or "")
    assert len(segments(home, SEALED)) == 1


def test_it_ends_with_its_parent_and_at_a_signal() -> None:
    alive, held = os.pipe()
    stop = Stop(alive)
    assert not stop.is_set()
    os.close(held)
    assert stop.wait(60.0)
    stop = Stop(os.pipe()[0])
    stop.set()
    assert stop.is_set()


def test_health_says_whether_the_last_write_succeeded(home: Path, lander: Lander) -> None:
    spool, metrics = Spool(home, machine_clock, reserve=0), Metrics()
    server = Server(home, Authentication(TokenBook(home)))
    client = TestClient(application(server, [lambda it: health.routes(spool, metrics, it)]))
    acknowledge(home)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["segments"]["waiting"]) == (200, 1)
    lander.land()
    spool.problem = "Input/output error"
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["last_write"]) == (503, "Input/output error")
    assert answer.json()["landing"]["last_success"] is not None
    told = client.get("/metrics").text
    assert "meterhouse_last_write_ok 0.0" in told and "meterhouse_segments 0.0" in told
