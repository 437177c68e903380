"""How a model takes its place in the warehouse: as its contract says, wholly, or not at all.

Guards against a cast that nobody asked for (1.2345 becomes 1.23), a column that comes or goes
unseen, and a table of a run that failed.
"""

import shutil

import duckdb
import pytest

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.dbt import build
from meterhouse.dbt.project import parsed_project

COLUMNS = {
    "id": "integer",
    "amount": "decimal(20, 4)",
    "made_at": "timestamptz",
    "parts": "struct(name varchar, share decimal(20,4))[]",
}
GIVEN = {
    "id": "{id}",
    "amount": "1.2345::decimal(20, 4)",
    "made_at": "timestamptz '2026-01-01 00:00:00+00'",
    "parts": "[{{'name': 'a', 'share': 0.5::decimal(20, 4)}}]",
}
KINDS = ("table", "view", "incremental")
WRONG = {
    "a type": ({"amount": "1.23::decimal(20, 2)"}, "DECIMAL(20,2)"),
    "a nested type": ({"parts": "[{{'name': 'a', 'share': 0.5}}]"}, "data type mismatch"),
    "a column too few": ({"amount": None}, "missing in definition"),
    "a column too many": ({"more": "1"}, "missing in contract"),
}


@pytest.fixture
def warehouse(tmp_path, monkeypatch):
    """Builds model `m` of one kind with these columns: the error, or None, and all its rows."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("METERHOUSE_HOME", str(home))
    root = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT / "macros" / "materializations", root / "macros")
    (root / "models").mkdir()
    (root / "dbt_project.yml").write_text("name: meterhouse\nprofile: meterhouse\n")
    (root / "profiles.yml").write_text((DBT_PROJECT / "profiles.yml").read_text())
    declared = "".join(f"      - {{name: {c}, data_type: '{t}'}}\n" for c, t in COLUMNS.items())
    (root / "models" / "schema.yml").write_text(f"models:\n  - name: m\n    columns:\n{declared}")

    def make(kind: str, number: int, **other: str | None):
        given = {name: sql for name, sql in {**GIVEN, **other}.items() if sql}
        listed = ", ".join(f"{sql.format(id=number)} as {name}" for name, sql in given.items())
        (root / "models" / "m.sql").write_text(
            f"{{{{ config(materialized='{kind}', incremental_strategy='append', "
            "on_schema_change='fail', "
            f"contract={{'enforced': true}}) }}}}\nselect {listed} -- no line feed behind this"
        )
        result = build.build_models(parsed_project(root, tmp_path / "parsed"), home)
        with duckdb.connect(str(home / "warehouse.duckdb")) as con:
            return result.error, con.execute("from main.m order by all").fetchall()

    return make


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_its_place_or_changes_nothing(warehouse, kind: str):
    error, before = warehouse(kind, 1)
    assert error is None
    assert [row[0] for row in before] == [1]
    for given, said in WRONG.values():
        error, after = warehouse(kind, 2, **given)
        assert "This model has an enforced contract that failed." in error
        assert said in error
        assert after == before
    # Columns in another order: each goes to its name.
    error, after = warehouse(kind, 2, id=None, **{"id ": GIVEN["id"]})
    assert error is None
    found = [row[0] for row in after] if kind == "incremental" else [row[-1] for row in after]
    assert found == ([1, 2] if kind == "incremental" else [2])


def test_what_breaks_the_contract_in_a_new_warehouse_is_not_there(warehouse):
    with pytest.raises(duckdb.CatalogException):
        warehouse("table", 1, **WRONG["a type"][0])


def test_a_model_may_become_another_kind(warehouse):
    for number, kind in enumerate(("table", "view", "table")):
        error, rows = warehouse(kind, number)
        assert error is None
        assert [row[0] for row in rows] == [number]
