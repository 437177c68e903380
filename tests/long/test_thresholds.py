"""A spend threshold through whole runs: killed, repeated, void, final, verified (S-58, S-50, S-47).

Guards against a purchase that a crash or a second run makes twice, one that is gone and still paid
for, and invoices that cannot be rebuilt from the log because nobody wrote their commit.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from tests.long import interrupted

GOLDEN = Path(__file__).parents[1] / "golden"
SEEDS = GOLDEN / "scenarios" / "threshold_spend" / "seeds"
EVENTS = GOLDEN / "scenarios" / "threshold_spend" / "events.ndjson"
SEEN, LATER, FINAL = "2026-01-20T06:00:00Z", "2026-01-21T00:00:00Z", "2026-04-02T00:00:00Z"
FIRST, SECOND = "acme-1.scheduled.2026-01-20", "acme-1.scheduled.2026-01-21"
USAGE = "acme-1.usage.2026-01-01"


def call(folder: Path, *arguments: str, script: tuple[str, ...] = ("-m", "meterhouse.cli")):
    return subprocess.run(
        [sys.executable, *script, *arguments],
        env={**os.environ, "METERHOUSE_HOME": str(folder / "home"),
             "METERHOUSE_SEEDS": str(folder / "seeds")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def meterhouse(folder: Path, *arguments: str) -> str:
    done = call(folder, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(folder: Path, mart: str, columns: str) -> list[tuple]:
    query = f"select {columns} from '{folder}/home/marts/{mart}.parquet' order by all"
    return duckdb.sql(query).fetchall()


def test_one_purchase_whatever_happens_and_none_after_its_void(tmp_path: Path):
    shutil.copytree(SEEDS, tmp_path / "seeds")
    shutil.copy(GOLDEN / "pricing_units.csv", tmp_path / "seeds")
    meterhouse(tmp_path, "ingest", "--as-of", SEEN, str(EVENTS))
    point = "final, not in the warehouse"
    killed = call(tmp_path, "kill", point, "run", "--as-of", SEEN, script=(interrupted.__file__,))
    assert killed.returncode == -9, killed.stdout + killed.stderr
    meterhouse(tmp_path, "run", "--as-of", SEEN)
    invoices = "invoice_id, invoice_number, status, total"
    assert rows(tmp_path, "invoices", invoices) == [
        (FIRST, "INV-000001", "finalized", 120), (USAGE, None, "draft", 0),
    ]  # fmt: skip
    balances = "commit_id, granted, applied_finalized, applied_draft, remaining"
    assert rows(tmp_path, "commit_balances", balances) == [("acme-1.ask.1", 120, 0, 120, 0)]
    said = meterhouse(tmp_path, "explain", FIRST, "1")
    assert "The threshold that bought it (S-58)" in said and "100.0000" in said

    meterhouse(tmp_path, "void", FIRST, "--yes", "--reason", "too early", "--as-of", LATER)
    meterhouse(tmp_path, "run", "--as-of", LATER)
    assert rows(tmp_path, "invoices", invoices) == [
        (FIRST, "INV-000001", "void", 120), (SECOND, "INV-000002", "finalized", 120),
        (USAGE, None, "draft", 0),
    ]  # fmt: skip
    assert rows(tmp_path, "commit_balances", balances) == [("acme-1.ask.2", 120, 0, 120, 0)]

    meterhouse(tmp_path, "run", "--as-of", FINAL)
    assert (USAGE, "INV-000003", "finalized", 0) in rows(tmp_path, "invoices", invoices)
    assert rows(tmp_path, "commit_balances", balances) == [("acme-1.ask.2", 120, 120, 0, 0)]
    refused = call(tmp_path, "void", SECOND, "--yes", "--reason", "x", "--as-of", FINAL)
    assert refused.returncode == 1 and "INV-000003" in refused.stderr
    assert "acme-1.ask.2" in meterhouse(tmp_path, "explain", USAGE, "2")
    meterhouse(tmp_path, "verify")
