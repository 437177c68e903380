"""The process that explains a line: it waits for no run, and says what is missing (S-47).

What it explains is compared with `meterhouse explain` where invoices are real:
tests/long/test_explained_lines.py.
"""

import asyncio

import pytest

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

from meterhouse.common.killed import RUN, killed
from meterhouse.server.office import explained
from meterhouse.server.office.explained import Explainer
from meterhouse.server.reading.errors import Refused
from meterhouse.warehouse.lock import run_lock
from tests.unit.meterhouse.server.office.office import SECRET, publish


@pytest.fixture
def home(tmp_path):
    publish(tmp_path / "home")
    return tmp_path / "home"


def refused(home, seconds=60.0):
    with pytest.raises(Refused) as found:
        asyncio.run(Explainer(home, seconds).sections(f"{SECRET}-1", 1, 10))
    return found.value


def test_without_a_warehouse_it_says_so(home):
    error = refused(home)
    assert error.status == 503 and "warehouse is not there" in error.message


def test_while_a_run_is_at_work_it_asks_to_come_again(home):
    with run_lock(home):
        error = refused(home)
    assert (error.status, error.retry_after) == (503, 10) and "A run has" in error.message


def test_it_ends_after_its_time_and_nobody_is_told_of_a_run_that_was_killed(home, monkeypatch):
    # Waiting for the lock until its time is over.
    with run_lock(home):
        error = refused(home, seconds=0.5)
    assert error.status == 503 and "takes long" in error.message
    assert killed(home, RUN) is None
    assert explained.SECONDS >= 10
