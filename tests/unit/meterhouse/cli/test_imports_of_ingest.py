"""Guards against `ingest` loading what it does not need: an hour's landing is mostly its start."""

import os
import subprocess
import sys
from pathlib import Path

from tests.unit.raw_events.event_cases import line, write

# What takes long to import, and what landing does without.
HEAVY = {"dagster", "dbt", "rich", "sqlalchemy", "agate", "starlette", "uvicorn", "msgspec"}
SCRIPT = Path(__file__).resolve().parents[3] / "without_pandas.py"


def test_ingest_imports_nothing_heavy(tmp_path: Path) -> None:
    good, bad = line("a", timestamp="2026-02-01T00:00:00Z"), "broken"
    path = write(tmp_path / "events.ndjson", f"{good}\n{bad}")
    done = subprocess.run(
        [sys.executable, SCRIPT, "ingest", "--as-of", "2026-02-01T12:00:00Z", path],
        env={**os.environ, "METERHOUSE_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "accepted 1, rejected 1" in done.stdout
    modules = next(row for row in done.stdout.splitlines() if row.startswith("modules"))
    assert {"pyarrow", "duckdb"} <= set(modules.split())
    assert HEAVY & set(modules.split()) == set()
