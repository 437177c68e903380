"""Thresholds in SQL, on tables (S-58): small contracts by name, and random ones, in the same runs.

Guards against money that is asked for twice or not at all, a balance that is bought and cannot be
used, and a run that acts on what is not open, not its contract's or not due.
"""

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from benchmarks.commit_warehouse import AS_OF
from tests.commits.threshold_book import (
    FEBRUARY,
    JANUARY,
    MARCH,
    TODAY,
    balance,
    line,
    rows_of,
    run,
    with_ledger,
)
from tests.commits.threshold_cases import (
    book,
    edited,
)

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def runs() -> list[duckdb.DuckDBPyConnection]:
    """Three runs of one day, one after the other; between the first two purchases were voided."""
    rows = book()
    first = run(rows)
    rows = edited(with_ledger(rows, first, void={"void", "void_ended"}))
    second = run(rows)
    return [first, second, run(with_ledger(rows, second))]


def test_the_same_run_twice_asks_once(runs):
    """A balance that usage has run ahead of is topped up again by the next run, not by this one."""
    first, second, _ = runs
    assert bought(second, "lacks") == [("lacks.reload.2", 100, 0)]
    rows = with_ledger(rows_of([line("lacks", "250")], [balance("lacks")], []), first)
    for invoice in rows["ledger.invoices"]:
        invoice["finalized_at"] = datetime.fromisoformat(AS_OF)
    assert bought(run(rows), "lacks") == []


def bought(con: duckdb.DuckDBPyConnection, contract: str) -> list[tuple]:
    """Commit, amount, what was found."""
    return con.execute(
        "select commit_id, amount, found_amount from reached_thresholds where contract_id = ?"
        " order by all",
        [contract],
    ).fetchall()


def total(con: duckdb.DuckDBPyConnection, contract: str, start: date = FEBRUARY) -> Decimal:
    """What the draft of a period comes to."""
    found = con.execute(
        "select total from draft_invoices where contract_id = ? and period_start = ?",
        [contract, start],
    ).fetchall()
    return found[0][0]


def test_an_open_invoice_that_comes_to_the_amount_is_asked_for_and_covered(runs):
    amount = Decimal("130.5")
    assert bought(runs[0], "reaches") == [("reaches.ask.1", amount, amount)]
    assert total(runs[0], "reaches") == 0
    purchase = runs[0].execute(
        "select invoice_id, line_type, lines.product_id, service_start, lines.amount, commit_id,"
        " starting_on, ending_before from draft_lines as lines"
        " inner join reached_thresholds using (commit_id) where invoice_id like 'reaches.s%'"
    )  # fmt: skip
    assert purchase.fetchall() == [
        ("reaches.scheduled.2026-02-15", "commit_purchase", "fee", TODAY, amount, "reaches.ask.1",
         FEBRUARY, MARCH)
    ]  # fmt: skip
    due = "select is_due from draft_invoices where invoice_id like 'reaches.scheduled%'"
    assert runs[0].execute(due).fetchall() == [(True,)]
    assert bought(runs[1], "reaches") == []
    assert total(runs[1], "reaches") == 0


@pytest.mark.parametrize("contract", ["below", "tomorrow", "ended", "due"])
def test_a_threshold_acts_at_its_amount_on_its_days_on_what_stays_open(runs, contract):
    assert bought(runs[0], contract) == []
    start = JANUARY if contract == "due" else FEBRUARY
    assert total(runs[0], contract, start) == (500 if contract != "below" else 100 - CENT)


def test_of_two_open_periods_one_is_asked_for_in_a_run(runs):
    assert bought(runs[0], "two") == [("two.ask.1", 500, 500)]
    assert bought(runs[1], "two") == [("two.ask.2", 300, 300)]
    assert [total(runs[1], "two", start) for start in (JANUARY, FEBRUARY)] == [0, 0]
    assert bought(runs[2], "two") == []


def test_balances_come_first_and_only_what_they_leave_is_asked_for(runs):
    """S-39: also one for one product that comes after others by its priority."""
    assert bought(runs[0], "restricted") == [("restricted.ask.1", 90, 90)]
    assert [total(con, "restricted") for con in runs] == [0, 0, 0]
    assert bought(runs[1], "restricted") == []


def test_what_a_commit_at_its_own_rate_leaves_is_asked_for(runs):
    """S-42: 20 buy 40 units at 0.5, which leave 60 at 1."""
    assert bought(runs[0], "own") == [("own.ask.1", 60, 60)]
    assert [total(con, "own") for con in runs[:2]] == [0, 0]


def test_what_a_custom_unit_is_converted_to_is_asked_for(runs):
    """S-49: 400 at 0.37."""
    assert bought(runs[0], "units") == [("units.ask.1", 148, 148)]
    assert [total(con, "units") for con in runs[:2]] == [0, 0]


def test_late_lines_are_of_other_days(runs):
    assert bought(runs[0], "late") == [("late.ask.1", 110, 110)]
    assert [total(con, "late") for con in runs[:2]] == [40, 40]


def test_what_is_given_back_in_money_lowers_what_is_asked_for(runs):
    assert bought(runs[0], "returns") == [("returns.ask.1", 102, 102)]
    assert [total(con, "returns") for con in runs[:2]] == [0, 0]
    assert bought(runs[1], "returns") == []


def test_a_minimum_stays_on_its_invoice(runs):
    """S-57: no balance pays it, so asking for it would never end."""
    assert bought(runs[0], "minimum") == [("minimum.ask.1", 110, 110)]
    assert [total(con, "minimum") for con in runs] == [50, 50, 50]
    assert bought(runs[1], "minimum") == []


def test_a_balance_that_falls_to_the_amount_is_topped_up(runs):
    """To the contract's end, or that of the period in which a year is over: it cuts none (S-13)."""
    assert bought(runs[0], "falls") == [("falls.reload.1", 80, 20)]
    assert bought(runs[0], "above") == []
    dates = "select starting_on, ending_before from reached_thresholds where contract_id = ?"
    assert runs[0].execute(dates, ["falls"]).fetchall() == [(FEBRUARY, date(2026, 6, 1))]
    assert runs[0].execute(dates, ["lacks"]).fetchall() == [(FEBRUARY, date(2027, 3, 1))]
    # Weeks from 1 January 2026: the 59th ends on 18 February 2027. Half years end with June.
    assert runs[0].execute(dates, ["weekly"]).fetchall()[0][1] == date(2027, 2, 18)
    assert runs[0].execute(dates, ["half"]).fetchall()[0][1] == date(2027, 7, 1)
    granted = "select granted from commit_segments where commit_id = 'falls.reload.1'"
    assert [con.execute(granted).fetchall() for con in runs] == [[(80,)]] * 3


def test_only_unrestricted_balances_in_force_count(runs):
    """Not one for a product, one of other days, one in another unit, a promise (postpaid)."""
    assert bought(runs[0], "counts") == [("counts.reload.1", 80, 20)]


def test_a_top_up_pays_what_the_period_lacked_and_is_bounded(runs):
    """At most recharge_to at once; the next run sees the rest and goes on."""
    found = [bought(con, "lacks") for con in runs]
    assert found == [[(f"lacks.reload.{number}", 100, 0)] for number in (1, 2, 3)]
    assert [total(con, "lacks") for con in runs] == [100, 0, 0]


def test_a_top_up_comes_before_the_spend_threshold(runs):
    """What it pays is not asked for again."""
    assert bought(runs[0], "both") == [("both.ask.1", 70, 70), ("both.reload.1", 100, 0)]
    assert bought(runs[0], "enough") == [("enough.reload.1", 100, 0)]
    assert [total(con, "both") for con in runs] == [0, 0, 0]
    assert [total(con, "enough") for con in runs] == [50, 0, 0]


def test_a_void_takes_the_balance_away_and_its_number_is_not_given_again(runs):
    assert bought(runs[1], "void") == [("void.ask.2", 130, 130)]
    assert bought(runs[1], "void_ended") == []
    assert total(runs[1], "void_ended") == 130


def test_an_edit_changes_nothing_of_what_was_bought(runs):
    """Its threshold and its product are gone; the ledger has all that later runs need."""
    assert total(runs[1], "edited") == 0
    coverage = "select product_name, amount from draft_lines where commit_id = 'edited.ask.1'"
    assert runs[1].execute(coverage).fetchall() == [("OTHER_FEE", -130)]
    assert runs[1].execute("select count(*) from changed_charges").fetchall() == [(0,)]


def test_later_runs_take_it_like_a_commit_of_the_price_book(runs):
    """What was worked out beside the balances is what it gives when it stands in the ledger."""
    first, second, _ = runs
    given = """
        select commit_id, sum(covered) from drawdowns
        where commit_id in (select commit_id from {}) and contract_id not like 'void%'
        group by all order by all
    """
    before = first.execute(given.format("reached_thresholds")).fetchall()
    assert sum(".ask." in name for name, _ in before) > 30
    assert sum(".reload." in name for name, _ in before) > 20
    assert second.execute(given.format("calendar.automatic_commits")).fetchall() == before
    totals = """
        select contract_id, period_start, total from draft_invoices
        where invoice_type = 'usage' and contract_id not like 'void%' order by all
    """
    quiet = "contract_id not in (select contract_id from reached_thresholds)"
    settled = second.execute(f"from ({totals}) where {quiet}").fetchall()
    assert len(settled) > 100
    assert set(settled) <= set(first.execute(totals).fetchall())


def test_what_a_spend_threshold_asks_for_is_used_and_it_is_not_asked_for_again(runs):
    unused = """
        select reached.commit_id from reached_thresholds as reached
        left join (select commit_id, sum(covered) as covered from automatic_drawdowns group by all)
            as used using (commit_id)
        where reached.kind = 'spend' and covered is distinct from reached.amount
    """
    assert [con.execute(unused).fetchall() for con in runs] == [[], [], []]
    again = """
        select contract_id, starting_on from reached_thresholds where kind = 'spend'
        and contract_id <> 'void'
    """
    asked = [set(con.execute(again).fetchall()) for con in runs]
    assert not asked[0] & asked[1] and not asked[1] & asked[2]
