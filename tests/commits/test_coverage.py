"""Coverage in SQL against a plain calculator, over random contracts (S-37 to S-42, S-49).

Guards against: a balance used twice by two open periods, a line covered beyond its amount, a split
that loses quantity, and results that depend on the order of rows.
"""

import random
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from benchmarks.commit_room import create_room, insert, run_commits
from tests.commits.book import PERIODS, PRODUCTS, RATE, TAGS, UNITS, make_book
from tests.commits.calculator import Contract

CONTRACTS = 300
TABLES = ("coverage_lines", "settled_lines", "conversion_lines", "postpaid_counts")


def run_book(home: Path, book: dict[str, list[dict]]) -> dict[str, list[tuple]]:
    """Rows of the commits models for a book."""
    con = create_room(home)
    contracts = [{"contract_id": f"k{number:03}"} for number in range(CONTRACTS)]
    periods = [
        {**row, "period_start": start, "period_end": end}
        for row in contracts
        for start, end in PERIODS
    ]
    rows = {
        "price_book.rate_cards": [{"rate_card_id": "card", "currency": "USD"}],
        "price_book.pricing_units": [
            {
                "pricing_unit": unit,
                "decimals": decimals,
                "kind": "custom" if unit == "CR" else "currency",
            }
            for unit, decimals in UNITS.items()
        ],
        "price_book.pricing_unit_conversions": [
            {
                "rate_card_id": "card",
                "pricing_unit": "CR",
                "starting_on": date(2025, 1, 1),
                "price": RATE,
            }
        ],
        "price_book.products": [
            {"product_id": product, "name": product.upper(), "tags": TAGS.get(product, [])}
            for product in (*PRODUCTS, "fee")
        ],
        "price_book.contracts": [
            {**row, "rate_card_id": "card", "starting_on": date(2026, 1, 1)} for row in contracts
        ],
        "calendar.open_periods": periods,
        "calendar.billing_periods": periods,
        "rating.period_lines": book["lines"],
    } | {f"price_book.{name}": book[name] for name in book if name.startswith("commit")}
    for table, records in rows.items():
        con.register("records", pa.Table.from_pylist(records))
        insert(con, table, "from records")
    con.close()
    run_commits(home)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        return {table: con.execute(f"from commits.{table}").fetchall() for table in TABLES} | {
            "given": con.execute(
                "select contract_id, period_start, commit_id, segment, sum(covered)"
                " from commits.coverage group by all"
            ).fetchall(),
            "parts": con.execute(
                "select contract_id, line_rank, quantity, unit_price, amount"
                " from commits.settled_lines"
            ).fetchall(),
            "conversions": con.execute(
                "select contract_id, period_start, quantity, amount from commits.conversion_lines"
            ).fetchall(),
        }


@pytest.fixture(scope="module")
def book() -> dict[str, list[dict]]:
    return make_book(CONTRACTS, seed=5)


@pytest.fixture(scope="module")
def found(book, tmp_path_factory) -> dict[str, list[tuple]]:
    return run_book(tmp_path_factory.mktemp("room"), book)


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
    again = run_book(tmp_path, shuffled)
    assert {name: sorted(rows, key=repr) for name, rows in again.items()} == {
        name: sorted(rows, key=repr) for name, rows in found.items()
    }
