"""The scratch data directory: made beside the warehouse, gone afterwards, whatever happens."""

import os
from pathlib import Path

import duckdb
import pytest

from meterhouse.common.errors import UsageError
from meterhouse.common.settings import data_directory
from meterhouse.preview.errors import NothingToPreview
from meterhouse.preview.question import parse_month
from meterhouse.preview.scratch import copy_warehouse, scratch_home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("create table t as select 1 as a")
    return tmp_path


def test_the_copy_is_another_database(home: Path):
    before = (home / "warehouse.duckdb").read_bytes()
    with scratch_home(home) as scratch:
        copy_warehouse(home, scratch)
        with duckdb.connect(str(scratch / "warehouse.duckdb")) as con:
            con.execute("insert into t values (2)")
            assert len(con.execute("from t").fetchall()) == 2
    assert not scratch.exists()
    assert (home / "warehouse.duckdb").read_bytes() == before


def test_it_goes_when_the_preview_fails(home: Path):
    with pytest.raises(ZeroDivisionError), scratch_home(home) as scratch:
        raise ZeroDivisionError
    assert not scratch.exists()


def test_what_a_killed_preview_left_goes_and_that_of_a_living_one_stays(home: Path):
    dead, alive = home / ".preview-999999999-a", home / f".preview-{os.getpid()}-b"
    dead.mkdir()
    alive.mkdir()
    with scratch_home(home):
        assert not dead.exists() and alive.exists()


def test_before_the_first_run_there_is_nothing_to_preview(tmp_path: Path):
    with pytest.raises(NothingToPreview, match="meterhouse run"), scratch_home(tmp_path):
        pass


def test_the_data_directory_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("METERHOUSE_HOME", "/somewhere")
    with data_directory(tmp_path):
        assert os.environ["METERHOUSE_HOME"] == str(tmp_path)
    assert os.environ["METERHOUSE_HOME"] == "/somewhere"


def test_months():
    month = parse_month("2026-12")
    assert (str(month.start), str(month.end), str(month)) == ("2026-12-01", "2027-01-01", "2026-12")


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-1", "26-01", "2026-01-01", "January"])
def test_what_is_no_month_is_refused(text: str):
    with pytest.raises(UsageError, match="YYYY-MM"):
        parse_month(text)
