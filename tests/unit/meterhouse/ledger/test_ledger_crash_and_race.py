"""Two finalizations at once and a killed one: guards against a doubled or half-written ledger."""

import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from deltalake.transaction import AddAction

from meterhouse.ledger import store
from meterhouse.ledger.errors import LedgerError, LedgerMoved
from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.store import Ledger
from meterhouse.verify.ledger import verify_ledger
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, in_memory, prepare


@pytest.mark.parametrize("first_commit", [True, False])
def test_of_two_finalizations_at_once_one_is_kept(finalized, tmp_path, monkeypatch, first_commit):
    """Both pass every check before either commits: the commit itself decides."""
    home = tmp_path if first_commit else finalized(2)
    before = Ledger(home).version()
    barrier = Barrier(2, timeout=20)

    def together(*action):
        barrier.wait()
        return AddAction(*action)

    monkeypatch.setattr(store, "AddAction", together)
    as_of = FEBRUARY if first_commit else datetime(2025, 4, 2, tzinfo=UTC)

    def run(label: str) -> str:
        with in_memory() as con:
            prepare(con, home, as_of)
            month = "2025-01-01" if first_commit else "2025-03-01"
            hand_over(con, 2, first=1 if first_commit else 5, month=month)
            # The two differ, as if their drafts had been computed a moment apart.
            con.execute("update given.due_invoices set customer_name = ?", [label])
            try:
                finalize(con, home, as_of)
            except LedgerMoved:
                return "moved"
        return label

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(run, ["A", "B"]))
    assert results[1] == "moved" and results[0] in "AB"
    assert Ledger(home).version() == max(before, 0) + 1
    assert verify_ledger(home) == []


@pytest.mark.parametrize("step", ["writing", "written", "committed"])
def test_killed_at_any_moment_the_ledger_is_the_old_or_the_new_one(con, tmp_path, step):
    script = f"""
import os, signal, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from tests.unit.meterhouse.ledger.ledger_cases import *
from meterhouse.ledger import finalize as module, store
die = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)
if {step!r} == "writing":
    store.sync_path = die
elif {step!r} == "written":
    store.DeltaTable.create_write_transaction = die
else:
    module._summary = die
con = in_memory()
home = Path({str(tmp_path)!r})
prepare(con, home)
hand_over(con, 3)
module.finalize(con, home, FEBRUARY)
"""
    command = [sys.executable, "-c", script]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = Ledger(tmp_path).head().rows
    assert done == (3 if step == "committed" else 0)
    assert verify_ledger(tmp_path) == []
    if not done:
        prepare(con, tmp_path)
        hand_over(con, 3)
        finalize(con, tmp_path, FEBRUARY)
    assert Ledger(tmp_path).head().last_number == 3
    assert len(list((tmp_path / "invoices").glob("*.parquet"))) == 1
    assert verify_ledger(tmp_path) == []


@pytest.mark.parametrize("size", [10_000, 30_000], ids=["of the table", "of the invoices"])
def test_a_full_disk_is_said_and_the_next_run_recovers(con, tmp_path, size):
    """A limit on the size of files stands for the disk: the write fails half-way."""
    prepare(con, tmp_path)
    hand_over(con, 2000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with pytest.raises(LedgerError, match="Nothing became final"):
            finalize(con, tmp_path, FEBRUARY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert Ledger(tmp_path).head().rows == 0
    assert finalize(con, tmp_path, FEBRUARY).invoices == 2000
    assert verify_ledger(tmp_path) == []
    names = sorted(path.name for path in (tmp_path / "invoices").iterdir())
    assert names[:2] == ["_delta_log", "_seals"] and len(names) == 3
