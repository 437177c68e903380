"""What the asset check of schemas reads (S-64): guards against drift that nobody is told of."""

from pathlib import Path

import duckdb
import pytest

from meterhouse.warehouse.schema_drift import schema_drift

COLUMNS = "event_type, property, json_type, events, faults, broken_rules, is_declared"
DECLARED = [
    "('job', null, null, 9, 0, null, true)",
    "('job', 'minutes', 'number', 9, 0, null, true)",
    "('other', null, null, 9, 0, null, false)",
    "('other', 'anything', 'string', 9, 0, null, false)",
]
DRIFT = [
    "('job', 'minutes', 'string', 5, 4, 'maximum, type', true)",
    "('job', 'minuts', 'number', 3, 0, null, false)",
    "('job', 'minuts', 'string', 1, 0, null, false)",
]


def publish(home: Path, rows: list[str]) -> None:
    folder = home / ".marts" / "1"
    folder.mkdir(parents=True)
    (home / "marts").symlink_to(".marts/1")
    duckdb.sql(
        f"copy (from (values {', '.join(rows)}) as drift ({COLUMNS})) "
        f"to '{folder / 'event_schema_drift.parquet'}' (format parquet)"
    )


def test_nothing_published_and_nothing_declared_is_no_drift(tmp_path: Path):
    assert schema_drift(tmp_path).lines == []
    publish(tmp_path, DECLARED)
    found = schema_drift(tmp_path)
    assert (found.faults, found.undeclared, found.lines) == (0, 0, [])


@pytest.mark.parametrize("name", ["minuts", "\x1b[31m"])
def test_what_breaks_a_schema_or_is_not_in_it_is_said(tmp_path: Path, name: str):
    publish(tmp_path, [row.replace("minuts", name) for row in [*DECLARED, *DRIFT]])
    found = schema_drift(tmp_path)
    assert (found.faults, found.undeclared) == (4, 1)
    assert found.lines[0] == "job.minutes (string): 4 events broke maximum, type"
    assert found.lines[1].endswith("(number): not declared, in 3 events")
    assert "\x1b" not in "".join(found.lines)
