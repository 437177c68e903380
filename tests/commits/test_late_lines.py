"""What late lines take back of what balances paid (S-38, S-40, S-41, S-49), over random contracts.

Guards against a free credit that becomes cash, a balance that pays for a slice more than is
charged for it, one that gets back more than it paid, and late lines in a custom unit that are
converted with those of another period.
"""

from pathlib import Path

import pytest

from tests.commits.book import PERIODS
from tests.commits.mini_warehouse import query, run_book_with_final_period

# Of each line of January: all taken back; a part of some, more of others; or a bit of everything.
HISTORIES = {
    "all is taken back": "-1",
    "half is taken back": "-0.5",
    "some goes, some comes": (
        "[-1, -0.25, 0, 0.5][(hash(contract_id, line_order) % 4 + 1)::integer]"
    ),
}
BEYOND = "paid_before + paid_now > greatest(charged_before + charged_now, 0)"
SLICES = """
    with open_lines as (
        select lines.contract_id, lines.slice_key, lines.line_order,
            coalesce(conversions.amount, settled.amount) as charged,
            coalesce(given.amount, 0) as paid
        from commits.drawdown_candidates as lines
        left join (
            select contract_id, line_rank, sum(amount) as amount
            from commits.repriced_lines group by all
        ) as settled using (contract_id, line_rank)
        left join commits.conversion_lines as conversions using (contract_id, line_order)
        left join (
            select contract_id, line_order, sum(covered) as amount
            from commits.drawdowns group by all
        ) as given using (contract_id, line_order)
    ),

    slices as (
        select contract_id, slice_key, sum(charged) as charged, sum(paid) as paid
        from open_lines group by all
    )

    select slices.contract_id, slice_key, coalesce(finals.charged, 0) as charged_before,
        coalesce(finals.paid, 0) as paid_before, coalesce(slices.charged, 0) as charged_now,
        slices.paid as paid_now
    from slices left join commits.final_slices as finals using (contract_id, slice_key)
"""


@pytest.fixture(scope="module", params=HISTORIES)
def late(request, book, drafts, tmp_path_factory) -> tuple[str, Path]:
    """January final, late lines for it on February's draft: (what they do, the warehouse)."""
    home = tmp_path_factory.mktemp("late")
    history = HISTORIES[request.param]
    run_book_with_final_period(home, book, PERIODS[0], drafts, late=history)
    return request.param, home


def test_nothing_is_paid_beyond_what_is_charged(late):
    assert query(late[1], f"from ({SLICES}) where {BEYOND}") == []


def test_what_goes_back_is_what_was_paid(late):
    """A slice that nothing is charged for any more has nothing paid for it; money is the rest."""
    gone = query(
        late[1],
        f"select paid_before, paid_now from ({SLICES})"
        " where charged_before + charged_now <= 0 and paid_before > 0",
    )
    assert all(before + now == 0 for before, now in gone)
    if late[0] == "all is taken back":
        assert len(gone) > 100, "too few slices that balances had paid"


def test_no_balance_gives_more_than_it_has_or_gets_more_than_it_gave(late):
    used = """
        select segments.commit_id, segments.segment, segments.granted,
            segments.used_before + coalesce(given.amount, 0) as used
        from commits.commit_segments as segments
        left join (
            select commit_id, segment, sum(covered) as amount from commits.drawdowns group by all
        ) as given using (commit_id, segment)
        where segments.type <> 'postpaid'
    """
    assert query(late[1], f"from ({used}) where used < 0 or used > granted") == []


def test_what_balances_pay_is_what_the_invoice_says(late):
    pairs = """
        select contract_id, period_start, commit_id, segment, applied.amount, -lines.amount
        from (
            select contract_id, period_start, commit_id, segment, sum(amount) as amount
            from commits.line_applications group by all having sum(amount) <> 0
        ) as applied
        full outer join commits.drawdown_lines as lines
            using (contract_id, period_start, commit_id, segment)
    """
    found = query(late[1], pairs)
    assert found and all(applied == printed for *_, applied, printed in found)
    if late[0] != "some goes, some comes":
        assert any(applied < 0 for *_, applied, _ in found), "nothing goes back as a whole"


def test_late_lines_of_a_custom_unit_are_converted_apart(late):
    """With the dates of their own period."""
    rows = query(
        late[1],
        "select service_start, count(*) from commits.conversion_lines"
        " where corrects_invoice_id is not null group by all",
    )
    assert [start for start, _ in rows] == [PERIODS[0][0]]
    assert rows[0][1] > 50


def test_a_count_never_exceeds_what_is_left_in_money(late):
    """S-37: what is taken back counts no longer against an open postpaid commit."""
    counted = f"""
        select slices.contract_id, slice_key, counted,
            charged_before + charged_now - paid_before - paid_now as money
        from ({SLICES}) as slices
        inner join (
            select contract_id, slice_key, sum(counted) as counted
            from commits.counted_lines group by all
        ) as counts using (contract_id, slice_key)
    """
    assert query(late[1], f"from ({counted}) where counted > money") == []


def test_an_earlier_release_gives_back_as_well(book, drafts, tmp_path):
    """Its ledger says what a balance gave to an invoice, not to which line (S-40 says that)."""
    run_book_with_final_period(
        tmp_path, book, PERIODS[0], drafts, keeps_applications=False, late="-1"
    )
    # What that release itself paid beyond what it charged (a line beside one taken back) stays.
    sound = "paid_before <= greatest(charged_before, 0)"
    assert query(tmp_path, f"from ({SLICES}) where {BEYOND} and {sound}") == []
    used = query(
        tmp_path,
        "select sum(used_before), sum(given.amount) from commits.commit_segments"
        " left join (select commit_id, segment, sum(covered) as amount"
        "  from commits.drawdowns where covered < 0 group by all) as given"
        " using (commit_id, segment) where type <> 'postpaid'",
    )
    ((stays,),) = query(
        tmp_path,
        "select coalesce(sum(paid_before - greatest(charged_before, 0)), 0)"
        f" from ({SLICES}) where not ({sound})",
    )
    assert used[0][0] == stays - used[0][1] > 0
    assert stays < used[0][0] / 100, "what that release paid beyond is rare"
