"""While an analyst's SQL runs, the database reaches itself and the log files of the run, no more.

Guards against SQL that reads or writes a file, the network or another database with the rights of
the pipeline. What a metric may hold at all: tests/unit/meterhouse/metrics/test_allowed_sql.py.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.dbt import sandbox
from meterhouse.dbt.doors import close_doors, new_log_files
from meterhouse.dbt.failures import failing_rows

# What DuckDB itself refuses, should SQL ever get past the check of what a metric may hold.
DOORS = {
    "a file": "from read_csv('{folder}/secret.csv')",
    "a file by its name": "from '{folder}/secret.csv'",
    "a log file that is not of this run": "from '{folder}/raw_events/old.parquet'",
    "a way around": "from '{folder}/raw_events/../secret.csv'",
    "a folder": "from glob('{folder}/raw_events/*')",
    "text": "from read_text('/etc/hostname')",
    "writing": "copy (select 1) to '{folder}/out.csv'",
    "writing beside the log": "copy (select 1) to '{folder}/raw_events/new2.parquet'",
    "another database": "attach '{folder}/other.duckdb'",
    "exporting": "export database '{folder}/export'",
    "the network": "from 'https://localhost/x.csv'",
    "a bucket": "from 's3://bucket/x.parquet'",
    "installing an extension": "install httpfs",
    "loading an extension": "load httpfs",
    "opening the doors again": "set enable_external_access = true",
    "more folders": "set allowed_directories = ['/']",
    "unlocking": "set lock_configuration = false",
    "a variable of Python": "from leaked",
}


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse as dbt opens it, with one old and one new log file."""
    (tmp_path / "raw_events").mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n", "utf-8")
    for name in ("old", "new"):
        duckdb.sql(f"copy (select '{name}') to '{tmp_path}/raw_events/{name}.parquet'")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("create schema inputs; create schema events")
        con.execute("create table events.landed_events as select 0 as log_version")
        con.execute(
            "create table inputs.log_files as from (values "
            f"(0, '{tmp_path}/raw_events/old.parquet'), (1, '{tmp_path}/raw_events/new.parquet'), "
            "(2, null)) as files(log_version, path)"
        )
        close_doors(con, new_log_files(con))
        yield con


@pytest.mark.parametrize("sql", DOORS.values(), ids=DOORS)
def test_a_door_is_closed_while_dbt_runs(inside: duckdb.DuckDBPyConnection, tmp_path: Path, sql):
    leaked = duckdb.sql("select 1").to_arrow_table()
    assert leaked.num_rows == 1
    with pytest.raises(duckdb.Error):
        inside.cursor().execute(sql.format(folder=tmp_path)).fetchall()
    assert not list(tmp_path.glob("*out.csv")) and not (tmp_path / "export").exists()


def test_the_log_of_the_run_can_be_read_in_utc(inside: duckdb.DuckDBPyConnection, tmp_path: Path):
    query = f"select * from read_parquet(['{tmp_path}/raw_events/new.parquet'])"
    assert inside.cursor().execute(query).fetchall() == [("new",)]
    assert inside.cursor().execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_temporary_files_are_still_allowed(inside: duckdb.DuckDBPyConnection):
    """Sorting more than memory holds spills to a folder beside the warehouse."""
    query = "select current_setting('temp_directory'), current_setting('allowed_directories')[1]"
    [(folder, allowed)] = inside.execute(query).fetchall()
    assert allowed == f"{folder}/"


def test_dbt_opens_the_warehouse_behind_closed_doors():
    outputs = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text("utf-8"))
    plugins = outputs["meterhouse"]["outputs"]["local"]["plugins"]
    assert plugins == [{"module": sandbox.__name__}]


def test_the_rows_of_a_failing_test_are_read_behind_closed_doors(tmp_path: Path):
    """The query of a test is a model's, and is run once more to show what it found."""
    (tmp_path / "secret.csv").write_text("a\nhidden\n", "utf-8")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("create table t as select 7 as seen")
    assert "7" in failing_rows("from t", tmp_path)
    for query in (f"from '{tmp_path}/secret.csv'", f"from read_text('{tmp_path}/secret.csv')"):
        shown = failing_rows(query, tmp_path)
        assert "hidden" not in shown and "could not be read" in shown
    assert "could not be read" in failing_rows("drop table t", tmp_path)
