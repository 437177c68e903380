"""The steps in time of all scenarios, the commands they go through, and the rows of a mart."""

import json
import os
import subprocess
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

STEPS = {
    "draft": "2026-02-01T12:00:00Z",  # January is over, its grace is not (S-43)
    "final": "2026-02-02T00:00:00Z",  # the first moment at which January is final
    "late": "2026-02-03T00:00:00Z",  # what lands now is late for January (S-43)
    "next": "2026-03-02T00:00:00Z",  # February becomes final
}
# The file of a scenario's events that lands at a step, if it has one.
LANDS = {"draft": "events.ndjson", "late": "late.ndjson"}
# The step at which events land that a scenario has as a table, `export.csv`.
EXPORT_LANDS = "draft"
# The first step is taken as where pandas is not installed: nothing of the product needs it.
WITHOUT_PANDAS = Path(__file__).resolve().parents[1] / "without_pandas.py"
# Columns and rows of a mart.
Table = tuple[list[str], list[tuple]]


def meterhouse(folder: Path, *arguments: str, script: Path | None = None) -> None:
    """Run one command, or `script` in its place; its output is shown when it fails."""
    command = [script] if script else ["-m", "meterhouse.cli"]
    done = subprocess.run(
        [sys.executable, *command, *arguments],
        env=os.environ
        | {"METERHOUSE_HOME": str(folder / "home"), "METERHOUSE_SEEDS": str(folder / "seeds")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"meterhouse {arguments[0]}\n{done.stdout}\n{done.stderr}"


def of_scenario(table: Table, scenario: str, columns: list[str]) -> list[tuple[str, ...]]:
    """The scenario's rows, its name taken off the ids, as text, the given columns alone, sorted."""
    names, rows = table
    owner = names.index("contract_id" if "contract_id" in names else "invoice_id")
    places = [names.index(column) for column in columns]
    return sorted(
        tuple(spelled(row[place], scenario) for place in places)
        for row in rows
        if row[owner].startswith(scenario + "-")
    )


def spelled(value: object, scenario: str) -> str:
    """One spelling per value: numbers without trailing zeros, keys sorted, null as empty text."""
    if value is None:
        return ""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    text = text.removeprefix(scenario + "-")
    if text.startswith("{"):
        return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return format(number.normalize(), "f") if number else "0"
