"""What starts by itself: the sensor, the clock of a run, and what a killed run leaves behind."""

import subprocess
from datetime import UTC, datetime

import dagster as dg
import pytest

from dagster_pipeline.defs.automation.sensors import drop_folder
from dagster_pipeline.defs.resources import Clock
from dagster_pipeline.job import PROCESS_TAG, _bury_the_dead
from meterhouse.common.errors import UsageError


@pytest.fixture
def inbox(tmp_path, monkeypatch):
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def test_the_sensor_asks_once_for_the_same_files(inbox):
    assert isinstance(drop_folder(dg.build_sensor_context()), dg.SkipReason)
    (inbox / "a.ndjson").write_text("{}")
    first, again = (drop_folder(dg.build_sensor_context()) for _ in range(2))
    assert first.run_key == again.run_key
    (inbox / "a.ndjson").write_text("{ }")
    assert drop_folder(dg.build_sensor_context()).run_key != first.run_key


def clock(as_of: str | None) -> Clock:
    made = Clock(as_of=as_of)
    made.setup_for_execution(dg.build_init_resource_context())
    return made


def test_a_given_moment_stands_still():
    given = clock("2026-02-01T01:00:00+01:00")
    assert given.moment() == given.moment() == datetime(2026, 2, 1, tzinfo=UTC)


def test_without_one_the_clock_is_the_moment_of_the_question():
    running = clock(None)
    start = running.moment()
    assert start <= running.moment()
    assert start.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(UsageError):
        clock("2026-02-01T00:00:00")


def test_a_killed_run_does_not_keep_the_pools_place():
    gone = subprocess.Popen(["true"])
    gone.wait()

    @dg.op
    def nothing():
        pass

    @dg.job
    def run():
        nothing()

    with dg.DagsterInstance.ephemeral() as instance:

        def started(tags: dict) -> str:
            made = instance.create_run_for_job(run, status=dg.DagsterRunStatus.STARTED, tags=tags)
            return made.run_id

        killed = started({PROCESS_TAG: str(gone.pid)})
        working = started({PROCESS_TAG: "1"})
        of_the_interface = started({})
        _bury_the_dead(instance)
        statuses = {
            run_id: instance.get_run_by_id(run_id).status
            for run_id in (killed, working, of_the_interface)
        }
    assert statuses == {
        killed: dg.DagsterRunStatus.FAILURE,
        working: dg.DagsterRunStatus.STARTED,
        of_the_interface: dg.DagsterRunStatus.STARTED,
    }
