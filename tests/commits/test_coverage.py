"""Coverage in SQL against a plain calculator, over random contracts.

S-37 counts, S-38 who may pay, S-39 and S-40 the orders, S-41 sums, S-42 own prices, S-49 units.

Guards against: a line that gets too much or too little of a balance, a split that loses quantity,
and results that depend on the order of rows.
"""

import random

import pytest

from tests.commits.calculator import Contract
from tests.commits.mini_warehouse import CONTRACTS, read_tables, run_book


@pytest.fixture(scope="module")
def found(drafts) -> dict[str, list[tuple]]:
    return read_tables(drafts)


@pytest.fixture(scope="module")
def wanted(book) -> dict[str, Contract]:
    return {f"k{n:03}": Contract(book, f"k{n:03}") for n in range(CONTRACTS)}


def test_each_balance_gives_what_the_calculator_says(found, wanted):
    got = {tuple(row[:4]): row[4] for row in found["given"]}
    want = {
        (contract, *key): amount
        for contract, result in wanted.items()
        for key, amount in result.given.items()
        if amount
    }
    assert got == want


def test_each_line_is_settled_as_the_calculator_says(found, wanted):
    got: dict[tuple, list] = {}
    for contract, rank, *part in found["parts"]:
        got.setdefault((contract, rank), []).append(tuple(part))
    want = {
        (contract, rank): parts
        for contract, result in wanted.items()
        for rank, parts in result.parts.items()
        if rank is not None
    }
    assert {key: sorted(parts) for key, parts in got.items()} == want


def test_conversions_are_what_custom_balances_leave(found, wanted):
    got = {
        (contract, period): (quantity, amount)
        for contract, period, quantity, amount in found["conversions"]
    }
    want = {
        (contract, period): value
        for contract, result in wanted.items()
        for period, value in result.conversions.items()
    }
    assert got == want


def test_the_book_is_not_too_tame(wanted):
    """Every kind of case is there, or the other tests prove little."""
    parts = [parts for result in wanted.values() for parts in result.parts.values()]
    assert sum(len(each) == 2 for each in parts) > 20
    assert sum(len(each) > 2 for each in parts) > 0
    assert sum(bool(result.conversions) for result in wanted.values()) > 50
    assert (
        sum(not balance["left"] for result in wanted.values() for balance in result.balances) > 50
    )


def test_order_of_rows_changes_nothing(book, found, tmp_path):
    shuffled = {name: random.Random(9).sample(rows, len(rows)) for name, rows in book.items()}
    run_book(tmp_path, shuffled)
    assert {name: sorted(rows, key=repr) for name, rows in read_tables(tmp_path).items()} == {
        name: sorted(rows, key=repr) for name, rows in found.items()
    }
