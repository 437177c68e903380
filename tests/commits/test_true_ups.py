"""What late lines draw on a final true-up and give back to its commit (S-37, S-38).

Guards against usage that is paid twice, by a true-up and in money, and against a pledge that in the
end is paid less than was committed.
"""

from pathlib import Path

import pytest

from tests.commits.book import PERIODS
from tests.commits.mini_warehouse import query, run_book_with_final_period
from tests.commits.test_late_lines import BEYOND, SLICES

DRAWN = """
    select true_ups.commit_id, true_ups.amount as charged, sum(given.covered) as drawn
    from commits.final_true_ups as true_ups
    inner join commits.drawdowns as given using (commit_id)
    group by all
"""


def trued_up(book, drafts: Path, home: Path, late: str | None) -> Path:
    run_book_with_final_period(home, book, PERIODS[0], drafts, late=late, trued_up=True)
    return home


def test_a_true_up_that_becomes_final_changes_nothing(book, drafts, tmp_path):
    home = trued_up(book, drafts, tmp_path, None)
    assert query(home, f"from ({DRAWN})") == []
    assert query(home, "select count(*) from commits.final_true_ups")[0][0] > 30
    given = (
        "select commit_id, segment, sum(covered) from commits.drawdowns"
        f" where period_start = '{PERIODS[1][0]}' group by all"
    )
    assert sorted(query(home, given)) == sorted(query(drafts, given))


@pytest.mark.parametrize("late", ["0.5", "-1", "-0.3"])
def test_late_lines_draw_on_it_and_give_back_to_it(book, drafts, tmp_path, late):
    home = trued_up(book, drafts, tmp_path, late)
    assert query(home, f"from ({SLICES}) where {BEYOND}") == []
    drawn = query(home, f"from ({DRAWN})")
    assert len(drawn) > 10, "too few true-ups that late lines touch"
    assert all(given <= charged for _, charged, given in drawn)
    if late == "0.5":
        assert all(given > 0 for *_, given in drawn)
        assert any(given == charged for _, charged, given in drawn), "none is used up"
    if late == "-1":
        # All that had counted of the period stays paid.
        counted = (
            f"select sum(amount) from ledger.counted_slices where period_start = '{PERIODS[0][0]}'"
        )
        returned = "select -sum(covered) from commits.drawdowns semi join commits.final_true_ups"
        assert query(home, counted) == query(home, f"{returned} using (commit_id)")
