"""A period split by rows of the price book that do not matter (S-13).

What prices no usage of a product changes no line of it. A row cut in two with the same price makes
two slices, for a slice has one rate row; it changes no quantity of a tier, no flat fee, and no
amount but by the rounding of more lines: slices share out what the period comes to (S-12). Of a
month with one price this holds wherever usage falls. Of one with several, a fall that had risen
again before its slice ended is seen only where the slice is cut: it is taken off the slice that
added it, at that one's price, and what rises again has the price of its own day.
"""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.pricing.cases import UNITS, Case, Price, Rate, Tier, Usage, cases, day, days
from tests.pricing.mini_warehouse import run_models
from tests.pricing.published import book_settings, find_usage_lines
from tests.pricing.rows import (
    Rows,
    add,
    group_text,
    override_row,
    pointer_row,
    product_row,
    rate_row,
    write_rows,
)

UNUSED = group_text(model="unused")


def add_rows_without_effect(rows: Rows, name: str, case: Case, cut: int) -> None:
    """From the cut on: all kinds of rows that name the case's card or contract in vain."""
    other = f"{name}-other"
    add(rows, "products", product_row(other))
    add(rows, "product_metrics", pointer_row(name, cut))
    flat = {"rate_type": "flat", "price": Decimal(9)}
    for product, model in ((other, None), (name, "unused")):
        rate = rate_row(name, case.unit, f"{product}-from-cut", cut, cut + 7, model)
        add(rows, "rates", rate | flat | {"product_id": product})
        for kind, effect in (
            ("overwrite", flat),
            ("multiplier", {"multiplier": Decimal("0.1")}),
            ("entitlement", {"entitled": False}),
        ):
            row = override_row(name, f"{product}-{kind}-from-cut", cut, None)
            row |= {"override_type": kind, "product_id": product, "priority": 9}
            row |= {"pricing_group": UNUSED if model else "{}"}
            add(rows, "contract_overrides", row | effect)
    commits = {"other-product": (other, case.unit, "{}"), "other-unit": (name, "CR", "{}"),
               "other-group": (name, case.unit, UNUSED)}  # fmt: skip
    for kind, (product, unit, group) in commits.items():
        commit_id = f"{name}-{kind}"
        commit = {"commit_id": commit_id, "contract_id": name, "pricing_unit": unit}
        add(rows, "commits", commit | {"product_id": name, "name": kind, "type": "credit"})
        applies = {"commit_id": commit_id, "product_id": product, "tag": None}
        add(rows, "commit_applies_to", applies | {"pricing_group": group})
        segment = {"commit_id": commit_id, "segment": 1, "amount": Decimal(5)}
        dates = {"starting_on": day(cut), "ending_before": day(cut + 9)}
        add(rows, "commit_access", segment | dates)


@book_settings(examples=8)
@given(book=st.lists(st.tuples(cases(), days), min_size=5, max_size=30))
def test_rows_that_price_nothing_change_no_line(book: list[tuple[Case, int]]) -> None:
    named = {f"{kind}{number}": case for number, (case, _) in enumerate(book) for kind in "ab"}
    rows = write_rows(named)
    for number, (case, cut) in enumerate(book):
        add_rows_without_effect(rows, f"b{number}", case, cut)
    con = run_models(rows)
    segments = dict(con.execute("select product_id, count(*) from product_segments group by all")
                    .fetchall())  # fmt: skip
    found = find_usage_lines(con)
    for number, (case, cut) in enumerate(book):
        assert found[f"b{number}"] == found[f"a{number}"], (cut, case)
    # the rows did cut the month; slices put it together again
    assert all(segments[f"b{number}"] > 1 for number in range(len(book)))
    assert sum(segments[f"b{n}"] > segments[f"a{n}"] for n in range(len(book))) > len(book) / 3


def cut_rates(case: Case, cut: int) -> Case:
    """The case with each row that is valid on both sides of the cut in two, the price the same."""
    rates: list[Rate] = []
    for rate in case.rates:
        if rate.start < cut < (cut + 1 if rate.end is None else rate.end):
            rates += [replace(rate, end=cut), replace(rate, start=cut)]
        else:
            rates.append(rate)
    return replace(case, rates=tuple(rates))


def tier_totals(lines: dict[tuple, tuple]) -> dict[tuple, Decimal]:
    """Quantity by group, tier, unit price and list price."""
    totals: dict[tuple, Decimal] = defaultdict(Decimal)
    for (group, tier, _), (_, quantity, price, listed, *_) in lines.items():
        totals[group, tier, price, listed] += quantity
    return {key: quantity for key, quantity in totals.items() if quantity}


def unrounded_total(lines: dict[tuple, tuple]) -> Decimal:
    return sum((quantity * price + fee for _, quantity, price, _, _, fee in lines.values()),
               Decimal(0))  # fmt: skip


def owed(lines: dict[tuple, tuple]) -> Decimal:
    return sum((line[4] for line in lines.values()), Decimal(0))


def check_cut(book: list[tuple[Case, int]]) -> None:
    """Rate each case as it is and with its rows cut in two: the totals are the same."""
    named = {f"a{number}": case for number, (case, _) in enumerate(book)}
    named |= {f"b{number}": cut_rates(*each) for number, each in enumerate(book)}
    found = find_usage_lines(run_models(write_rows(named)))
    for number, (case, cut) in enumerate(book):
        whole, split = found[f"a{number}"], found[f"b{number}"]
        assert tier_totals(split) == tier_totals(whole), (cut, case)
        assert unrounded_total(split) == unrounded_total(whole), (cut, case)
        apart = abs(owed(split) - owed(whole))
        assert apart <= (len(split) + len(whole)) * Decimal("0.5").scaleb(-UNITS[case.unit])


def one_price(case: Case) -> Case:
    """The case with the row that it begins with alone, valid all month."""
    return replace(case, rates=(replace(case.rates[0], start=-400, end=None),), overrides=())


@book_settings(examples=8)
@given(book=st.lists(st.tuples(cases(lowest=0), days), min_size=5, max_size=30))
def test_a_row_cut_in_two_changes_no_total_of_what_rises(book: list[tuple[Case, int]]) -> None:
    check_cut(book)


@book_settings(examples=8)
@given(book=st.lists(st.tuples(cases().map(one_price), days), min_size=5, max_size=30))
def test_a_row_cut_in_two_changes_no_total_of_one_price(book: list[tuple[Case, int]]) -> None:
    check_cut(book)


def test_a_fall_that_a_cut_shows_is_taken_off_the_slice_that_added_it():
    """100 at 1, then 5 each: down to 40, up to 120. Uncut 100 + 20 × 5; cut at 40, 40 + 80 × 5."""
    usage = (Usage(3, "a", "u1", Decimal(100)), Usage(12, "a", "u1", Decimal(-60)),
             Usage(20, "a", "u1", Decimal(80)))  # fmt: skip
    rates = (Rate(-400, 10, Price("flat", Decimal(1))), Rate(10, None, Price("flat", Decimal(5))))
    whole = Case("USD", usage, rates)
    found = find_usage_lines(run_models(write_rows({"whole": whole, "cut": cut_rates(whole, 15)})))
    assert owed(found["whole"]) == 200
    assert owed(found["cut"]) == 440


def test_a_fee_is_due_by_the_final_quantity_wherever_the_month_is_cut():
    """100 used and 60 taken back: tier 2 is not entered, whatever ends in between (S-26)."""
    table = Price("tiered", tiers=(Tier(Decimal(50), Decimal(1), Decimal(0)),
                                   Tier(None, Decimal(1), Decimal(20))))  # fmt: skip
    usage = (Usage(3, "a", "u1", Decimal(100)), Usage(9, "a", "u1", Decimal(-60)))
    whole = Case("USD", usage, (Rate(-400, None, table),))
    found = find_usage_lines(run_models(write_rows({"whole": whole, "cut": cut_rates(whole, 5)})))
    assert owed(found["whole"]) == 40
    assert owed(found["cut"]) == 40
