"""Results as JSON, a file for each question: every round, the machine, the command."""

import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.contestants.postgres_server import server_version
from benchmarks.cost import Cost
from benchmarks.rows import Row, Rows

FOLDER = Path(__file__).parent / "results"
PROGRAMS = ("duckdb", "dbt-core", "dagster", "deltalake", "pandas", "pyarrow")


def save(name: str, command: str, before: dict[str, object], rows: Rows) -> Path:
    """Write the results of a question; `before` is the machine as it was when it began."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    document = {
        "question": name,
        "command": command,
        "measured_on": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": before,
        "rows": [_rounded(asdict(row)) for row in rows],
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return path


def load(name: str) -> tuple[dict[str, Any], Rows] | None:
    """The latest results of a question: the document and its rows. None if there are none."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return None
    document = json.loads(path.read_text(encoding="utf-8"))
    rows = [
        Row(**{**row, "costs": [Cost(**cost) for cost in row["costs"]]}) for row in document["rows"]
    ]
    return document, Rows(rows)


def machine() -> dict[str, object]:
    """What it was measured on, without names."""
    processor = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        "load_before": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **{name: version(name) for name in PROGRAMS},
        "postgresql": server_version(),
    }


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return value
