"""All scenarios as one price book and one file of events, so that the pipeline runs once for all.

Every id of a scenario gets the scenario's name in front (`rate_flat-acme`), so scenarios never
meet; pricing units are shared and stand in `pricing_units.csv` here.
"""

import csv
import json
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent
# SCENARIO=rate_flat,rate_tiered pytest tests/golden: these alone, in a data directory of their own.
ALONE = set(filter(None, os.environ.get("SCENARIO", "").split(",")))
SCENARIOS = sorted(
    path
    for path in (FOLDER / "scenarios").iterdir()
    if path.is_dir() and (not ALONE or path.name in ALONE)
)
# Columns whose values are ids, aliases or tags of the scenario; empty cells stay empty.
ID_COLUMNS = {"alias", "tag", "applies_to_tag", "applies_to_product_id"}
LIST_COLUMNS = {"tags"}
# What of an event is an id of the scenario.
EVENT_IDS = ("transaction_id", "customer_id")


def prefixed(scenario: str, column: str, value: str) -> str:
    """The value as it stands in the merged price book."""
    if not value:
        return value
    if column in LIST_COLUMNS:
        return "|".join(f"{scenario}-{part}" for part in value.split("|"))
    if column in ID_COLUMNS or column.endswith("_id"):
        return f"{scenario}-{value}"
    return value


def write_price_book(
    folder: Path, scenarios: Sequence[Path] = SCENARIOS, steps: Sequence[str] = ()
) -> None:
    """Write the merged CSV files; scenarios may leave out columns that they do not use.

    A file in `seeds_<step>/` of a scenario stands for the one in `seeds/`, for the given steps; an
    empty one (header alone) leaves no row.
    """
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    columns: dict[str, list[str]] = defaultdict(list)
    files = [("", FOLDER / "pricing_units.csv")]
    for path in scenarios:
        folders = [path / "seeds", *(path / f"seeds_{step}" for step in steps)]
        files += [
            (path.name, file)
            for _, file in sorted(
                {file.name: file for each in folders for file in sorted(each.glob("*.csv"))}.items()
            )
        ]
    for scenario, file in files:
        for row in read_csv(file):
            rows[file.name].append({key: prefixed(scenario, key, row[key]) for key in row})
            columns[file.name] += [key for key in row if key not in columns[file.name]]
    for name, table in rows.items():
        with open(folder / name, "w", newline="", encoding="utf-8") as target:
            writer = csv.DictWriter(target, columns[name], restval="")
            writer.writeheader()
            writer.writerows(table)


def write_events(target: Path, name: str = "events.ndjson") -> None:
    """Write the events of all scenarios, from their files of that name, as one NDJSON file."""
    with open(target, "w", encoding="utf-8") as lines:
        for path in SCENARIOS:
            file = path / name
            if not file.exists():
                continue
            for line in file.read_text(encoding="utf-8").splitlines():
                event = json.loads(line)
                for key in EVENT_IDS:
                    event[key] = f"{path.name}-{event[key]}"
                lines.write(json.dumps(event) + "\n")


def write_export(target: Path) -> bool:
    """Write the events of all scenarios that have a table of them, `export.csv`, as one file.

    Whether there are any.
    """
    rows = [
        {
            key: prefixed(path.name, key, value) if key in EVENT_IDS else value
            for key, value in row.items()
        }
        for path in SCENARIOS
        if (path / "export.csv").exists()
        for row in read_csv(path / "export.csv")
    ]
    with open(target, "w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)
    return bool(rows)


def taken_back(step: str) -> list[str]:
    """The ids that scenarios take back at a step, before its events land (`retract.csv`)."""
    return [
        f"{path.name}-{row['transaction_id']}"
        for path in SCENARIOS
        if (path / "retract.csv").exists()
        for row in read_csv(path / "retract.csv")
        if row["step"] == step
    ]


def paid(step: str) -> list[dict[str, str]]:
    """What came back of invoices before the run of a step (`payments.csv`)."""
    return [
        {
            **row,
            "invoice_id": f"{path.name}-{row['invoice_id']}",
            **{
                name: f"{path.name}-{row[name]}" for name in ("event", "withdraws") if row.get(name)
            },
        }
        for path in SCENARIOS
        if (path / "payments.csv").exists()
        for row in read_csv(path / "payments.csv")
        if row["step"] == step
    ]


def read_csv(file: Path) -> list[dict[str, str]]:
    """Rows of a CSV file with a header, all values as text."""
    with open(file, newline="", encoding="utf-8") as source:
        return list(csv.DictReader(source))
