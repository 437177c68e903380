"""What every metric must have: its files, its entry in the YAML, a test. No dbt is started.

What may stand in them is another question: meterhouse/metrics/allowed_sql.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.common.yaml_files import read_yaml
from meterhouse.metrics.declaration import OLD_ROLLUP, ROLLUPS
from meterhouse.metrics.folders import VERSION_FILE, MetricFolder, metric_folders

FIRST_COLUMNS = {"contract_id": "varchar", "window_start": "date", "window_end": "date"}
QUANTITY = "decimal(28, 10)"


def metric_problems(dbt_project: Path = DBT_PROJECT) -> list[str]:
    """What is wrong with the metrics: a sentence each that names the file and the way out."""
    return [what for folder in metric_folders(dbt_project) for what in folder_problems(folder)]


def folder_problems(metric_folder: MetricFolder) -> list[str]:
    """The same of one folder of metrics."""
    found: list[str] = []
    billed = set(metric_folder.billed())
    metrics = {}
    for name in metric_folder.names():
        folder = metric_folder.path / name
        files = {}
        for path in sorted(folder.glob("*.sql")):
            match = VERSION_FILE.fullmatch(path.stem)
            if match and match["metric"] == name:
                files[int(match["version"])] = path
            else:
                found.append(
                    f"{path}: a file in {name}/ is named {name}_v<version>.sql; rename it."
                )
        metrics[name] = files
        found += _of_metric(folder, files, billed, metric_folder.listed)
    for metric, version in sorted(billed):
        if version not in metrics.get(metric, {}):
            found.append(
                f"{metric_folder.listed} lists {metric} version {version}, but there is no "
                f"{metric}_v{version}.sql: write it, or take the line out."
            )
    return found


def old_words(metric_folder: MetricFolder) -> list[str]:
    """A sentence for each version whose YAML uses a word of an earlier release; it still works."""
    return [
        f"{path}: metric {model['name']} says `{OLD_ROLLUP}`, which is called `rollup` now; "
        "rename the key, its value stays."
        for path in sorted(metric_folder.path.glob("*/*.yml"))
        for model in _read(path).get("models") or []
        if any(
            OLD_ROLLUP in ((part.get("config") or {}).get("meta") or {})
            for part in (model, *(model.get("versions") or []))
        )
    ]


def _of_metric(
    folder: Path, files: dict[int, Path], billed: set[tuple[str, int]], listed: Path | None
) -> Iterator[str]:
    name = folder.name
    path = folder / f"_{name}__models.yml"
    if not path.is_file():
        yield f"{path} is missing: it declares the metric; copy that of another one."
        return
    entries = [model for model in _read(path).get("models", []) if model["name"] == name]
    if not entries:
        yield f"{path}: there is no entry `- name: {name}` under `models`."
        return
    entry = entries[0]
    declared = {int(version["v"]): version for version in entry.get("versions", [])}
    tested = _tested_versions(folder, name, set(declared))
    for version, sql in files.items():
        if version not in declared:
            yield f"{sql}: add `- v: {version}` to `versions` in {path}."
        if (name, version) not in billed:
            yield f"{sql}: add the line `('{name}', {version}),` to {listed}."
        if version not in tested:
            yield f"{sql}: write a unit test of version {version} under `unit_tests` beside it."
    for version in declared.keys() - files.keys():
        yield f"{path}: version {version} has no file {name}_v{version}.sql; write it."
    for version in declared.values():
        meta = {
            **entry.get("config", {}).get("meta", {}),
            **version.get("config", {}).get("meta", {}),
        }
        columns = version.get("columns") or entry.get("columns") or []
        described = version.get("description") or entry.get("description")
        yield from _of_declaration(f"{path}, version {version['v']}", meta, columns, described)


def _of_declaration(
    where: str, meta: dict[str, Any], columns: list[dict[str, Any]], described: str | None
) -> Iterator[str]:
    if not described:
        yield f"{where}: say the metric's rule in words, as `description`."
    if not meta.get("event_types"):
        yield f"{where}: `config.meta.event_types` lists the types of the events that it reads."
    if not isinstance(meta.get("group_keys"), list):
        yield f"{where}: `config.meta.group_keys` lists its group keys ([] if there are none)."
        return
    if "rollup" in meta and OLD_ROLLUP in meta:
        yield f"{where}: `{OLD_ROLLUP}` is the old word for `rollup`; leave `rollup` alone."
    rollup = meta.get("rollup", meta.get(OLD_ROLLUP))
    if rollup not in (None, *ROLLUPS):
        yield (
            f"{where}: `rollup` is {rollup}; it is one of {', '.join(ROLLUPS)}, or left "
            "out where days do not make up a longer window. (Unique counts and time averages "
            "roll up if they are declared: `aggregation: unique`.)"
        )
    wanted = {**FIRST_COLUMNS, **dict.fromkeys(meta["group_keys"], "varchar"), "quantity": QUANTITY}
    given = {column["name"]: str(column.get("data_type")) for column in columns}
    if given != wanted:
        yield (
            f"{where}: its columns are {_listed(given)}, and should be {_listed(wanted)}: the "
            "window, a text for each group key, and the quantity."
        )


def _tested_versions(folder: Path, name: str, declared: set[int]) -> set[int]:
    tested: set[int] = set()
    for path in folder.glob("*.yml"):
        for test in _read(path).get("unit_tests", []):
            if test["model"] == name:
                tested |= set(test.get("versions", {}).get("include", declared))
    return tested


def _listed(columns: dict[str, str]) -> str:
    return ", ".join(f"{name} {data_type}" for name, data_type in columns.items())


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(path)
    return content
