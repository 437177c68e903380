"""A run or `meterhouse live` that is killed is told as a trouble (S-76), by real processes.

Guards against silence until the marts are stale, a day later.
"""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meterhouse.common.failures import noted_failures
from meterhouse.common.killed import LIVE, RUN, killed
from meterhouse.delivery.outbox import note_messages
from meterhouse.run.live import only_live
from meterhouse.warehouse.lock import reading_lock, run_lock
from tests.unit.meterhouse.delivery.noted import noted
from tests.unit.meterhouse.delivery.world import book, endpoint, publish

HOLD = """
import sys, time
from pathlib import Path
from meterhouse.run.live import only_live
from meterhouse.warehouse.lock import reading_lock, run_lock
held = {"run": run_lock, "live": only_live, "verify": reading_lock}[sys.argv[2]]
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def end(home: Path, what: str, number: signal.Signals) -> int:
    """A process that holds the lock, and is ended by a signal; its number."""
    command = [sys.executable, "-c", HOLD, str(home), what]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "held\n"
        assert killed(home, RUN) is None and killed(home, LIVE) is None, "it is at work"
        process.send_signal(number)
    return process.pid


@pytest.mark.parametrize(
    ("what", "job", "step"), [("run", "run", "meterhouse run"), ("live", "live", "meterhouse live")]
)
def test_a_killed_process_is_told_once_with_what_to_do(tmp_path, what, job, step):
    publish(tmp_path, {}, book(endpoint("ops", event_types=["run.failed"])))
    pid = end(tmp_path, what, signal.SIGKILL)
    now = datetime.now(UTC)
    for _ in range(2):
        note_messages(tmp_path, now)
    [row] = noted(tmp_path)
    said = json.loads(row["body"])["data"]
    assert said["job"] == job
    assert f"process {pid}" in said["error"] and step in said["error"]
    # Whoever takes the lock next notes it, and it is the same message.
    with run_lock(tmp_path), only_live(tmp_path):
        assert [each.run_id for each in noted_failures(tmp_path)] == [said["run_id"]]
    note_messages(tmp_path, now)
    assert len(noted(tmp_path)) == 1


def test_one_that_was_killed_and_followed_before_anybody_looked_is_told(tmp_path):
    """Whatever keeps it running starts it again within seconds."""
    publish(tmp_path, {}, book(endpoint("ops", event_types=["troubles"])))
    end(tmp_path, "run", signal.SIGKILL)
    with run_lock(tmp_path):
        note_messages(tmp_path, datetime.now(UTC))
    assert [row["message_type"] for row in noted(tmp_path)] == ["run.failed"]


@pytest.mark.parametrize("is_followed", [False, True])
def test_one_that_was_killed_after_weeks_at_work_is_told(tmp_path, is_followed):
    """The lock's file is as old as the process, and troubles are looked for three days back."""
    publish(tmp_path, {}, book(endpoint("ops", event_types=["troubles"])))
    end(tmp_path, "live", signal.SIGKILL)
    begun = datetime.now(UTC) - timedelta(days=20)
    os.utime(tmp_path / LIVE, (begun.timestamp(), begun.timestamp()))
    if is_followed:
        with only_live(tmp_path):
            note_messages(tmp_path, datetime.now(UTC))
    for _ in range(2):
        note_messages(tmp_path, datetime.now(UTC))
    [row] = noted(tmp_path)
    assert f"begun {begun:%Y-%m-%d %H:%M} UTC" in json.loads(row["body"])["data"]["error"]


def test_a_lock_that_an_earlier_release_left_is_no_killed_process(tmp_path):
    (tmp_path / LIVE).write_text("1234")
    assert killed(tmp_path, LIVE) is None


def test_one_that_fails_or_is_told_to_stop_was_not_killed(tmp_path):
    for held in (run_lock, only_live, reading_lock):
        with pytest.raises(KeyError), held(tmp_path):
            raise KeyError
    end(tmp_path, "live", signal.SIGINT)
    end(tmp_path, "run", signal.SIGINT)
    # Verify reads alone: whoever ends it knows, and nothing is left undone.
    end(tmp_path, "verify", signal.SIGKILL)
    assert killed(tmp_path, RUN) is None and killed(tmp_path, LIVE) is None
    with run_lock(tmp_path), only_live(tmp_path):
        assert noted_failures(tmp_path) == []
