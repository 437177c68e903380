"""The mart usage_daily in parts: guards against a published day that is not what was measured."""

from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest

from meterhouse.ledger.passed_build import note_passed_build
from meterhouse.warehouse.publish import publish_marts

# 2 contracts, a metric that is billed and one that no longer is, 100 groups a day from November on.
WAREHOUSE = """
    set TimeZone = 'UTC';
    create schema inputs; create schema usage; create schema calendar; create schema marts;
    create schema price_book;
    create table inputs.run as
    select timestamptz '2026-01-03 10:00:00Z' as as_of, 'book' as price_book;
    create table price_book.contracts as
    from (values ('book', 'a-1', 'acme'), ('book', 'b-1', 'beta'), ('old', 'a-1', 'other'))
        as contracts (price_book, contract_id, customer_id);
    create table calendar.billable_metrics as
    select 'calls' as metric, 1 as metric_version, unnest(['call', 'retry']) as event_type;
    create table usage.computed_windows as
    select
        unnest(['calls', 'gone']) as metric, 1 as metric_version, contract_id,
        day::date as window_start, day::date + 1 as window_end, day::varchar as fingerprint
    from (select distinct contract_id from price_book.contracts)
    cross join generate_series(date '2025-11-01', date '2026-01-03', interval 1 day) as days (day);
    create table calendar.due_windows as from usage.computed_windows where false;
    create table usage.metric_values as
    select *, 'group ' || number as metric_group, number::decimal(28, 10) as quantity
    from usage.computed_windows cross join range(100) as numbers (number)
    where metric = 'calls';
    create view marts.usage_daily as
    select customer_id, contract_id, metric, window_start as usage_date, metric_group, quantity
    from usage.metric_values
    inner join inputs.run on true
    inner join price_book.contracts using (price_book, contract_id);
"""


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        connection.execute(WAREHOUSE)
        yield connection


def inodes(home: Path) -> dict[str, int]:
    """The published parts by their names, each with what tells the file."""
    folder = (home / "marts").resolve() / "parts" / "usage_daily"
    return {path.stem: path.stat().st_ino for path in folder.glob("*.parquet")}


def publish(con: duckdb.DuckDBPyConnection, home: Path) -> set[str]:
    """Publish; the parts that were written. What is published must be the mart."""
    before = inodes(home)
    note_passed_build(con)
    published = publish_marts(con, home)
    for path in (
        home / "marts" / "usage_daily.parquet",
        home / "marts/parts/usage_daily/*.parquet",
    ):
        [(mart, missing, added)] = con.execute(
            "select (select count(*) from marts.usage_daily), "
            f"(select count(*) from (from marts.usage_daily except all from '{path}')), "
            f"(select count(*) from (from '{path}' except all from marts.usage_daily))"
        ).fetchall()
        assert (missing, added) == (0, 0)
    path = home / "marts" / "usage_daily.parquet"
    assert published.rows["usage_daily"] == mart == pyarrow.parquet.read_table(path).num_rows
    return {name for name, inode in inodes(home).items() if before.get(name) != inode}


def test_an_hour_writes_its_day(con, tmp_path):
    parts = publish(con, tmp_path / "home")
    assert len(parts) == 1 + 31 + 3 and {"2025-11", "2026-01-03"} <= parts
    assert publish(con, tmp_path / "home") == set()

    today = "window_start = date '2026-01-03' and contract_id = 'a-1'"
    con.execute(f"update usage.metric_values set quantity = 0.5 where number = 7 and {today}")
    con.execute(f"update usage.computed_windows set fingerprint = 'new' where {today}")
    assert publish(con, tmp_path / "home") == {"2026-01-03"}
    # A window of this run is written though its fingerprint is what it was.
    late = "window_start = date '2025-11-20' and contract_id = 'a-1'"
    con.execute(f"delete from usage.metric_values where number = 7 and {late}")
    con.execute(f"insert into calendar.due_windows from usage.computed_windows where {late}")
    assert publish(con, tmp_path / "home") == {"2025-11"}

    # As if it had never been in parts before: the same bytes (S-4).
    publish(con, tmp_path / "other")
    same = [tmp_path / home / "marts" / "usage_daily.parquet" for home in ("home", "other")]
    assert same[0].read_bytes() == same[1].read_bytes()


def test_what_the_mart_joins_is_part_of_a_part(con, tmp_path):
    publish(con, tmp_path)
    for month, written in (("02", "2025-12"), ("03", "2026-01")):
        con.execute(f"update inputs.run set as_of = timestamptz '2026-{month}-01 00:00:00Z'")
        assert publish(con, tmp_path) == {written}
    assert len(inodes(tmp_path)) == 3
    con.execute("update price_book.contracts set customer_id = 'new' where contract_id = 'b-1'")
    assert len(publish(con, tmp_path)) == 3
    con.execute("delete from price_book.contracts where contract_id = 'b-1'")
    assert len(publish(con, tmp_path)) == 3
    [(view,)] = con.execute(
        "select sql from duckdb_views() where view_name = 'usage_daily'"
    ).fetchall()
    con.execute(
        view.replace("CREATE VIEW", "CREATE OR REPLACE VIEW").replace(
            " AS SELECT ", " AS SELECT 1 AS more, ", 1
        )
    )
    assert len(publish(con, tmp_path)) == 3
    con.execute("delete from usage.computed_windows")
    con.execute("delete from usage.metric_values")
    note_passed_build(con)
    assert publish_marts(con, tmp_path).rows["usage_daily"] == 0
    assert inodes(tmp_path) == {}


@pytest.mark.parametrize("harm", ["flipped", "gone", "of other columns", "cut"])
def test_a_part_that_is_damaged_is_written_again(con, tmp_path, harm: str):
    publish(con, tmp_path)
    path = (tmp_path / "marts").resolve() / "parts" / "usage_daily" / "2025-12-05.parquet"
    data = bytearray(path.read_bytes())
    if harm == "flipped":
        data[100] ^= 1
    if harm == "cut":
        del data[-50:]
    path.write_bytes(data)
    if harm == "gone":
        path.unlink()
    if harm == "of other columns":
        con.execute(f"copy (select 1 as one) to '{path}' (format parquet)")
    assert publish(con, tmp_path) == {path.stem}


def test_parts_of_earlier_releases_are_cleared_away(con, tmp_path):
    former = tmp_path / ".marts" / "parts"
    former.mkdir(parents=True)
    (former / "2025-11-01-2025-12-01.parquet").write_bytes(b"former")
    con.execute("create table inputs.usage_daily_parts (first_day date)")
    publish(con, tmp_path)
    assert not former.exists()
    assert not con.execute("from duckdb_tables() where table_name = 'usage_daily_parts'").fetchall()
