"""Which builds let invoices become final (S-48); guards against one that failed and counts."""

from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from meterhouse.common.errors import DbtBuildError
from meterhouse.dbt.compiled import Compiled
from meterhouse.dbt.results import Build
from meterhouse.ledger.passed_build import build_passed
from meterhouse.run import models
from meterhouse.warehouse.database import open_warehouse
from tests.unit.meterhouse.ledger.ledger_cases import pass_build

PROJECT = SimpleNamespace(digest="", compiled=Compiled({}))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A warehouse whose last build passed."""
    with open_warehouse(tmp_path) as con:
        pass_build(con)
    return tmp_path


def passes_after(home: Path, monkeypatch: pytest.MonkeyPatch, build) -> bool:
    """Whether the build of this run counts as passed after `build`."""
    monkeypatch.setattr(models, "build_holding", build)
    with suppress(DbtBuildError, KeyboardInterrupt):
        models.build_all(home, PROJECT)
    with open_warehouse(home) as con:
        return build_passed(con)


def test_a_build_counts_if_it_passed(home: Path, monkeypatch: pytest.MonkeyPatch):
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


def test_a_build_that_failed_is_heard_of_too(home: Path, monkeypatch: pytest.MonkeyPatch):
    build, heard = Build([], "test assert_usage_is_conserved failed"), []
    monkeypatch.setattr(models, "build_holding", lambda *_, **__: build)
    with pytest.raises(DbtBuildError, match="assert_usage_is_conserved"):
        models.build_all(home, PROJECT, heard.append)
    assert heard == [build]
