"""What Dagster hears of a build; guards against a failing test that nobody sees."""

from types import SimpleNamespace

import dagster as dg
import pytest

from dagster_pipeline.defs.warehouse import building
from meterhouse.dbt.compiled import Compiled
from meterhouse.dbt.results import Build, NodeResult
from tests.unit.meterhouse.dbt.compiled_nodes import node


def test_each_model_and_test_is_told_under_its_name(monkeypatch: pytest.MonkeyPatch):
    """A check that found something is red."""
    nodes = [
        node("lines"),
        node("grown", materialized="incremental"),
        node("skipped"),
        node("amounts_add_up", is_test=True, owner="lines"),
        node("one_row_per_line", is_test=True, owner="lines", kind="unique_grain"),
    ]
    compiled = Compiled({one.unique_id: one for one in nodes})
    results = [
        NodeResult("lines", "success", 0.5, None, "", rows=7),
        NodeResult("grown", "success", 0.1, None, "", rows=0),
        NodeResult("amounts_add_up", "fail", 0.1, 2, ""),
        NodeResult("skipped", "skipped", 0.0, None, ""),
        NodeResult("one_row_per_line", "pass", 0.1, 0, ""),
    ]
    monkeypatch.setattr(building, "dbt_project", lambda: SimpleNamespace(compiled=compiled))

    @dg.asset
    def built(context: dg.AssetExecutionContext) -> None:
        building.tell(context, Build(results, None))

    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([built], instance=instance)
        logged = [each.dagster_event for each in instance.all_logs(done.run_id)]
    key = dg.AssetKey(["rating", "lines"])
    told = next(event for event in logged if event and event.is_step_materialization)
    assert told.asset_key == key
    assert told.step_materialization_data.materialization.metadata["rows"].value == 7
    found = [event for event in logged if event]
    [check] = [
        each.asset_check_evaluation_data
        for each in found
        if each.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    assert (check.asset_key, check.check_name, check.passed) == (key, "amounts_add_up", False)
    assert check.metadata["failing rows"].value == 2
