"""House rules over the dbt project: what every model states and carries.

Guards against a model that nobody can read (no grain), that can drift (no contract), that can
double money (no uniqueness test), or that lets a float near an amount.
"""

import re
from pathlib import Path

import pytest
import yaml

MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models"
SQL = sorted(path for path in MODELS.rglob("*.sql"))
METRICS = MODELS / "metrics"
# Models that only filter another one or put others together, whose grain is tested there.
VIEWS_OF = {
    "events": "landed_events",
    "open_periods": "billing_periods",
    "alert_rules": "alert_evaluations",
    "alert_values": "alert_evaluations",
    "watched_anomalies": "alert_evaluations",
    "usage_anomalies": "anomalous_days",
    "evaluated_alerts": "alert_evaluations",
    "alert_states": "alert_evaluations",
    "line_days": "spend_daily",
    "booked_invoices": "journal",
    "booked_lines": "earned_months",
    "recognition_pools": "journal",
    "drawn_revenue": "journal",
    "booked_amounts": "journal",
    "rated_lines": "usage_lines, late_lines, subscription_lines, composite_lines",
}
FLOAT = re.compile(r"::\s*(double|float|real)\b|\bas\s+(double|float|real)\b", re.IGNORECASE)
UNPINNED = re.compile(
    r"\b(any_value|random|current_timestamp|now|current_date|get_current_time)\s*\("
)


def entries() -> dict[str, dict]:
    """Model name → its YAML entry."""
    found = {}
    for path in MODELS.rglob("_*.yml"):
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
            assert model["name"] not in found, f"{model['name']} has two YAML entries"
            found[model["name"]] = model
    return found


ENTRIES = entries()


def name_of(path: Path) -> str:
    return re.sub(r"_v\d+$", "", path.stem) if METRICS in path.parents else path.stem


@pytest.mark.parametrize("path", SQL, ids=lambda path: path.stem)
def test_first_line_states_the_grain(path: Path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("-- one row per "), f"{path.name}: the first line says the grain"


@pytest.mark.parametrize("path", SQL, ids=lambda path: path.stem)
def test_model_fits_one_room(path: Path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 120, f"{path.name} has {lines} lines: give a part of it a model of its own"


@pytest.mark.parametrize("path", SQL, ids=lambda path: path.stem)
def test_model_is_described_typed_and_unique_on_its_grain(path: Path):
    entry = ENTRIES.get(name_of(path))
    assert entry, f"{path.name} has no YAML entry beside it"
    assert entry.get("description"), f"{path.name} has no description"
    assert entry.get("columns"), f"{path.name} declares no columns: its contract is empty"
    tests = [name for test in entry.get("data_tests", []) for name in test]
    if path.stem not in VIEWS_OF:
        assert {"unique_grain", "one_row_per_group"} & set(tests), f"{path.name}: no grain test"


@pytest.mark.parametrize("path", SQL, ids=lambda path: path.stem)
def test_no_float_and_nothing_unordered(path: Path):
    code = "\n".join(line.split("--")[0] for line in path.read_text(encoding="utf-8").splitlines())
    assert not FLOAT.search(code), f"{path.name}: exact decimals only after the log (S-18)"
    assert not UNPINNED.search(code), f"{path.name}: no wall clock, chance or unordered pick (S-4)"


def test_no_column_of_a_model_is_a_float():
    floats = [
        f"{name}.{column['name']}"
        for name, entry in ENTRIES.items()
        for column in entry.get("columns", [])
        if re.search(r"double|float|real", str(column.get("data_type", "")), re.IGNORECASE)
    ]
    assert not floats
