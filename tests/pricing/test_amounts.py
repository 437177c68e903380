"""Usage lines in SQL against a plain calculator, tier by tier, over random books (S-11 to S-33).

Guards against: a slice cut too often or too rarely, a quantity counted into two tiers or none, a
flat fee twice, an override that stacks, a line of nothing (S-31), and amounts rounded twice.
"""

from hypothesis import given
from hypothesis import strategies as st

from tests.pricing.calculator import find_lines
from tests.pricing.cases import Case, cases, day
from tests.pricing.mini_warehouse import run_models
from tests.pricing.published import book_settings, find_usage_lines, group_of
from tests.pricing.rows import write_rows


def expected(case: Case) -> dict[tuple, tuple]:
    return {
        (group_of(line.model), line.tier, day(line.start)): (
            day(line.end), line.quantity, line.unit_price, line.list_unit_price, line.amount,
            line.fee,
        )
        for line in find_lines(case)
    }  # fmt: skip


@book_settings(examples=12)
@given(book=st.lists(cases(), min_size=5, max_size=40))
def test_lines_are_what_the_calculator_says(book: list[Case]) -> None:
    named = {f"c{number}": case for number, case in enumerate(book)}
    found = find_usage_lines(run_models(write_rows(named)))
    for name, case in named.items():
        assert found.get(name, {}) == expected(case), case
