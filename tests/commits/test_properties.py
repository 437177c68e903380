"""Laws that hold for every balance and line, whatever the book (S-38 to S-41, S-48).

Guards against a balance that two open periods use at once, a line that is covered beyond its
amount, an amount that two commits take, and a period that changes a count by becoming final.
"""

from pathlib import Path

import pytest

from tests.commits.book import PERIODS
from tests.commits.mini_warehouse import query, read_tables, run_book_with_final_period

GIVEN = """
    select commit_id, segment, sum(covered) as amount, count(distinct period_start) as periods
    from commits.drawdowns
    group by all
"""


def test_no_balance_gives_more_than_it_has(drafts):
    """Both open periods together; a segment together with what rolled over from it."""
    pots = f"""
        select segments.commit_id, segments.granted, sum(given.amount) as given, sum(periods) as n
        from ({GIVEN}) as given
        inner join commits.commit_segments as users using (commit_id, segment)
        inner join commits.commit_segments as segments
            on users.commit_id = segments.commit_id
            and segments.segment in (users.segment, users.rolls_over_from)
        group by segments.commit_id, segments.segment, segments.granted
    """
    assert query(drafts, f"from ({pots}) where given > granted or given <= 0") == []
    contended = query(drafts, f"from ({pots}) where given = granted and n > 1")
    assert len(contended) > 10, "too few balances for which both periods compete"


def test_no_pass_leaves_less_than_nothing(drafts):
    for passes in ("custom_unit_drawdowns", "currency_drawdowns"):
        below = f"from commits.{passes} where remaining < 0 or covered < 0"
        assert query(drafts, below) == []


def test_no_line_is_covered_beyond_its_amount(drafts):
    """By all commits together; an amount that postpaid commits count is counted once."""
    lines = """
        with printed as (
            select contract_id, line_rank, sum(amount) as amount
            from commits.repriced_lines
            group by all
        ),

        covered as (
            select contract_id, line_order, sum(covered) as covered, count(*) as commits
            from commits.drawdowns
            group by all
        )

        select covered, coalesce(conversions.amount, printed.amount) as amount, commits
        from covered
        inner join commits.drawdown_candidates as lines using (contract_id, line_order)
        left join commits.conversion_lines as conversions using (contract_id, line_order)
        left join printed
            on lines.contract_id = printed.contract_id
            and lines.line_rank = printed.line_rank
            and lines.converted_unit is null
    """
    assert query(drafts, f"from ({lines}) where coalesce(covered > amount, true)") == []
    shared = query(drafts, f"from ({lines}) where covered = amount and commits > 1")
    assert len(shared) > 10, "too few lines that several balances cover"


def test_no_balance_covers_outside_its_dates_unit_or_contract(drafts):
    outside = """
        from commits.drawdowns
        inner join commits.commit_segments as segments using (commit_id, segment)
        inner join commits.drawdown_candidates as lines
            on drawdowns.contract_id = lines.contract_id
            and drawdowns.line_order = lines.line_order
        where drawdowns.contract_id <> segments.contract_id
            or lines.pricing_unit <> segments.pricing_unit
            or lines.service_start < segments.starting_on
            or lines.service_end > segments.ending_before
    """
    assert query(drafts, outside) == []


@pytest.mark.parametrize("final", PERIODS, ids=["the first is final", "only the second is final"])
def test_a_period_that_becomes_final_changes_nothing(book, drafts, tmp_path: Path, final):
    """S-41, S-37: neither what the other draft says nor what postpaid commits count.

    That only the second is final happens after a void (S-50).
    """
    run_book_with_final_period(tmp_path, book, final, drafts)
    counts = (
        "select commit_id, counted_finalized + counted_draft as counted, shortfall"
        " from commits.postpaid_counts"
    )
    assert sorted(query(tmp_path, counts)) == sorted(query(drafts, counts))
    assert any(query(tmp_path, "select 1 from commits.postpaid_counts where counted_finalized > 0"))
    before, after = read_tables(drafts), read_tables(tmp_path)
    for name in ("conversions", "given"):
        of_draft = {row for row in before[name] if row[1] != final[0]}
        assert {row for row in after[name] if row[1] != final[0]} == of_draft
