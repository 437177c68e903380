"""A view that stands as this code made it is not made again; any other one is."""

import duckdb
import pytest

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.dbt import build
from meterhouse.dbt.project import parsed_project
from meterhouse.dbt.standing_views import standing_views

FILES = {
    "dbt_project.yml": "name: meterhouse\nprofile: meterhouse\nmodel-paths: [models]\n",
    "profiles.yml": (DBT_PROJECT / "profiles.yml").read_text(),
    "models/kept.sql": "{{ config(materialized='table') }} select 1 as id",
    "models/seen.sql": "{{ config(materialized='view') }} select id from {{ ref('kept') }}",
}


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Builds the project, with some files replaced; the models that a build made."""
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    root, made = tmp_path / "dbt_project", []
    materialize = build.materialize

    def noted(con, node, *rest):
        made.append(node.name)
        return materialize(con, node, *rest)

    monkeypatch.setattr(build, "materialize", noted)

    def run(**replaced: str) -> list[str]:
        for name, text in {**FILES, **replaced}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        made.clear()
        parsed = parsed_project(root, tmp_path / "parsed")
        assert build.build_models(parsed, tmp_path / "home").error is None
        return list(made)

    run.home = tmp_path / "home"
    return run


def in_warehouse(built, statement: str) -> list[tuple]:
    with duckdb.connect(str(built.home / "warehouse.duckdb")) as con:
        return con.execute(statement).fetchall()


def test_a_view_is_made_once(built):
    assert built() == ["kept", "seen"]
    assert built() == ["kept"]
    assert in_warehouse(built, "from main.seen") == [(1,)]


@pytest.mark.parametrize(
    "harm",
    [
        "create or replace view main.seen as select 2 as id",
        "drop view main.seen",
        "drop view main.seen; create table main.seen as select 2 as id",
        "drop table inputs.made_views",
    ],
)
def test_a_view_that_somebody_replaced_is_made_again(built, harm):
    built()
    in_warehouse(built, harm)
    assert built() == ["kept", "seen"]
    assert in_warehouse(built, "from main.seen") == [(1,)]


def test_with_other_code_every_view_is_made_again(built):
    built()
    other = {"models/kept.sql": "{{ config(materialized='table') }} select 7::bigint as id"}
    assert built(**other) == ["kept", "seen"]
    assert in_warehouse(built, "from main.seen") == [(7,)]
    assert built(**other) == ["kept"]


def test_nothing_is_known_of_a_project_without_a_digest(built):
    built()
    with duckdb.connect(str(built.home / "warehouse.duckdb")) as con:
        assert standing_views(con, "") == set()
