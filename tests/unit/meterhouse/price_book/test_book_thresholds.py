"""Rows of thresholds.csv (S-58): what is refused, what misleads, and what the ledger forbids.

Guards against a threshold that asks for money at every run, one of two that acts by chance, and a
commit of the price book that is taken for one that a threshold bought.
"""

from datetime import date

import pytest

from meterhouse.price_book import PriceBookError, load_price_book
from tests.unit.meterhouse.price_book.conftest import BOOK, LOOKUPS, METRICS, rows, write_csv
from tests.unit.meterhouse.price_book.final_invoices import (
    empty_ledger,
    insert,
    invoice,
    line,
    places,
    problems_of,
)

THRESHOLDS = rows("""
    threshold_id,contract_id,kind,amount,recharge_to,product_id,payment_gated,starting_on,ending_before
    t1,c1,spend,100,,fee,,2026-01-01,2026-07-01
    t2,c1,balance,20,100,fee,false,2026-01-01,""")
# A third row begins as t1 does.
THIRD = {**THRESHOLDS[0], "threshold_id": "t3"}


@pytest.fixture
def load(seeds):
    """Loads the book with both thresholds, cells of the one in row `row` changed, and `third`."""

    def load_with(row=None, third=None, commit=None, **cells):
        table = [dict(threshold) for threshold in THRESHOLDS]
        if row is not None:
            table[row - 2] |= cells
        write_csv(seeds / "thresholds.csv", [*table, {**THIRD, **third}] if third else table)
        if commit:
            more = {**BOOK["commits"][0], "commit_id": commit, "rate_type": ""}
            access = {**BOOK["commit_access"][0], "commit_id": commit}
            write_csv(seeds / "commits.csv", [*BOOK["commits"], more])
            write_csv(seeds / "commit_access.csv", [*BOOK["commit_access"], access])
        return load_price_book(seeds, METRICS, LOOKUPS)

    return load_with


def test_both_kinds_load_and_say_nothing_but_that_a_promise_stands_beside(load):
    book = load()
    assert {warning.rule for warning in book.warnings} == {"spend_beside_postpaid"}
    cells = book.cursor().execute(
        "select threshold_id, amount, recharge_to, payment_gated from thresholds order by all"
    ).fetchall()  # fmt: skip
    assert cells == [("t1", 100, None, None), ("t2", 20, 100, False)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"row": 2, "kind": "usage"}, ("thresholds.csv", 2, "kind", "choice")),
        ({"row": 2, "contract_id": "c9"},
         ("thresholds.csv", 2, "contract_id", "unknown_reference")),
        ({"row": 2, "product_id": "seat"},
         ("thresholds.csv", 2, "product_id", "threshold_of_other_type")),
        ({"row": 3, "recharge_to": ""}, ("thresholds.csv", 3, "recharge_to", "recharge_missing")),
        ({"row": 3, "recharge_to": "20"},
         ("thresholds.csv", 3, "recharge_to", "recharge_below_amount")),
        ({"row": 3, "recharge_to": "5"},
         ("thresholds.csv", 3, "recharge_to", "recharge_below_amount")),
        ({"row": 2, "recharge_to": "500"},
         ("thresholds.csv", 2, "recharge_to", "recharge_of_spend")),
        ({"row": 2, "amount": "0"}, ("thresholds.csv", 2, "amount", "spend_of_nothing")),
        ({"row": 2, "amount": "-1"}, ("thresholds.csv", 2, "amount", "bound")),
        ({"row": 2, "payment_gated": "true"},
         ("thresholds.csv", 2, "payment_gated", "threshold_waits_for_payment")),
        ({"row": 2, "ending_before": "2026-01-01"},
         ("thresholds.csv", 2, "ending_before", "dates_out_of_order")),
        ({"third": {"threshold_id": "t1", "contract_id": "c2"}},
         ("thresholds.csv", 4, "threshold_id", "duplicate_key")),
        ({"third": {"starting_on": "2026-06-30", "ending_before": ""}},
         ("thresholds.csv", 4, "starting_on", "overlapping_thresholds")),
        ({"row": 2, "amount": "1000000000000000"},
         ("thresholds.csv", 2, "amount", "threshold_too_large")),
        ({"row": 3, "recharge_to": "1000000000000000"},
         ("thresholds.csv", 3, "amount", "threshold_too_large")),
        ({"commit": "c1.t1.7"}, ("commits.csv", 5, "commit_id", "commit_named_as_automatic")),
    ],
)  # fmt: skip
def test_a_row_that_is_refused(load, changes, expected):
    with pytest.raises(PriceBookError) as raised:
        load(**changes)
    assert places(raised.value.problems) == [expected]


@pytest.mark.parametrize(
    "third",
    [
        {"starting_on": "2026-07-01", "ending_before": ""},
        {"contract_id": "c2", "starting_on": "2026-01-15"},
    ],
    ids=["where the first ends", "of another contract"],
)
def test_two_of_a_kind_that_never_meet(load, third):
    assert load(third=third).digest


def test_commits_of_two_thresholds_may_not_have_one_name(load, seeds):
    """Contract c1 with threshold x.t, contract c1.x with threshold t."""
    contracts = [dict(row) for row in BOOK["contracts"]]
    write_csv(
        seeds / "contracts.csv",
        [*contracts, {**contracts[1], "contract_id": "c1.x", "starting_on": "2027-01-15",
                      "ending_before": ""}],
    )  # fmt: skip
    with pytest.raises(PriceBookError) as raised:
        load(row=2, third={"threshold_id": "t", "contract_id": "c1.x"}, threshold_id="x.t")
    assert places(raised.value.problems) == [
        ("thresholds.csv", 4, "threshold_id", "thresholds_of_one_name")
    ]


@pytest.mark.parametrize("commit", ["c1.t1", "c1.t1.x", "c1.t11.1", "t1.1"])
def test_a_commit_with_a_name_of_its_own(load, commit):
    assert load(commit=commit).digest


def test_a_top_up_may_wait_for_its_payment(load):
    book = load(row=3, payment_gated="true")
    gated = "select threshold_id from thresholds where payment_gated"
    assert book.cursor().execute(gated).fetchall() == [("t2",)]


def test_a_threshold_outside_its_contract_misleads(load):
    book = load(row=2, starting_on="2025-01-01", ending_before="2026-01-01")
    assert ("thresholds.csv", 2, "starting_on", "threshold_outside_contract") in places(
        book.warnings
    )


def test_what_a_threshold_bought_is_in_no_price_book(load):
    """It needs no row there, and no row may take its name (S-46)."""
    con = empty_ledger()
    invoice(con, "c1", date(2026, 1, 1), date(2026, 2, 1))
    insert(con, "automatic_commits", invoice_id="c1.scheduled.2026-01-20", commit_id="c1.t0.1")
    line(con, "c1.2026-01-01", "commit_applied", commit_id="c1.t0.1", segment=1, amount="-100")
    assert problems_of(load(), con) == []
    assert places(problems_of(load(commit="c1.t0.1"), con)) == [
        ("commits.csv", 5, "commit_id", "commit_bought_by_threshold")
    ]
