"""Opening the warehouse: once for many steps, and what is said of a table that is there or not."""

import subprocess
import sys

import duckdb
import pytest

from meterhouse.warehouse.database import kept_open, open_warehouse, table_exists, transaction


def opens_elsewhere(home) -> bool:
    """Whether another process gets the file."""
    code = f"import duckdb; duckdb.connect({str(home / 'warehouse.duckdb')!r})"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    return done.returncode == 0


def test_what_is_kept_open_is_one_database_and_let_go_of_at_the_end(tmp_path):
    with kept_open(tmp_path):
        with open_warehouse(tmp_path) as con:
            con.execute("create table found as select 1 as id")
        assert not opens_elsewhere(tmp_path)
        with open_warehouse(tmp_path) as con:
            assert con.execute("from found").fetchall() == [(1,)]
    assert opens_elsewhere(tmp_path)


def test_an_error_lets_go_of_it_too(tmp_path):
    with pytest.raises(ZeroDivisionError), kept_open(tmp_path):
        raise ZeroDivisionError
    assert opens_elsewhere(tmp_path)


def test_each_connection_of_a_database_that_is_kept_open_is_in_utc(tmp_path):
    with kept_open(tmp_path), open_warehouse(tmp_path) as con:
        assert con.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]


@pytest.mark.parametrize(
    ("made", "is_there"),
    [
        ("create table s.t as select 1 as id", True),
        ("create view s.t as select 1 as id", True),
        ("create temp table t as select 1 as id", False),
        ("create table s.other as select 1 as id", False),
    ],
)
def test_a_table_or_view_is_there_or_not(made, is_there):
    with duckdb.connect() as con:
        con.execute("create schema s")
        con.execute(made)
        with transaction(con):
            assert table_exists(con, "s", "t") is is_there
            assert not table_exists(con, "no such", "t"), "and the transaction goes on"
            assert con.execute("select 42").fetchall() == [(42,)]
        assert table_exists(con, "main", "t") is made.startswith("create temp")
