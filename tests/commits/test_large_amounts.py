"""Amounts beyond a unit price: 10^10 and more, as commits in VND, IDR or tokens are (S-18, S-52).

Guards against a contract that is held although the price book takes it, a line whose quantity ×
unit price is not its amount, and a smaller line that is printed otherwise than before.
"""

from decimal import Decimal

import pytest

from tests.commits.in_memory import run_in_memory
from tests.commits.large_book import AMOUNTS, SMALL_PRICE, large_book

MODELS = (
    "draft_lines", "draft_invoices", "counted_lines", "changed_charges", "slice_payments",
    "line_applications", "postpaid_counts", "repriced_lines", "commit_burndown",
)  # fmt: skip


@pytest.fixture(scope="module")
def con():
    return run_in_memory(large_book(), MODELS)


def rows(con, sql: str) -> list[tuple]:
    return con.execute(sql).fetchall()


def _of_each(kind: str, amounts: list) -> list[tuple]:
    return [(f"{kind}-{number}", amount) for number, amount in enumerate(amounts)]


def test_quantity_times_unit_price_is_the_amount_of_every_line(con):
    wrong = "from draft_lines where (quantity * unit_price)::decimal(38, 20) <> amount"
    assert rows(con, f"{wrong} and line_type <> 'unit_conversion' and unit_price > 0.1") == []
    unlike = "from draft_lines where commit_id is not null and list_unit_price <> unit_price"
    assert rows(con, unlike) == []


def test_an_amount_that_fits_a_unit_price_is_the_price_of_one(con):
    """S-37, S-41: as it always was; from 10^10 on the amount is the quantity."""
    lines = rows(
        con,
        "select quantity, unit_price, amount from draft_lines"
        " where line_type in ('commit_purchase', 'true_up', 'commit_applied')",
    )
    assert {quantity for quantity, _, amount in lines if abs(amount) < 10**10} == {1}
    assert {price for _, price, amount in lines if abs(amount) >= 10**10} == {1}
    assert {amount for *_, amount in lines} >= {AMOUNTS[0], *AMOUNTS[2:], -AMOUNTS[4]}


def test_purchases_true_ups_and_coverage_come_to_their_amounts(con):
    """S-37, S-41: in money and in a custom unit; totals are the sums of the lines (S-19)."""
    found = (
        "select contract_id, amount from draft_lines"
        " inner join draft_invoices using (invoice_id, contract_id)"
    )
    bought = rows(con, f"{found} where line_type = 'commit_purchase' and contract_id like 'own-%'")
    assert sorted(bought) == _of_each("own", AMOUNTS)
    short = rows(con, f"{found} where line_type = 'true_up' order by all")
    assert short == _of_each("short", AMOUNTS)
    covered = f"{found} where line_type = 'commit_applied' and contract_id like 'units-%'"
    # cut to the unit's one decimal, which is all that a line of the unit can take (S-19)
    cut = [-(amount // Decimal("0.1")) / 10 for amount in AMOUNTS]
    assert sorted(rows(con, covered)) == _of_each("units", cut)
    totals = "select sum(total) from draft_invoices where contract_id like 'bought-%' and"
    assert rows(con, f"{totals} invoice_type = 'usage'") == [(Decimal(0),)]


def test_charges_come_to_their_amounts(con):
    """S-36: what the price book's own check of quantity × unit price lets pass."""
    found = (
        "select contract_id, abs(amount) from draft_lines"
        " inner join draft_invoices using (invoice_id, contract_id)"
    )
    charged = rows(con, f"{found} where line_type = 'scheduled'")
    assert sorted(charged) == sorted(2 * _of_each("charge", AMOUNTS))


def test_a_burn_down_that_asks_for_more_than_an_amount_holds(con):
    """S-52: a projection never holds a contract."""
    highest = "select max(projected_overage) from commit_burndown where contract_id = 'long-5'"
    assert rows(con, highest) == [(Decimal("9999999999999999.9999"),)]


def test_what_counts_and_what_an_earlier_release_paid_come_to_their_amounts(con):
    counted = "select contract_id, counted from counted_lines where contract_id like 'counted-%'"
    assert sorted(rows(con, counted)) == _of_each("counted", AMOUNTS)
    paid = "select contract_id, amount from slice_payments where contract_id like 'legacy-%'"
    assert sorted(rows(con, paid)) == _of_each("legacy", AMOUNTS)


def test_an_edited_purchase_is_listed_with_both_amounts(con):
    """S-44: the invoiced one is of a release that knew the quantity 1 alone."""
    changes = (
        "select contract_id, price_book, price_book - invoiced from changed_charges order by all"
    )
    assert rows(con, changes) == [(*row, 1) for row in _of_each("bought", AMOUNTS)]


def test_a_large_balance_at_a_tiny_price_of_its_own(con):
    """S-42: 1,000 units at 0.0000000001 round to nothing; the balance pays for all of them."""
    parts = (
        "select distinct quantity, unit_price, amount from repriced_lines"
        " where contract_id like 'own-%'"
    )
    assert rows(con, parts) == [(1000, SMALL_PRICE, 0)]


def test_a_large_purchase_stands_before_a_smaller_one(con):
    """The highest price first, also where the price is written as a quantity."""
    order = (
        "select amount from draft_lines"
        " where line_type = 'commit_purchase' and invoice_id like 'two%'"
    )
    assert rows(con, f"{order} order by line_number") == [(AMOUNTS[4],), (AMOUNTS[0],)]
