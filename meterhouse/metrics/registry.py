"""The billable metrics and lookup tables that the dbt project and the own metrics declare.

Read from the YAML files themselves: checking a price book must not need dbt, which takes seconds
to start.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.common.yaml_files import read_yaml
from meterhouse.metrics.folders import metric_folders


class GroupKeys(tuple[str, ...]):
    """Group keys of a metric version; `adds_up`: whether its rows may be added over them (S-11).

    `carries`: whether periods begin with what was there before (S-56).
    """

    adds_up: bool = True
    carries: bool = False


def metric_group_keys(dbt_project: Path = DBT_PROJECT) -> dict[tuple[str, int], GroupKeys]:
    """(metric, version) → its group keys, in the order of the YAML.

    Raises DbtProjectError if a metric declares no versions or no group keys.
    """
    registry = {}
    for path in metric_yaml(dbt_project):
        for model in _read(path).get("models", []):
            for version, meta in _versions(path, model):
                keys = meta.get("group_keys")
                if not isinstance(keys, list):
                    raise DbtProjectError(
                        f"{path}: metric {model['name']} version {version} has no list "
                        "`group_keys` under config.meta; write the properties that a price or a "
                        "breakdown may depend on, [] if there are none."
                    )
                found = GroupKeys(map(str, keys))
                found.adds_up = meta.get("adds_up", meta.get("aggregation") != "unique")
                found.carries = "carry" in meta
                registry[model["name"], version] = found
    return registry


def metric_meta(metric: str, version: int, dbt_project: Path = DBT_PROJECT) -> dict[str, Any]:
    """`config.meta` of one metric version as its YAML declares it; {} if there is none."""
    for path in metric_yaml(dbt_project):
        for model in _read(path).get("models") or []:
            if model["name"] == metric:
                return dict(_versions(path, model)).get(version, {})
    return {}


def metric_metas(dbt_project: Path = DBT_PROJECT) -> dict[tuple[str, int], dict[str, Any]]:
    """(metric, version) → its `config.meta`, of all metrics at once."""
    return {
        (model["name"], version): meta
        for path in metric_yaml(dbt_project)
        for model in _read(path).get("models") or []
        for version, meta in _versions(path, model)
    }


def billed_metrics(dbt_project: Path = DBT_PROJECT) -> list[tuple[str, int]]:
    """(metric, version) of the macro `billed_metrics`, in its order, then those of own metrics."""
    return [one for folder in metric_folders(dbt_project) for one in folder.billed()]


def metric_yaml(dbt_project: Path = DBT_PROJECT) -> list[Path]:
    """The YAML files that declare metrics."""
    folders = metric_folders(dbt_project)
    return [path for folder in folders for path in sorted(folder.path.glob("*/*.yml"))]


def lookup_columns(dbt_project: Path = DBT_PROJECT) -> dict[str, dict[str, str]]:
    """Lookup table → column → data type, as the dbt source `lookups` declares them."""
    found: dict[str, dict[str, str]] = {}
    for folder in metric_folders(dbt_project):
        path = folder.lookups
        if path.is_file():
            for table in _lookup_tables(_read(path)):
                if table["name"] in found:
                    raise DbtProjectError(
                        f"{path}: Meterhouse ships a lookup table {table['name']}; give yours "
                        "another name, here and in its CSV file."
                    )
                found[table["name"]] = _typed_columns(path, table)
    return found


def _lookup_tables(declared: dict[str, Any]) -> list[dict[str, Any]]:
    lookups = [one for one in declared.get("sources") or [] if one["name"] == "lookups"]
    return [table for source in lookups for table in source.get("tables") or []]


def _versions(path: Path, model: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    versions = model.get("versions")
    if not versions:
        raise DbtProjectError(
            f"{path}: metric {model['name']} has no `versions`; write `versions: [{{v: 1}}]`."
        )
    for version in versions:
        own = version.get("config", {}).get("meta", {})
        yield int(version["v"]), {**model.get("config", {}).get("meta", {}), **own}


def _typed_columns(path: Path, table: dict[str, Any]) -> dict[str, str]:
    columns = {column["name"]: column.get("data_type") for column in table.get("columns", [])}
    missing = [name for name, data_type in columns.items() if not data_type]
    if missing or not columns:
        raise DbtProjectError(
            f"{path}: lookup {table['name']} needs a `data_type` for every column"
            + (f"; missing: {', '.join(missing)}." if missing else ".")
        )
    return columns


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = read_yaml(path)
    except yaml.YAMLError as error:
        raise DbtProjectError(f"{path} is not valid YAML: {error}") from error
    return content
