"""Which builds let invoices become final: guards against one that failed, or a part (S-48)."""

from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from dagster_pipeline.defs.warehouse import building
from meterhouse.dbt.compiled import Compiled
from meterhouse.dbt.results import Build
from meterhouse.ledger.passed_build import build_passed
from meterhouse.warehouse.database import open_warehouse
from tests.unit.meterhouse.ledger.ledger_cases import pass_build


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A warehouse whose last build passed."""
    with open_warehouse(tmp_path) as con:
        pass_build(con)
    return tmp_path


def passes_after(home: Path, monkeypatch, build, subset: bool = False) -> bool:
    """Whether the build of this run counts as passed after `build`."""
    context = SimpleNamespace(
        is_subset=subset,
        selected_asset_keys=set(),
        selected_asset_check_keys=set(),
        assets_def=SimpleNamespace(specs=[], check_specs=[], specs_by_key={}),
    )
    nothing = SimpleNamespace(compiled=Compiled({}))
    monkeypatch.setattr(building, "dbt_project", lambda: nothing)
    monkeypatch.setattr(building, "build_holding", build)
    with suppress(dg.Failure, KeyboardInterrupt):
        list(building.stream_build(context, home, "models"))
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
    assert not passes_after(home, monkeypatch, passed, subset=True)
    assert passes_after(home, monkeypatch, passed)
    assert not passes_after(home, monkeypatch, stopped)
