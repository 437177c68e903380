"""Which builds let invoices become final, and what Dagster hears of them.

Guards against a build that failed and counts as passed (S-48), and a failing test that nobody sees.
"""

from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from dagster_pipeline.defs.warehouse import building
from meterhouse.dbt.compiled import Asked, Compiled, Node
from meterhouse.dbt.results import Build, NodeResult
from meterhouse.ledger.passed_build import build_passed
from meterhouse.warehouse.database import open_warehouse
from tests.unit.meterhouse.ledger.ledger_cases import pass_build


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A warehouse whose last build passed."""
    with open_warehouse(tmp_path) as con:
        pass_build(con)
    return tmp_path


def passes_after(home: Path, monkeypatch, build) -> bool:
    """Whether the build of this run counts as passed after `build`."""
    nothing = SimpleNamespace(compiled=Compiled({}))
    monkeypatch.setattr(building, "dbt_project", lambda: nothing)
    monkeypatch.setattr(building, "build_holding", build)
    with suppress(dg.Failure, KeyboardInterrupt):
        building.build_and_tell(dg.build_asset_context(), home)
    with open_warehouse(home) as con:
        return build_passed(con)


def test_a_build_counts_if_it_is_whole_and_passed(home, monkeypatch):
    def failed(*given, **named) -> Build:
        return Build([], "test assert_usage_is_conserved failed")

    def stopped(*given, **named) -> Build:
        raise KeyboardInterrupt

    def passed(*given, **named) -> Build:
        # While it works, nothing counts.
        with open_warehouse(home) as con:
            assert not build_passed(con)
        return Build([], None)

    assert passes_after(home, monkeypatch, passed)
    assert not passes_after(home, monkeypatch, failed)
    assert passes_after(home, monkeypatch, passed)
    assert not passes_after(home, monkeypatch, stopped)


def node(name: str, *, test: bool = False, kind: str = "", materialized: str = "table") -> Node:
    unique_id = f"{'test' if test else 'model'}.{name}"
    asked = Asked("error", "count(*)", "!= 0", "!= 0", None) if test else None
    return Node(
        unique_id=unique_id,
        name=name,
        version=None,
        schema="rating",
        alias=name,
        relation=f"rating.{name}",
        materialized=materialized,
        file="",
        fqn=["meterhouse", "rating", name],
        description="",
        sql="",
        parents=[],
        sources=False,
        owner="model.lines" if test else None,
        kind=kind,
        asked=asked,
    )


def test_each_model_and_test_is_told_under_its_name(home: Path, monkeypatch):
    """Also where the build failed: the check that found it is red."""
    nodes = [
        node("lines"),
        node("grown", materialized="incremental"),
        node("skipped"),
        node("amounts_add_up", test=True),
        node("one_row_per_line", test=True, kind="unique_grain"),
    ]
    compiled = Compiled({one.unique_id: one for one in nodes})
    results = [
        NodeResult("model.lines", "success", 0.5, None, "", rows=7),
        NodeResult("model.grown", "success", 0.1, None, "", rows=0),
        NodeResult("test.amounts_add_up", "fail", 0.1, 2, ""),
        NodeResult("model.skipped", "skipped", 0.0, None, ""),
        NodeResult("test.one_row_per_line", "pass", 0.1, 0, ""),
    ]
    monkeypatch.setattr(building, "dbt_project", lambda: SimpleNamespace(compiled=compiled))
    monkeypatch.setattr(building, "build_holding", lambda *_, **__: Build(results, "it failed"))

    @dg.asset
    def built(context: dg.AssetExecutionContext) -> None:
        building.build_and_tell(context, home)

    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([built], instance=instance, raise_on_error=False)
        assert not done.success
        logged = [each.dagster_event for each in instance.all_logs(done.run_id)]
    key = dg.AssetKey(["rating", "lines"])
    [told] = [event for event in logged if event and event.is_step_materialization]
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
