"""The price book's tables in the warehouse are those that were loaded, or are loaded again (S-48).

Guards against a price that somebody changed in the warehouse alone, of the current book or of one
that late usage is rated with, and against a warehouse that is accused without a reason.
"""

from datetime import UTC, datetime

import pytest

from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.inputs import prepare_inputs
from meterhouse.warehouse.price_book_tables import NOTES, load_price_books

JANUARY_9 = datetime(2025, 1, 9, tzinfo=UTC)
EDITS = {
    "a price": "update price_book.rates set price = 0 where price_book = 'aa'",
    "a price of the earlier book": "update price_book.rates set price = 0 where price_book = 'bb'",
    "prices that change places": "update price_book.rates set price = 4 - price",
    "a rate that is gone": "delete from price_book.rates where price_book = 'aa'",
    "a rate that stands twice": "insert into price_book.rates from price_book.rates limit 1",
    "a lookup": "update lookups.model_weights set weight = 9",
    "a table that is gone": "drop table price_book.contracts",
    "a table that is new": "create table lookups.other as select 'aa' as price_book",
    "columns that change names": "alter table price_book.rates rename column price to other;"
    " alter table price_book.rates rename column commit_price to price;"
    " alter table price_book.rates rename column other to commit_price",
    "a decimal point that moves": "alter table price_book.rates"
    " alter price type decimal(20, 9) using price * 10",
    "a view in a table's place": "create table inputs.kept as from price_book.rates;"
    " drop table price_book.rates; create view price_book.rates as from inputs.kept",
    "a view that is new": "create view lookups.other as select 'aa' as price_book",
    "a column that is new": "alter table price_book.rates add column note varchar",
}
WARNED = "something else wrote into warehouse.duckdb"


@pytest.fixture
def books(tmp_path, log, freeze):
    """The current book and an earlier one, both loaded."""
    books = [freeze("aa", "1.5"), freeze("bb", "2.5")]
    with open_warehouse(tmp_path) as con:
        load_price_books(con, books)
    return books


def stored(con) -> list[list[tuple]]:
    return [
        con.execute(f"from {table} order by all").fetchall()
        for table in ("price_book.rates", "price_book.contracts", "lookups.model_weights", NOTES)
    ]


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_what_was_altered_is_loaded_again_and_said_once(tmp_path, books, capsys, edit):
    with open_warehouse(tmp_path) as con:
        whole = stored(con)
        con.execute(edit)
        assert load_price_books(con, books)
        assert stored(con) == whole
        said = capsys.readouterr().out
        assert said.count(WARNED) == 1 and str(tmp_path / "price_books") in said
        assert not load_price_books(con, books)
        assert capsys.readouterr().out == ""


def test_a_run_compares_before_it_reads(tmp_path, log, freeze, capsys):
    book = freeze("aa", "1.5")
    prepare_inputs(tmp_path, JANUARY_9, book, "code")
    with open_warehouse(tmp_path) as con:
        con.execute("update price_book.rates set price = 0")
    assert prepare_inputs(tmp_path, JANUARY_9, book, "code").price_book_changed
    with open_warehouse(tmp_path) as con:
        prices = con.execute("select price::varchar from price_book.rates").fetchall()
    assert prices == [("1.5000000000",)]
    assert WARNED in capsys.readouterr().out


@pytest.mark.parametrize(
    "earlier",
    [f"drop table {NOTES}", f"update {NOTES} set engine = 'v0.0.1', hashes = 7"],
    ids=["an earlier release", "another version of the engine"],
)
def test_who_noted_nothing_that_can_be_compared_is_not_accused(tmp_path, books, capsys, earlier):
    """The books are loaded again in silence, so whatever stood in the tables is right."""
    with open_warehouse(tmp_path) as con:
        whole = stored(con)
        con.execute(EDITS["a price"])
        con.execute(earlier)
        assert load_price_books(con, books)
        assert stored(con) == whole
    assert capsys.readouterr().out == ""
