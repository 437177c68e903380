"""Marts in a real PostgreSQL: exact, and one publication for whoever reads (S-79).

Guards against a statement or transaction that finds tables of two publications, numbers that go
through floats, and an export that waits for ever or takes a reader down.
"""

from collections.abc import Iterator
from decimal import Decimal
from threading import Event, Thread

import pytest

from meterhouse.cli.main import main
from meterhouse.exports import to_postgres
from meterhouse.exports.errors import ExportError, ExportRefused
from meterhouse.exports.to_postgres import export_postgres
from tests.integration.collectors.server import Server
from tests.unit.meterhouse.exports.export_world import BIG, publish_number

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed (dev extra)")


@pytest.fixture
def db(postgres: Server) -> Iterator["psycopg.Connection"]:
    """A session that commits each statement, and no schema of ours."""
    with psycopg.connect(postgres.address(), autocommit=True) as connection:
        for name in ("meterhouse", "meterhouse_next", "meterhouse_old"):
            connection.execute(f"drop schema if exists {name} cascade")
        yield connection


def test_every_mart_is_there_with_exact_numbers(tmp_path, postgres, db):
    publish_number(tmp_path, 5)
    found = export_postgres(tmp_path, postgres.address())
    assert db.execute("select publication from meterhouse.publication").fetchall() == [
        (found.name,)
    ]
    assert db.execute("select sum(total) from meterhouse.invoices").fetchall() == [(Decimal(10),)]
    rows = db.execute("select distinct quantity, unit_price from meterhouse.invoice_lines")
    assert rows.fetchall() == [(BIG, Decimal("0.0000000001"))]
    types = db.execute(
        "select distinct data_type from information_schema.columns "
        "where table_schema = 'meterhouse' and column_name in ('total', 'amount', 'quantity')"
    )
    assert types.fetchall() == [("numeric",)]
    tables = db.execute("select tablename from pg_tables where schemaname = 'meterhouse'")
    assert {name for (name,) in tables} == {*found.marts, "publication"}


def test_a_reader_in_a_loop_sees_one_publication_only(tmp_path, postgres, db):
    """In one statement over two tables, and in one transaction of two statements."""
    publish_number(tmp_path, 1)
    export_postgres(tmp_path, postgres.address())
    ended, seen, problems = Event(), set(), []

    def reads(statements):
        with psycopg.connect(postgres.address()) as reader:
            while not ended.is_set():
                try:
                    with reader.transaction():
                        found = {
                            amount
                            for statement in statements
                            for (amount,) in reader.execute(statement).fetchall()
                        }
                except psycopg.Error as error:
                    problems.append(error)
                    return
                seen.update(found)
                if len(found) != 1:
                    problems.append(found)

    invoices, lines = (
        "select distinct total from meterhouse.invoices",
        "select distinct amount from meterhouse.invoice_lines",
    )
    readers = [
        Thread(target=reads, args=([f"{invoices} union all {lines}"],)),
        Thread(target=reads, args=([invoices, lines],)),
    ]
    for reader in readers:
        reader.start()
    try:
        for number in range(2, 8):
            publish_number(tmp_path, number)
            export_postgres(tmp_path, postgres.address())
    finally:
        ended.set()
        for reader in readers:
            reader.join()
    assert problems == []
    assert len(seen) > 1


def test_a_transaction_that_stays_open_keeps_what_it_reads(tmp_path, postgres, db, monkeypatch):
    publish_number(tmp_path, 1)
    export_postgres(tmp_path, postgres.address())
    publish_number(tmp_path, 2)
    with psycopg.connect(postgres.address()) as reader:
        reader.execute("select * from meterhouse.invoices")
        with pytest.raises(ExportError, match="Readers held tables of meterhouse"):
            export_postgres(tmp_path, postgres.address(), seconds=1)
        assert reader.execute("select distinct total from meterhouse.invoices").fetchall() == [
            (Decimal(1),)
        ]
    export_postgres(tmp_path, postgres.address())
    assert db.execute("select distinct total from meterhouse.invoices").fetchall() == [
        (Decimal(2),)
    ]
    schemas = db.execute("select nspname from pg_namespace where nspname like 'meterhouse%'")
    assert schemas.fetchall() == [("meterhouse",)]


def test_an_export_that_is_interrupted_leaves_what_was_there(tmp_path, postgres, db, monkeypatch):
    publish_number(tmp_path, 1)
    export_postgres(tmp_path, postgres.address())
    publish_number(tmp_path, 2)

    class Killed(Exception):
        pass

    def dies(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(to_postgres, "_exchange", dies)
        with pytest.raises(Killed):
            export_postgres(tmp_path, postgres.address())
    assert db.execute("select distinct total from meterhouse.invoices").fetchall() == [
        (Decimal(1),)
    ]
    export_postgres(tmp_path, postgres.address())
    assert db.execute("select distinct total from meterhouse.invoices").fetchall() == [
        (Decimal(2),)
    ]


@pytest.mark.parametrize("place", ["analytics", "mart_next", "mart_old"])
def test_a_schema_that_no_export_made_is_left_alone(tmp_path, postgres, db, place):
    """Renaming and dropping it would take somebody's tables away."""
    publish_number(tmp_path, 1)
    db.execute(f"drop schema if exists {place} cascade")
    db.execute(f"create schema {place} create view years_of_work as select 1 as x")
    asked = place.removesuffix("_next").removesuffix("_old")
    try:
        with pytest.raises(ExportRefused, match=f"{place} was made by no export"):
            export_postgres(tmp_path, postgres.address(), schema=asked)
        assert db.execute(f"select x from {place}.years_of_work").fetchall() == [(1,)]
    finally:
        db.execute(f"drop schema {place} cascade")


def test_two_exports_at_once_do_not_write_into_one_schema(tmp_path, postgres, db):
    publish_number(tmp_path, 1)
    db.execute("select pg_advisory_lock(hashtextextended('meterhouse export meterhouse', 0))")
    with pytest.raises(ExportError, match="Another export writes the schema meterhouse"):
        export_postgres(tmp_path, postgres.address())
    db.execute("select pg_advisory_unlock_all()")
    export_postgres(tmp_path, postgres.address())


def test_a_text_with_a_nul_character_does_not_end_the_export(tmp_path, postgres, db):
    publish_number(tmp_path, 1, void_reason="a\0b")
    export_postgres(tmp_path, postgres.address())
    found = db.execute("select distinct void_reason from meterhouse.invoices").fetchall()
    assert found == [("a\\x00b",)]


@pytest.mark.parametrize("name", ["drop table", "Meter", "é" * 40, "a" * 51, "1a", 'a"b', ""])
def test_what_postgres_would_cut_or_fold_is_no_name_of_a_schema(tmp_path, postgres, name):
    with pytest.raises(ExportRefused, match="no name of a schema"):
        export_postgres(tmp_path, postgres.address(), schema=name)


def test_readers_may_be_given_rights_that_last(tmp_path, postgres, db):
    """As docs/exports.md says: rights by default, for the schema is another one each time."""
    db.execute("drop role if exists bi")
    db.execute("create role bi login")
    db.execute("alter default privileges grant usage on schemas to bi")
    db.execute("alter default privileges grant select on tables to bi")
    for number in (1, 2):
        publish_number(tmp_path, number)
        export_postgres(tmp_path, postgres.address())
        with psycopg.connect(postgres.address("bi")) as reader:
            found = reader.execute("select distinct total from meterhouse.invoices").fetchall()
        assert found == [(Decimal(number),)]


def test_the_command_takes_the_address_from_the_environment(
    tmp_path, postgres, db, monkeypatch, capsys
):
    publish_number(tmp_path, 1)
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    monkeypatch.setenv("METERHOUSE_EXPORT_POSTGRES", postgres.address())
    assert main(["export", "postgres", "--schema", "billing"]) == 0
    assert "billing has publication 1-" in capsys.readouterr().out
    assert db.execute("select count(*) from billing.invoices").fetchall() == [(2,)]
    db.execute("drop schema billing cascade")
    monkeypatch.setenv("METERHOUSE_EXPORT_POSTGRES", "postgresql://nobody@/none?host=/nowhere")
    assert main(["export", "postgres"]) == 1
    assert "PostgreSQL refused" in capsys.readouterr().err
    with pytest.raises(ExportRefused, match="no name of a schema"):
        export_postgres(tmp_path, postgres.address(), schema="drop table")
