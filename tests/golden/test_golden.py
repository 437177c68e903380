"""Scenarios that a finance person can read and check with a pocket calculator (S-17 to S-36, S-49).

Each folder in `scenarios/` has the arithmetic in its README.md, a tiny price book, events, and the
rows that must come out. Guards against any change of an amount that nobody meant to make, and, for
the same runs, against a history in Dagster in which runs succeed and assets were never made.
"""

from pathlib import Path

import duckdb
import pytest
import yaml
from dagster import AssetKey, DagsterInstance, DagsterRunStatus

from dagster_pipeline.instance import SETTINGS
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.dbt.project import parsed_project
from tests.golden.merge import SCENARIOS, read_csv
from tests.golden.pipeline import STEPS, Table, of_scenario, spelled
from tests.golden.read_back import (
    lines_published,
    lines_read,
    movements_published,
    movements_read,
)

MODELS = DBT_PROJECT / "models"


def test_expected_rows_come_out(expected: Path, published: dict[tuple[str, str], Table]):
    scenario, step = expected.parts[-4], expected.parts[-2]
    rows = read_csv(expected)
    columns = expected.read_text(encoding="utf-8").splitlines()[0].split(",")
    want = sorted(tuple(spelled(row[column], scenario) for column in columns) for row in rows)
    found = of_scenario(published[step, expected.stem], scenario, columns)
    readme = expected.parents[2] / "README.md"
    assert found == want, f"the arithmetic is in {readme}; columns {', '.join(columns)}"


def test_columns_stand_in_the_order_of_the_contract(published: dict[tuple[str, str], Table]):
    """A table has the order of its query; people who open a file want that of the description."""
    marts = MODELS / "marts"
    declared = {
        model["name"]: [column["name"] for column in model["columns"]]
        for path in marts.glob("_*.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    }
    for (_, mart), (columns, _) in published.items():
        assert columns == declared[mart], mart


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name)
def test_scenario_is_complete(path: Path):
    """A scenario explains itself, and expects rows of steps that exist."""
    assert (path / "README.md").is_file(), f"{path.name} has no README.md with the arithmetic"
    steps = {file.parent.name for file in path.glob("expected/*/*.csv")}
    assert steps and steps <= STEPS.keys()


@pytest.fixture
def history(folder: Path, published: dict[tuple[str, str], Table]):
    """The instance after all steps."""
    with DagsterInstance.from_config(str(folder / "home" / "dagster"), SETTINGS) as instance:
        yield instance


def test_every_run_is_there(history: DagsterInstance):
    assert [run.status for run in history.get_runs()] == [DagsterRunStatus.SUCCESS] * len(STEPS)


@pytest.mark.parametrize(
    "key",
    ["events/raw_events", "price_book/frozen", "ledger/final_invoices", "marts/invoices"],
)
def test_every_run_made_its_assets(history: DagsterInstance, key: str):
    asset = AssetKey(key.split("/"))
    made = history.fetch_materializations(asset, limit=10).records
    assert [record.run_id for record in made] == [run.run_id for run in history.get_runs()]
    assert history.get_latest_materialization_event(asset).run_id == made[0].run_id


@pytest.mark.usefixtures("published")
def test_a_mart_that_is_a_table_is_the_same_once_what_was_due_is_final(folder: Path):
    """S-48: marts are built and checked before finalization, and read after it. The last step made
    invoices final: each table is what its model gives now. What is not must be a view.
    """
    home = folder / "home"
    compiled = {(node.schema, node.alias): node for node in parsed_project().compiled.models()}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        assert con.execute(
            "select count(*) > 0 from ledger.invoices, inputs.run where finalized_at = run.as_of"
        ).fetchall() == [(True,)]
        tables = con.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' order by all"
        ).fetchall()
        assert ("reconciliation",) in tables
        changed = set()
        for (mart,) in tables:
            now = compiled["marts", mart].sql
            kept = f"select * from marts.{mart}"
            for one, other in ((kept, now), (now, kept)):
                if con.sql(f"(from ({one})) except all (from ({other}))").limit(1).fetchall():
                    changed.add(mart)
    assert changed == set(), "make them views"


def test_the_official_sdk_reads_back_every_line_and_movement(
    folder: Path, published: dict[tuple[str, str], Table]
):
    """Of the last publication; strict validation refuses a field that is not as the SDK has it."""
    for needed in ("metronome", "starlette", "msgspec"):
        pytest.importorskip(needed, reason="pip install -e '.[dev]'")
    from tests.unit.meterhouse.server.reading.tiny import sdk

    client = sdk(folder / "home").v1
    last = {mart: table for (step, mart), table in published.items() if step == list(STEPS)[-1]}
    customers = [customer.id for customer in client.customers.list()]
    assert sorted(lines_read(client, customers)) == sorted(lines_published(last))
    assert sorted(movements_read(client, customers)) == sorted(movements_published(last))
    assert {unit.id for unit in client.pricing_units.list()} >= {"USD"}
    found = client.usage.list(
        window_size="DAY", starting_on="2026-01-01", ending_before="2026-04-01"
    )
    assert {row.customer_id for row in found} <= set(customers)
