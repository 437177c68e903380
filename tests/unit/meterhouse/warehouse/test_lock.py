"""The run lock: guards against two runs at once, and against a lock that outlives its run."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from meterhouse.warehouse.errors import RunInProgress
from meterhouse.warehouse.lock import run_lock

HOLDER = """
import sys, time
from meterhouse.warehouse.lock import run_lock
with run_lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_run_gives_up_with_a_clear_message(tmp_path, holder):
    said = []
    with (
        pytest.raises(RunInProgress, match=f"process {holder.pid}.*Nothing was done"),
        run_lock(tmp_path, timeout=0.3, say=said.append),
    ):
        raise AssertionError("the lock was given to two")
    assert said == [f"Another run is in progress (process {holder.pid}); waiting for it to end."]


def test_a_second_run_waits_its_turn(tmp_path, holder):
    threading.Timer(0.4, holder.terminate).start()
    said = []
    with run_lock(tmp_path, timeout=20, say=said.append):
        assert len(said) == 1


def test_a_killed_run_leaves_no_lock(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    said = []
    with run_lock(tmp_path, timeout=0, say=said.append):
        assert said == []


def test_the_lock_is_free_again_after_an_error(tmp_path):
    with pytest.raises(KeyError), run_lock(tmp_path, timeout=0):
        raise KeyError
    with run_lock(tmp_path, timeout=0):
        pass
