"""The billable metrics and lookup tables that the dbt project declares.

Read from the YAML files themselves: checking a price book must not need dbt, which takes seconds
to start.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT

METRICS = Path("models") / "metrics"
LOOKUPS = METRICS / "_lookups.yml"
BILLED = Path("macros") / "project" / "billed_metrics.sql"
BILLED_LINE = re.compile(r"^ *\('(\w+)', (\d+)\),$", re.MULTILINE)


def metric_group_keys(dbt_project: Path = DBT_PROJECT) -> dict[tuple[str, int], tuple[str, ...]]:
    """(metric, version) → its group keys, in the order of the YAML.

    Raises DbtProjectError if a metric declares no versions or no group keys.
    """
    registry = {}
    for path in sorted((dbt_project / METRICS).glob("*/*.yml")):
        for model in _read(path).get("models", []):
            for version, meta in _versions(path, model):
                keys = meta.get("group_keys")
                if not isinstance(keys, list):
                    raise DbtProjectError(
                        f"{path}: metric {model['name']} version {version} has no list "
                        "`group_keys` under config.meta; write the properties that a price or a "
                        "breakdown may depend on, [] if there are none."
                    )
                registry[model["name"], version] = tuple(map(str, keys))
    return registry


def billed_metrics(dbt_project: Path = DBT_PROJECT) -> list[tuple[str, int]]:
    """(metric, version) of the macro `billed_metrics`, in its order."""
    text = (dbt_project / BILLED).read_text("utf-8")
    return [(metric, int(version)) for metric, version in BILLED_LINE.findall(text)]


def lookup_columns(dbt_project: Path = DBT_PROJECT) -> dict[str, dict[str, str]]:
    """Lookup table → column → data type, as the dbt source `lookups` declares them."""
    path = dbt_project / LOOKUPS
    if not path.is_file():
        return {}
    tables = [
        table
        for source in _read(path).get("sources", [])
        if source["name"] == "lookups"
        for table in source.get("tables", [])
    ]
    return {table["name"]: _typed_columns(path, table) for table in tables}


def _versions(path: Path, model: dict) -> Iterator[tuple[int, dict]]:
    versions = model.get("versions")
    if not versions:
        raise DbtProjectError(
            f"{path}: metric {model['name']} has no `versions`; write `versions: [{{v: 1}}]`."
        )
    for version in versions:
        own = version.get("config", {}).get("meta", {})
        yield int(version["v"]), {**model.get("config", {}).get("meta", {}), **own}


def _typed_columns(path: Path, table: dict) -> dict[str, str]:
    columns = {column["name"]: column.get("data_type") for column in table.get("columns", [])}
    missing = [name for name, data_type in columns.items() if not data_type]
    if missing or not columns:
        raise DbtProjectError(
            f"{path}: lookup {table['name']} needs a `data_type` for every column"
            + (f"; missing: {', '.join(missing)}." if missing else ".")
        )
    return columns


def _read(path: Path) -> dict:
    try:
        return yaml.safe_load(path.read_text("utf-8")) or {}
    except yaml.YAMLError as error:
        raise DbtProjectError(f"{path} is not valid YAML: {error}") from error
