"""What is taken back inside a month comes off the slice that added it (S-12, S-17, S-30).

No line and no amount of a month is negative, whatever falls and whenever prices change; the slices
share out exactly the month's final quantity; and while prices are equal it does not matter on which
side of a price change a correction stands.
"""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.pricing.calculator import billed_quantity
from tests.pricing.cases import DAYS, Case, Price, Rate, Usage, cases, days, priced
from tests.pricing.mini_warehouse import run_models
from tests.pricing.published import book_settings, find_usage_lines, group_of
from tests.pricing.rows import write_rows


@book_settings(examples=8)
@given(book=st.lists(cases(lowest=-900), min_size=5, max_size=30))
def test_nothing_of_a_month_is_negative(book: list[Case]) -> None:
    named = {f"c{number}": case for number, case in enumerate(book)}
    con = run_models(write_rows(named))
    lowest = con.execute("""
        select least(min(quantity), min(amount), min(flat_fee)) from usage_lines
    """).fetchone()[0]
    assert lowest is None or lowest >= 0
    shared = con.execute("""
        select contract_id, pricing_group, sum(quantity), min(quantity) from slices group by all
    """).fetchall()
    found = {(name, group): (quantity, least) for name, group, quantity, least in shared}
    for name, case in named.items():
        for model in {used.model for used in case.usage}:
            quantity, least = found[name, group_of(model)]
            assert quantity == billed_quantity(case, model, DAYS), case
            assert least >= 0, case


def unrounded_totals(lines: dict[tuple, tuple]) -> dict[str, Decimal]:
    """By pricing group: quantity x price and fees, before rounding by line."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for (group, *_), (_, quantity, price, _, _, fee) in lines.items():
        totals[group] += quantity * price + fee
    return {group: total for group, total in totals.items() if total}


def with_usage(price: Price, cut: int, usage: list[Usage]) -> Case:
    return Case("XTS", tuple(usage), (Rate(-400, cut, price), Rate(cut, None, price)))


used = st.builds(
    Usage, st.integers(0, DAYS - 1), st.sampled_from(["a", "b"]), st.just("u1"),
    st.integers(-300, 900).map(Decimal),
)  # fmt: skip


@book_settings(examples=8)
@given(book=st.lists(
    st.tuples(priced, days, st.lists(st.tuples(used, st.integers(0, DAYS - 1)), min_size=1,
                                     max_size=8)),
    min_size=5, max_size=30,
))  # fmt: skip
def test_it_does_not_matter_on_which_side_of_an_equal_price_a_correction_stands(book) -> None:
    named = {}
    for number, (price, cut, moved) in enumerate(book):
        named[f"a{number}"] = with_usage(price, cut, [each for each, _ in moved])
        named[f"b{number}"] = with_usage(
            price, cut,
            [replace(each, day=day) if each.quantity < 0 else each for each, day in moved],
        )  # fmt: skip
    found = find_usage_lines(run_models(write_rows(named)))
    for number, case in enumerate(book):
        first, second = (unrounded_totals(found.get(f"{kind}{number}", {})) for kind in "ab")
        assert first == second, case


def test_a_full_correction_after_a_rise_leaves_nothing():
    """100 units at 1, all taken back after the price has risen to 5: nothing is owed."""
    rates = (Rate(-400, 15, Price("flat", Decimal(1))), Rate(15, None, Price("flat", Decimal(5))))
    usage = (Usage(2, "a", "u1", Decimal(100)), Usage(20, "a", "u1", Decimal(-100)))
    part = (usage[0], replace(usage[1], quantity=Decimal(-30)))
    case = Case("USD", usage, rates)
    found = find_usage_lines(
        run_models(write_rows({"all": case, "part": replace(case, usage=part)}))
    )
    assert found["all"] == {}
    (line,) = found["part"].values()
    assert line[1] == Decimal(70) and line[4] == Decimal(70)
