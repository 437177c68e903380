"""Recurring grants become segments and purchases when the book is read.

Guards against dates that drift at a month's end (S-3), against a rollover that loses decimals, and
against messages about rows that nobody has written (S-46).
"""

from datetime import date
from decimal import Decimal

import pytest

from meterhouse.price_book import PriceBookError, load_price_book
from tests.unit.meterhouse.price_book.conftest import BOOK, LOOKUPS, METRICS, write_csv

GRANT = {
    "commit_id": "k4", "frequency": "monthly", "starting_on": "2026-01-31",
    "ending_before": "2026-05-15", "amount": "25", "invoice_amount": "20",
    "rollover_fraction": "0.3333",
}  # fmt: skip


@pytest.fixture
def load(seeds):
    """Loads the book with one more commit, k4 of contract c1, that a recurring grant fills."""

    def load_with(commit=None, access=(), **grant):
        k4 = {**BOOK["commits"][0], "commit_id": "k4", "rate_type": "", **(commit or {})}
        empty = {"rolls_over_from": "", "rollover_fraction": ""}
        rows = [{**empty, **row} for row in [*BOOK["commit_access"], *access]]
        tables = {
            "commits": [*BOOK["commits"], k4],
            "commit_access": rows,
            "recurring_grants": [{**GRANT, **grant}],
        }
        for name, table in {**BOOK, **tables}.items():
            write_csv(seeds / f"{name}.csv", table)
        return load_price_book(seeds, METRICS, LOOKUPS)

    return load_with


def segments(book) -> list[tuple]:
    return book.cursor().execute(
        "select segment, amount, starting_on, ending_before, rolls_over_from"
        " from commit_access where commit_id = 'k4' order by segment"
    ).fetchall()  # fmt: skip


def test_grants_follow_the_start_and_the_last_may_be_short(load):
    assert segments(load(rollover_fraction="")) == [
        (1, Decimal(25), date(2026, 1, 31), date(2026, 2, 28), None),
        (2, Decimal(25), date(2026, 2, 28), date(2026, 3, 31), None),
        (3, Decimal(25), date(2026, 3, 31), date(2026, 4, 30), None),
        (4, Decimal(25), date(2026, 4, 30), date(2026, 5, 15), None),
    ]


def test_what_rolls_over_stands_before_the_grant_of_the_same_days(load):
    third = Decimal("8.33")  # 25 × 0.3333 in dollars and cents
    assert segments(load(ending_before="2026-03-31")) == [
        (1, Decimal(25), date(2026, 1, 31), date(2026, 2, 28), None),
        (2, third, date(2026, 2, 28), date(2026, 3, 31), 1),
        (3, Decimal(25), date(2026, 2, 28), date(2026, 3, 31), None),
    ]


def test_what_rolls_over_may_live_for_more_grants_and_be_of_what_is_left(load):
    """Its segment says both: until when, and which part of what the grant leaves."""
    book = load(rollover_of="remaining", rollover_grants="2")
    rolled = book.cursor().execute(
        "select segment, amount, starting_on, ending_before, rollover_fraction"
        " from commit_access where rolls_over_from is not null and commit_id = 'k4'"
        " order by segment"
    ).fetchall()  # fmt: skip
    third, most = Decimal("0.3333"), Decimal("8.33")
    assert rolled == [
        (2, most, date(2026, 2, 28), date(2026, 4, 30), third),
        (4, most, date(2026, 3, 31), date(2026, 5, 15), third),
        # the last grant is the last that it could live for
        (6, most, date(2026, 4, 30), date(2026, 5, 15), third),
    ]


def test_a_book_that_does_not_use_the_kinds_of_rollover_keeps_its_digest(load):
    assert load().digest == load(rollover_of="original", rollover_grants="1").digest


def test_each_grant_of_a_prepaid_commit_is_bought(load):
    bought = load(ending_before="2026-03-31").cursor().execute(
        "select invoice_on, amount from commit_invoices where commit_id = 'k4' order by all"
    ).fetchall()  # fmt: skip
    assert bought == [(date(2026, 1, 31), Decimal(20)), (date(2026, 2, 28), Decimal(20))]


def test_the_resolved_book_knows_commits_alone(load):
    assert "recurring_grants" not in load().tables


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ending_before": ""}, ("recurring_grants.csv", 2, "recurring_without_end")),
        ({"ending_before": "2026-01-31"}, ("recurring_grants.csv", 2, "dates_out_of_order")),
        ({"ending_before": "9999-01-01"}, ("recurring_grants.csv", 2, "too_many_grants")),
        ({"starting_on": "2030-01-01", "ending_before": "", "commit": {"contract_id": "c2"}},
         ("recurring_grants.csv", 2, "recurring_of_no_day")),
        ({"frequency": "fortnightly"}, ("recurring_grants.csv", 2, "choice")),
        ({"rollover_fraction": "1.5"}, ("recurring_grants.csv", 2, "bound")),
        ({"rollover_of": "rest"}, ("recurring_grants.csv", 2, "choice")),
        ({"rollover_grants": "0"}, ("recurring_grants.csv", 2, "bound")),
        (
            {"rollover_fraction": "", "rollover_of": "remaining"},
            ("recurring_grants.csv", 2, "rollover_without_fraction"),
        ),
        (
            {"rollover_fraction": "0", "rollover_grants": "3"},
            ("recurring_grants.csv", 2, "rollover_without_fraction"),
        ),
        (
            {"access": [{**BOOK["commit_access"][0], "segment": "3", "rollover_fraction": "1"}]},
            ("commit_access.csv", len(BOOK["commit_access"]) + 2, "fraction_of_nothing"),
        ),
        ({"commit": {"type": "credit"}}, ("recurring_grants.csv", 2, "credit_invoiced")),
        ({"commit": {"type": "postpaid"}}, ("recurring_grants.csv", 2, "recurring_postpaid")),
        (
            {"access": [{**BOOK["commit_access"][0], "commit_id": "k4", "segment": "1"}]},
            ("recurring_grants.csv", 2, "recurring_and_stated"),
        ),
        (
            {"access": [{**BOOK["commit_access"][-1], "segment": "2", "rolls_over_from": "2"}]},
            ("commit_access.csv", len(BOOK["commit_access"]) + 2, "rolls_over_from"),
        ),
        (
            {"access": [{**BOOK["commit_access"][-1], "starting_on": "2027-01-01",
                         "ending_before": "2027-07-01", "segment": segment,
                         "rolls_over_from": "1"} for segment in ("2", "3")]},
            ("commit_access.csv", len(BOOK["commit_access"]) + 3, "rolled_over_twice"),
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_of_the_row_that_was_written(load, changes, expected):
    with pytest.raises(PriceBookError) as raised:
        load(**changes)
    # what follows from it is not told as well
    found = [(each.file, each.row, each.rule) for each in raised.value.problems]
    assert expected in found and {rule for _, _, rule in found} == {expected[2]}
    assert "row -" not in str(raised.value)
