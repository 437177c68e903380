"""What Dagster's web interface finds of runs that `meterhouse run` did in a process of its own.

Guards against a history in which runs succeed and assets were never made.
"""

from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, DagsterRunStatus

from dagster_pipeline.instance import SETTINGS
from tests.golden.pipeline import STEPS, Table


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
