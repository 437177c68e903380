"""Which contracts an edit of the price book changes (meterhouse/warehouse/contract_digests.py).

Guards against an edit that a run would overlook, because the contract that it is about is not
computed, and against one edit that computes everybody.
"""

from collections.abc import Iterator

import duckdb
import pytest

from meterhouse.price_book.kinds import find_kind
from meterhouse.price_book.schema import TABLES
from meterhouse.warehouse.contract_digests import (
    OF_CARDS,
    OF_CUSTOMERS,
    OWNED,
    TABLE,
    note_contract_digests,
)

BOOK = {
    "customers": [("customer_id",), ("acme",), ("beta",)],
    "customer_aliases": [("alias", "customer_id"), ("key-1", "acme")],
    "contracts": [
        ("contract_id", "customer_id", "rate_card_id"),
        ("acme-1", "acme", "list"),
        ("acme-2", "acme", "own"),
        ("beta-1", "beta", "list"),
    ],
    "rate_cards": [("rate_card_id",), ("list",), ("own",)],
    "rates": [("rate_id", "rate_card_id"), ("a", "list"), ("b", "own")],
    "rate_tiers": [("rate_id", "tier"), ("b", 1), ("o", 1)],
    "contract_overrides": [("override_id", "contract_id"), ("o", "beta-1")],
    "commits": [("commit_id", "contract_id"), ("c", "beta-1")],
    "commit_access": [("commit_id", "segment"), ("c", 1)],
    "subscriptions": [("subscription_id", "contract_id"), ("s", "beta-1")],
    "subscription_quantities": [("subscription_id", "quantity"), ("s", 1)],
    "products": [("product_id",), ("calls",)],
}
OF_ACME, OF_BETA = {"acme-1", "acme-2"}, {"beta-1"}


@pytest.fixture
def con(filled: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with the book `old`."""
    filled.execute("begin")
    yield filled
    filled.execute("rollback")


@pytest.fixture(scope="module")
def filled() -> Iterator[duckdb.DuckDBPyConnection]:
    """The same for all tests."""
    with duckdb.connect() as con:
        con.execute("create schema price_book; create schema lookups; create schema inputs")
        con.execute("create table lookups.weights (price_book varchar, model varchar)")
        for name, table in TABLES.items():
            columns = ", ".join(
                f"{one.name} {find_kind(one.kind).sql_type}" for one in table.columns
            )
            con.execute(f"create table price_book.{name} (price_book varchar, {columns})")
        for name, (columns, *rows) in BOOK.items():
            names = ", ".join(("price_book", *columns))
            for row in rows:
                places = ", ".join("?" * (len(row) + 1))
                con.execute(
                    f"insert into price_book.{name} ({names}) values ({places})", ["old", *row]
                )
        note_contract_digests(con, "old")
        yield con


def changed(con: duckdb.DuckDBPyConnection, *edits: str) -> set[str]:
    """The contracts whose digests differ in the book `new`, which is `old` after these edits."""
    for table in (*(f"price_book.{name}" for name in TABLES), "lookups.weights"):
        con.execute(f"insert into {table} select * replace ('new' as price_book) from {table}")
    for edit in edits:
        con.execute(edit)
    note_contract_digests(con, "new", "old")
    rows = con.execute(
        f"select contract_id from (from {TABLE} where price_book = 'old') as old "
        f"full outer join (from {TABLE} where price_book = 'new') as new using (contract_id) "
        "where old.digest is distinct from new.digest"
    ).fetchall()
    return {contract for (contract,) in rows}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("update price_book.customers set name = 'n' where customer_id = 'acme'", OF_ACME),
        ("update price_book.customer_aliases set starting_on = '2026-01-01'", OF_ACME),
        ("update price_book.customer_aliases set customer_id = 'beta'", OF_ACME | OF_BETA),
        ("update price_book.contracts set late_usage = 'x' where customer_id = 'acme'", OF_ACME),
        ("update price_book.contract_overrides set price = 1", OF_BETA),
        ("update price_book.rate_tiers set price = 1 where rate_id = 'o'", OF_BETA),
        ("update price_book.commit_access set amount = 1", OF_BETA),
        ("update price_book.subscription_quantities set quantity = 2", OF_BETA),
        ("update price_book.rates set price = 1 where rate_id = 'b'", {"acme-2"}),
        ("update price_book.rate_tiers set price = 1 where rate_id = 'b'", {"acme-2"}),
        ("update price_book.rates set price = 1 where rate_id = 'a'", {"acme-1", "beta-1"}),
        ("update price_book.products set name = 'n'", OF_ACME | OF_BETA),
        ("insert into lookups.weights values ('new', 'large')", OF_ACME | OF_BETA),
    ],
)  # fmt: skip
def test_an_edit_changes_the_contracts_that_it_is_about(
    con: duckdb.DuckDBPyConnection, edit: str, expected: set[str]
):
    """S-9, S-21, S-24, S-32, S-35, S-37: all rows that a contract is billed by."""
    condition = "and" if " where " in edit else "where"
    edit = edit if edit.startswith("insert") else f"{edit} {condition} price_book = 'new'"
    assert changed(con, edit) == expected


def test_the_same_rows_have_the_same_digests(con: duckdb.DuckDBPyConnection):
    """In any order of rows, under another digest of the book."""
    assert changed(con) == set()


@pytest.mark.parametrize("price", ["-0.0000000001", "1844674407.3709551617", "0.00000000010"])
def test_numbers_that_duckdb_hashes_alike_are_different(con: duckdb.DuckDBPyConnection, price: str):
    """S-10: a decimal of more than 18 digits is hashed as two halves, which may cancel out."""
    con.execute("update price_book.contract_overrides set price = 0")
    con.execute(f"delete from {TABLE}")
    note_contract_digests(con, "old")
    edit = f"update price_book.contract_overrides set price = {price} where price_book = 'new'"
    assert changed(con, edit) == OF_BETA


@pytest.mark.parametrize("table", sorted(set(TABLES) - OWNED))
def test_an_edit_of_what_is_of_no_single_contract_changes_all(
    con: duckdb.DuckDBPyConnection, table: str
):
    """Also of tables that nobody has thought of here."""
    edit = f"insert into price_book.{table} (price_book) values ('new')"
    assert changed(con, edit) == OF_ACME | OF_BETA


def test_what_is_of_a_contract_names_it():
    """Each row leads to a customer or a card by columns that a valid book must have."""
    optional = []
    for name, steps in (*OF_CUSTOMERS, *OF_CARDS):
        owner = "customer_id" if (name, steps) in OF_CUSTOMERS else "rate_card_id"
        column = steps[0][0] if steps else owner
        optional += [
            f"{name}.{column}"
            for one in TABLES[name].columns
            if one.name == column and not one.required
        ]
    assert optional == []


def test_contracts_that_come_and_go_are_changed(con: duckdb.DuckDBPyConnection):
    """With the other contracts of their customers (S-56)."""
    gone = "delete from price_book.contracts where price_book = 'new' and contract_id = 'acme-2'"
    come = (
        "insert into price_book.contracts by name "
        "select 'new' as price_book, 'beta-2' as contract_id, 'beta' as customer_id"
    )
    assert changed(con, gone, come) == {"acme-1", "acme-2", "beta-1", "beta-2"}


def test_only_the_books_that_are_asked_for_are_kept(con: duckdb.DuckDBPyConnection):
    """One million contracts have a row per book."""
    changed(con)
    note_contract_digests(con, "new")
    assert con.execute(f"select distinct price_book from {TABLE}").fetchall() == [("new",)]


def test_a_table_that_is_named_is_one_of_the_price_book():
    """All others count as shared, so that none is overlooked."""
    assert TABLES.keys() >= OWNED
