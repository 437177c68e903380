"""`dbt build` by hand gives the rows of a run, table by table, on a first run and later ones.

Guards against two ways of building the models that drift apart: hooks, tables that grow, new files.
"""

from pathlib import Path

import duckdb
import pytest

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.dbt.invoke import invoke
from meterhouse.dbt.project import parsed_project
from tests.long.windows_company import ALIAS, NOON, Company, call, tokens


@pytest.fixture
def both(tmp_path: Path) -> tuple[Company, Company]:
    """Two data directories to which the same happens."""
    homes = [tmp_path / name for name in ("run", "by_hand")]
    for home in homes:
        home.mkdir()
    return Company(homes[0]), Company(homes[1])


def build_by_hand(home: Path) -> None:
    done = invoke(
        ["build", "--exclude-resource-type", "unit_test"],
        DBT_PROJECT,
        target=home / "target",
        logs=home / "logs",
        manifest=parsed_project().dbt_manifest,
    )
    results = getattr(done.result, "results", None) or []
    failed = [f"{one.node.name}: {one.message}" for one in results if str(one.status) == "error"]
    assert done.success, failed or done.exception


def tables(home: Path) -> dict[str, list[tuple]]:
    """Every table and view that models make, with its rows in order."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        named = con.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema not in ('inputs', 'main') order by all"
        ).fetchall()
        return {
            f"{schema}.{name}": con.execute(f'from {schema}."{name}" order by all').fetchall()
            for schema, name in named
        }


def test_dbt_by_hand_gives_the_rows_of_a_run(
    both: tuple[Company, Company], monkeypatch: pytest.MonkeyPatch
):
    steps = (
        # a first run; late, repeated and other events, and an id that joins a customer
        lambda one: one.land(call("acme", 3), call("acme-eu", 4, "w"), tokens("beta", 4)),
        lambda one: (
            one.land(call("acme", 3), call("acme", 2, "v"), call("beta", 9)),
            one.seed("customer_aliases", ALIAS),
        ),
    )
    for step in steps:
        for one in both:
            monkeypatch.setenv("METERHOUSE_HOME", str(one.home))
            step(one)
            one.prepare(NOON)
            if one is both[0]:
                one.build(())
            else:
                build_by_hand(one.home)
        of_run, by_hand = (tables(one.home) for one in both)
        assert of_run.keys() == by_hand.keys()
        assert len(of_run["usage.computed_windows"]) > 0
        for name, rows in of_run.items():
            assert by_hand[name] == rows, name
