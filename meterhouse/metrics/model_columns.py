"""The columns of a model as its YAML declares them, for tables that stand in for it."""

from functools import cache
from pathlib import Path

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.common.yaml_files import read_yaml
from raw_events.common.sql import identifier


@cache
def model_columns(folder: str, model: str, dbt_project: Path = DBT_PROJECT) -> dict[str, str]:
    """Column → data type of a model in `models/<folder>`; DbtProjectError without a declaration."""
    for path in sorted((dbt_project / "models" / folder).glob("_*.yml")):
        for entry in read_yaml(path).get("models") or []:
            if entry["name"] == model:
                return {column["name"]: column["data_type"] for column in entry["columns"]}
    raise DbtProjectError(f"No YAML file in {dbt_project / 'models' / folder} declares {model}.")


def empty_table(folder: str, model: str, dbt_project: Path = DBT_PROJECT) -> str:
    """The statement that makes an empty table of the model, in the schema of its folder."""
    declared = model_columns(folder, model, dbt_project)
    columns = (f"{identifier(name)} {data_type}" for name, data_type in declared.items())
    return f"create table {folder}.{model} ({', '.join(columns)})"
