"""How a model takes its place in the warehouse: as its contract says, wholly, or not at all.

Guards against a cast that nobody asked for (1.2345 becomes 1.23), a column that comes or goes
unseen, and a table of a run that failed.
"""

import shutil

import duckdb
import pytest

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.dbt import build
from meterhouse.dbt.invoke import invoke
from meterhouse.dbt.project import parsed_project
from meterhouse.dbt.refuse import REMEDIES

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


GROWTH = {"incremental_strategy": "'append'", "on_schema_change": "'fail'"}
# kind → a config in Jinja, and what is said of it
REFUSED = {
    "table": [
        ("grants", "{'select': ['bob']}", "DuckDB knows no rights"),
        ("persist_docs", "{'relation': true}", "descriptions stay in the YAML"),
        ("indexes", "[{'columns': ['id']}]", "the marts are read as files"),
        ("sql_header", "'select 1;'", "a pre-hook"),
        (
            "post_hook",
            "{'sql': 'select 1', 'transaction': false}",
            "leave `transaction: false` out",
        ),
    ],
    "view": [("grants", "{'select': ['bob']}", "DuckDB knows no rights")],
    "incremental": [
        ("unique_key", "'id'", "a row is appended once"),
        ("incremental_strategy", "'delete+insert'", "write append"),
        ("on_schema_change", "'append_new_columns'", "write fail"),
        ("full_refresh", "true", "the others would be lost"),
        ("incremental_predicates", "['id > 1']", "say it in the query"),
        ("merge_update_columns", "['id']", "rows are appended, never merged"),
        ("merge_exclude_columns", "['id']", "rows are appended, never merged"),
        ("contract", "{'enforced': false}", "made from the contract before the first run"),
    ],
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty data directory."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("METERHOUSE_HOME", str(folder))
    return folder


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A dbt project with these materializations and no models."""
    root = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT / "macros" / "materializations", root / "macros")
    (root / "models").mkdir()
    (root / "dbt_project.yml").write_text("name: meterhouse\nprofile: meterhouse\n")
    (root / "profiles.yml").write_text((DBT_PROJECT / "profiles.yml").read_text())
    return root


@pytest.fixture
def warehouse(home, root, tmp_path):
    """Builds model `m` of one kind with these columns: the error, or None, and all its rows."""
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


def written(root, name: str, kind: str, **config: str) -> None:
    """Model `name` of one row and one column."""
    config = {"materialized": f"'{kind}'", "contract": "{'enforced': true}", **config}
    listed = ", ".join(f"{key}={value}" for key, value in config.items())
    (root / "models" / f"{name}.sql").write_text(f"{{{{ config({listed}) }}}}\nselect 1 as id\n")
    (root / "models" / f"{name}.yml").write_text(
        f"models:\n  - name: {name}\n    columns: [{{name: id, data_type: integer}}]\n"
    )


def test_a_config_that_would_do_nothing_is_refused(home, root, tmp_path):
    """Guards against a config of dbt that is passed over in silence."""
    assert REMEDIES.keys() <= {key for cases in REFUSED.values() for key, *_ in cases}
    expected = []
    for kind, cases in REFUSED.items():
        for number, (key, value, said) in enumerate(cases):
            growth = GROWTH if kind == "incremental" else {}
            written(root, f"{kind}_{number}", kind, **{**growth, key: value})
            expected.append((f"{kind}_{number}", kind, said))
    (root / "models" / "constrained.sql").write_text(
        "{{ config(materialized='table', contract={'enforced': true}) }}\nselect 1 as id\n"
    )
    (root / "models" / "constrained.yml").write_text(
        "models:\n  - name: constrained\n    columns:\n"
        "      - {name: id, data_type: integer, constraints: [{type: not_null}]}\n"
    )
    expected.append(("constrained", "table", "write a data test of it"))
    with pytest.raises(DbtProjectError) as refused:
        parsed_project(root, tmp_path / "parsed")
    lines = str(refused.value).splitlines()
    by_hand = invoke(["run"], root, tmp_path / "target", tmp_path / "logs")
    messages = {item.node.name: item.message for item in by_hand.result.results}
    for name, kind, said in expected:
        [line] = [line for line in lines if line.startswith(f"{name}: ")]
        assert f"by Meterhouse's own materialization {kind}" in line
        assert said in line, name
        assert line in messages[name].replace("\n  ", " "), "dbt by hand says the same"
    assert len(lines) == len(expected) + 1


def test_what_grows_is_never_refreshed(home, root, tmp_path):
    """Guards against keeping the rows of the last run and losing all before; alone or with all."""
    for name in ("one", "other"):
        written(root, name, "incremental", **GROWTH)

    def run(*arguments: str):
        return invoke(["run", *arguments], root, tmp_path / "target", tmp_path / "logs")

    assert run().success
    for arguments in (["--select", "one"], []):
        refused = run("--full-refresh", *arguments)
        assert not refused.success
        for result in refused.result.results:
            assert "--full-refresh is not supported" in result.message
            assert "`meterhouse run` computes by itself what is missing" in result.message
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        assert con.execute("from main.one union all from main.other").fetchall() == 2 * [(1,)]


def test_by_hand_too_notes_of_windows_go_with_a_metrics_table(home, root, tmp_path):
    """Guards against windows that count as computed while their values are not there."""
    (root / "dbt_project.yml").write_text(
        "name: meterhouse\nprofile: meterhouse\non-run-start: '{{ make_kept_tables() }}'\n"
    )
    shutil.copy(DBT_PROJECT / "macros" / "project" / "generate_schema_name.sql", root / "macros")
    written(root, "calls", "incremental", schema="'metrics'", **GROWTH)
    described = root / "models" / "calls.yml"
    described.write_text(described.read_text() + "    versions: [{v: 1}, {v: 2}]\n")
    for version in (1, 2):
        shutil.copy(root / "models" / "calls.sql", root / "models" / f"calls_v{version}.sql")
    (root / "models" / "calls.sql").unlink()
    written(root, "computed_windows", "incremental", schema="'usage'", **GROWTH)
    (root / "models" / "computed_windows.sql").write_text(
        (root / "models" / "computed_windows.sql")
        .read_text()
        .replace("1 as id", "'' as metric, 1 as metric_version where false")
    )
    (root / "models" / "computed_windows.yml").write_text(
        "models:\n  - name: computed_windows\n    columns:\n"
        "      - {name: metric, data_type: varchar}\n"
        "      - {name: metric_version, data_type: integer}\n"
    )
    noted = [("calls", 1), ("calls", 2), ("seats", 1)]
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        con.execute("create schema metrics; create table metrics.calls_v2 (id integer)")
        con.execute("create schema usage")
        con.execute("create table usage.computed_windows (metric varchar, metric_version integer)")
        con.executemany("insert into usage.computed_windows values (?, ?)", noted)
    for left in (noted[1:], noted[1:]):
        assert invoke(["run"], root, tmp_path / "target", tmp_path / "logs").success
        with duckdb.connect(str(home / "warehouse.duckdb")) as con:
            assert con.execute("from usage.computed_windows order by all").fetchall() == left
            [(rows,)] = con.execute("select count(*) from metrics.calls_v1").fetchall()
    assert rows == 2
