"""The dbt project as analysts expect it: described, its public interface changing in the open.

Guards against a mart's column that nobody explains, one that comes or goes without a line in the
changelog, and an internal model that somebody builds on.
"""

import re
from pathlib import Path

import duckdb
import pytest
import yaml

from meterhouse.common.settings import DBT_PROJECT, PROJECT
from meterhouse.dbt.doors import LOG_COLUMNS
from meterhouse.dbt.project import parsed_project
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.price_book.schema import TABLES
from meterhouse.warehouse.inputs import TABLES as INPUTS

MODELS = DBT_PROJECT / "models"
RELEASES = PROJECT / "tests" / "upgrade"
INPUT_COLUMN = re.compile(r"(?:^|, )(\w+) [A-Z]")


def read(path: Path) -> dict:
    return yaml.safe_load(path.read_text("utf-8")) or {}


MARTS = {
    model["name"]: model for path in MODELS.glob("marts/_*.yml") for model in read(path)["models"]
}
SOURCES = {
    (source["name"], table["name"]): table
    for path in [*MODELS.glob("_*.yml"), *MODELS.glob("metrics/_*.yml")]
    for source in read(path).get("sources") or []
    for table in source["tables"]
}


@pytest.mark.parametrize("mart", sorted(MARTS))
def test_a_mart_and_its_columns_are_described(mart: str):
    model = MARTS[mart]
    assert model.get("description")
    bare = [column["name"] for column in model["columns"] if not column.get("description")]
    assert not bare, f"describe {', '.join(bare)} of {mart}: unit, null, an example"


@pytest.mark.parametrize("source", sorted(SOURCES), ids=".".join)
def test_a_source_and_its_columns_are_described(source: tuple[str, str]):
    table = SOURCES[source]
    assert table.get("description"), f"describe {'.'.join(source)}"
    columns = table.get("columns") or []
    assert columns, f"list the columns of {'.'.join(source)}"
    bare = [column["name"] for column in columns if not column.get("description")]
    assert not bare, f"describe {', '.join(bare)} of {'.'.join(source)}"


def written(schema: str, table: str) -> list[str] | None:
    """The columns that Python writes; None if the table is none of these."""
    if table == "newly_landed":
        return ["event_seq", "log_version", *LOG_COLUMNS]
    if schema == "inputs":
        return INPUT_COLUMN.findall(INPUTS[table])
    if schema == "price_book":
        return ["price_book", *(column.name for column in TABLES[table].columns)]
    return list(WAREHOUSE_TABLES[table]) if schema == "ledger" else None


@pytest.mark.parametrize(
    "source",
    sorted(one for one in SOURCES if one[0] in ("inputs", "price_book", "ledger")),
    ids=".".join,
)
def test_a_source_has_the_columns_that_are_written(source: tuple[str, str]):
    declared = [column["name"] for column in SOURCES[source]["columns"]]
    assert declared == written(*source)


@pytest.mark.parametrize("path", sorted(MODELS.rglob("*.yml")), ids=lambda path: path.name)
def test_yaml_is_short(path: Path):
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= 300, f"{path.name} has {lines} lines: a file per part of the folder"


def test_only_the_marts_are_public():
    nodes = parsed_project().manifest["nodes"].values()
    models = [node for node in nodes if node["resource_type"] == "model"]
    assert {node["group"] for node in models} == {"billing"}
    access = {node["unique_id"]: (node["fqn"][1] == "marts", node["access"]) for node in models}
    wrong = [
        name
        for name, (is_mart, how) in access.items()
        if how != ("public" if is_mart else "private")
    ]
    assert not wrong


def test_every_mart_has_a_reader():
    read_by = {
        name
        for exposure in read(MODELS / "_exposures.yml")["exposures"]
        for name in re.findall(r"ref\('(\w+)'\)", " ".join(exposure["depends_on"]))
    }
    assert sorted(read_by) == sorted(MARTS), "name the mart in models/_exposures.yml"


def test_a_change_of_the_marts_is_in_the_changelog():
    """Compared with what the last release published: tests/upgrade/<release>/marts."""
    text = (PROJECT / "CHANGELOG.md").read_text("utf-8")
    unreleased = text.split("## Unreleased", 1)[1].split("\n## ", 1)[0]
    before = {
        path.stem: {row[0]: row[1] for row in duckdb.sql(f"describe from '{path}'").fetchall()}
        for path in last_release().glob("marts/*.parquet")
    }
    now = {
        name: {column["name"]: kind(column["data_type"]) for column in model["columns"]}
        for name, model in MARTS.items()
    }
    silent = [
        f"{mart}.{column}" if mart in before and mart in now else mart
        for mart in sorted(before.keys() | now.keys())
        for column in sorted(before.get(mart, {}).keys() | now.get(mart, {}).keys())
        if before.get(mart, {}).get(column) != now.get(mart, {}).get(column)
        and not (
            f"`{mart}`" in unreleased
            and (mart not in before or mart not in now or f"`{column}`" in unreleased)
        )
    ]
    assert not silent, (
        f"{', '.join(dict.fromkeys(silent))} changed since the last release: name mart and column "
        "in CHANGELOG.md under Unreleased; a column that went or means something else is Breaking"
    )


def last_release() -> Path:
    """The newest of the data directories that are kept."""
    found = [path for path in RELEASES.iterdir() if re.fullmatch(r"[\d.]+", path.name)]
    return max(found, key=lambda path: [int(part) for part in path.name.split(".")])


def kind(data_type: str) -> str:
    """A declared type as DuckDB writes it."""
    return duckdb.sql(f"select null::{data_type} as x").types[0].__str__()
