"""dbt started by hand: which warehouse it opens, and the sentence where there is none."""

from pathlib import Path

import duckdb
import pytest

from meterhouse.common import settings
from meterhouse.dbt import by_hand
from meterhouse.dbt.by_hand import NoWarehouse, check_filled, find_warehouse
from meterhouse.warehouse.layout import warehouse_layout


def make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    duckdb.connect(str(folder / "warehouse.duckdb")).close()
    return folder / "warehouse.duckdb"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in whose dbt_project/ a shell has started dbt."""
    (tmp_path / "dbt_project").mkdir()
    monkeypatch.setattr(settings, "PROJECT", tmp_path)
    monkeypatch.setattr(settings, "IS_CHECKOUT", True)
    monkeypatch.setenv("PWD", str(tmp_path / "dbt_project"))
    monkeypatch.delenv("METERHOUSE_HOME", raising=False)
    return tmp_path


def test_without_a_variable_it_is_the_checkouts(checkout: Path):
    file = make(checkout / "data")
    assert find_warehouse() == file


def test_an_absolute_home(checkout: Path, monkeypatch: pytest.MonkeyPatch):
    file = make(checkout / "elsewhere")
    monkeypatch.setenv("METERHOUSE_HOME", str(checkout / "elsewhere"))
    assert find_warehouse() == file


@pytest.mark.parametrize("named", ["../data/demo", "data/demo"])
def test_a_home_relative_to_the_shell_or_to_the_checkout(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, named: str
):
    file = make(checkout / "data" / "demo")
    monkeypatch.setenv("METERHOUSE_HOME", named)
    # Where dbt goes before it opens a database changes nothing.
    monkeypatch.chdir(checkout)
    assert find_warehouse() == file


def test_an_empty_home_says_what_to_do(checkout: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("METERHOUSE_HOME", "data/new")
    with pytest.raises(NoWarehouse, match=r"new/warehouse\.duckdb: run `meterhouse run`"):
        find_warehouse()
    assert not list(checkout.rglob("warehouse.duckdb")), "nothing was made"


def test_a_warehouse_without_inputs_says_what_to_do():
    with pytest.raises(NoWarehouse, match="has no inputs yet: run `meterhouse run` first"):
        check_filled(duckdb.connect(), "data/warehouse.duckdb")


def test_a_warehouse_of_another_release_says_what_to_do():
    con = duckdb.connect()
    con.execute("create schema inputs; create table inputs.run (as_of timestamptz)")
    with pytest.raises(NoWarehouse, match="another release: run `meterhouse run` first"):
        check_filled(con, "data/warehouse.duckdb")
    con.execute("create table inputs.layout (layout varchar)")
    con.execute("insert into inputs.layout values (?)", [warehouse_layout()])
    check_filled(con, "data/warehouse.duckdb")


def test_a_run_is_not_by_hand(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(by_hand, "_called_by_us", False)
    assert by_hand.is_by_hand()
    by_hand.note_called_by_us()
    assert not by_hand.is_by_hand()
