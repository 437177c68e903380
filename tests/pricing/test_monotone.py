"""More usage never costs less (S-24 to S-28), as far as the rules promise it.

Flat, tiered and package: usage that is added after the last change of price never lowers what a
pricing group owes, whatever came before it. Usage added earlier may move units into a cheaper
slice, so nothing is promised there. Volume: the same holds while the final quantity stays in its
tier; into another tier only if neither prices nor fees fall from tier to tier. In general it does
not hold: one unit more can make all units cheaper.
"""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.pricing.calculator import Slice, find_slices, tier_of
from tests.pricing.cases import DAYS, Case, Price, Rate, Tier, Usage, cases, quantities
from tests.pricing.mini_warehouse import run_models
from tests.pricing.published import book_settings, find_usage_lines, group_of
from tests.pricing.rows import write_rows

LAST_DAY = DAYS - 1


def more_used(case: Case, quantity: Decimal) -> Case:
    """The case with more usage on the month's last day, of each model that it uses."""
    models = sorted({used.model for used in case.usage}, key=str)
    added = tuple(Usage(LAST_DAY, model, "u1", abs(quantity)) for model in models)
    return replace(case, usage=case.usage + added)


def is_promised(before: list[Slice], after: list[Slice]) -> bool:
    """Whether the rules promise that the group does not owe less with the added usage."""
    volumes = [each.price for each in after if each.price and each.price.kind == "volume"]
    ends = before[-1].after, after[-1].after
    if all(tier_of(price.tiers, ends[0]) == tier_of(price.tiers, ends[1]) for price in volumes):
        return True
    return all(is_rising(price.tiers) for price in volumes)


def is_rising(tiers: tuple[Tier, ...]) -> bool:
    """Whether neither price nor fee falls from tier to tier."""
    return all(
        [getattr(tier, name) for tier in tiers] == sorted(getattr(tier, name) for tier in tiers)
        for name in ("price", "fee")
    )


def owed(lines: dict[tuple, tuple], group: str) -> Decimal:
    return sum((line[4] for key, line in lines.items() if key[0] == group), Decimal(0))


@book_settings(examples=8)
@given(book=st.lists(st.tuples(cases(), quantities(0)), min_size=5, max_size=30))
def test_more_usage_at_the_end_never_costs_less(book: list[tuple[Case, Decimal]]) -> None:
    named = {f"a{number}": case for number, (case, _) in enumerate(book)}
    named |= {f"b{number}": more_used(*each) for number, each in enumerate(book)}
    found = find_usage_lines(run_models(write_rows(named)))
    promised = 0
    for number, (case, added) in enumerate(book):
        for model in {used.model for used in case.usage}:
            slices = [find_slices(named[f"{kind}{number}"], model) for kind in "ab"]
            if is_promised(*slices):
                promised += 1
                less, more = (owed(found[f"{kind}{number}"], group_of(model)) for kind in "ab")
                assert less <= more, (model, added, case)
    assert promised > len(book) / 2


def month(kind: str, tiers: tuple[Tier, ...], quantity: int) -> Case:
    usage = (Usage(3, None, "u1", Decimal(quantity)),)
    return Case("USD", usage, (Rate(-400, None, Price(kind, tiers=tiers)),))


def test_a_volume_price_may_fall_by_a_unit_more_and_a_tiered_one_does_not():
    tiers = (Tier(Decimal(1000), Decimal("0.02"), Decimal(0)),
             Tier(None, Decimal("0.01"), Decimal(0)))  # fmt: skip
    named = {
        f"{kind}{quantity}": month(kind, tiers, quantity)
        for kind in ("volume", "tiered")
        for quantity in (1000, 1001)
    }
    found = find_usage_lines(run_models(write_rows(named)))
    amounts = {name: owed(found[name], group_of(None)) for name in named}
    assert amounts == {
        "volume1000": Decimal(20), "volume1001": Decimal("10.01"),
        "tiered1000": Decimal(20), "tiered1001": Decimal("20.01"),
    }  # fmt: skip
