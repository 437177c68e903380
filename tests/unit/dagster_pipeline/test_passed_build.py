"""Which builds let invoices become final: guards against one that failed, or a part (S-48)."""

from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from dagster_pipeline.defs.warehouse import dbt
from meterhouse.dbt.build import Build
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
    """Whether the build of this run counts as passed after `build` was dbt's."""
    context = SimpleNamespace(
        is_subset=subset,
        selected_asset_keys=set(),
        selected_asset_check_keys=set(),
        assets_def=SimpleNamespace(specs=[], check_specs=[], specs_by_key={}),
    )
    monkeypatch.setattr(dbt, "dbt_project", lambda: SimpleNamespace(manifest={}))
    monkeypatch.setattr(dbt, "build_holding", build)
    with suppress(dg.Failure, KeyboardInterrupt):
        list(dbt.stream_build(context, home, "models"))
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
