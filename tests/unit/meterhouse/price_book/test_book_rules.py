"""One broken place at a time in a valid book: exactly one problem, at that place, by its rule.

Guards against rules that stay silent, and against a mistake that is reported twice or elsewhere.
"""

from collections.abc import Callable

import pytest

from meterhouse.price_book import PriceBookError
from tests.unit.meterhouse.price_book.broken_limits import LIMITS
from tests.unit.meterhouse.price_book.broken_places import CASES, NEW_RATE, Case
from tests.unit.meterhouse.price_book.broken_sizes import SIZES

# What refers to a key that stands twice is found twice; a fee is too large only where nothing else
# is wrong with its price. These are loaded among themselves.
APART = {"duplicate_key", "subscription_too_large"}


def bundles(cases: list[Case]) -> list[list[Case]]:
    """Cases that touch different tables are loaded at once: a load takes half a second."""
    bundled: list[tuple[bool, set[str], list[Case]]] = []
    for edits, expected in cases:
        touched = {table for table, _, _ in edits}
        apart = expected[3] in APART
        for are_apart, tables, bundle in bundled:
            if are_apart == apart and not tables & touched:
                tables |= touched
                bundle.append((edits, expected))
                break
        else:
            bundled.append((apart, touched, [(edits, expected)]))
    return [bundle for _, _, bundle in bundled]


@pytest.mark.parametrize("cases", [*bundles(CASES), *bundles(SIZES), *bundles(LIMITS)])
def test_each_broken_place_is_one_problem(find: Callable[..., list], cases: list[Case]) -> None:
    found = find(*(edit for edits, _ in cases for edit in edits))
    assert found == sorted(expected for _, expected in cases)


ALLOWED = {
    "the book as it is": (),
    "a more specific rate (S-21)": (
        ("rates", None, NEW_RATE | {"pricing_group": '{"region":"eu","model":"a"}'}),
    ),
    "another value of the same key": (
        ("rates", None, NEW_RATE | {"pricing_group": '{"model":"c"}'}),
    ),
    "as many keys, but values in conflict": (
        ("rates", None, NEW_RATE | {"pricing_group": '{"region":"us","model":"b"}'}),
    ),
    "one rate after the other": (
        ("rates", 0, {"ending_before": "2026-02-01"}),
        ("rates", None, NEW_RATE | {"pricing_group": '{"model":"a"}',
                                     "starting_on": "2026-02-01"}),
    ),
    "overrides that overlap (S-32)": (("contract_overrides", None, {"override_id": "o5",
                                       "override_type": "multiplier", "rate_type": "",
                                       "multiplier": "0.5"}),),
    "an override for a group that no product has": (
        ("contract_overrides", 1, {"pricing_group": '{"region":"eu","zone":"1"}'}),
    ),
    "a commit for a group that its product has not": (
        ("commit_applies_to", 0, {"pricing_group": '{"zone":"1"}'}),
    ),
    "an override on a product without a rate": (("contract_overrides", 0, {"product_id": "fee"}),),
    "two contracts one after the other": (
        ("contracts", 0, {"ending_before": "2026-01-15"}),
        ("contracts", 1, {"customer_id": "acme"}),
    ),
    "two contracts that sell other products": (
        ("rates", 6, {"product_id": "seat"}),
        ("rates", 3, {"product_id": "tokens", "pricing_group": '{"region":"us","model":"z"}'}),
        ("subscriptions", 0, {"contract_id": "c2"}),
        ("contracts", 1, {"customer_id": "acme"}),
    ),
    "a subscription that an override entitles (S-22)": (
        ("rates", 3, {"entitled": "false"}),
        ("contract_overrides", 2, {"product_id": "seat"}),
        ("subscriptions", 0, {}),
    ),
    "an alias handed over (S-9)": (
        ("customer_aliases", 0, {"ending_before": "2026-02-01"}),
        ("customer_aliases", None, {"customer_id": "beta", "starting_on": "2026-02-01",
                                     "ending_before": "2026-03-01"}),
        ("customer_aliases", None, {"customer_id": "acme", "starting_on": "2026-03-01",
                                     "ending_before": ""}),
    ),
    "one cap after the other (S-57)": (
        ("period_limits", None, {"limit_id": "l4", "applies_to_product_id": "calls",
                                 "applies_to_tag": "", "minimum_amount": "",
                                 "maximum_amount": "400", "starting_on": "2026-07-01"}),
    ),
    "a minimum beside a cap of the same lines": (
        ("period_limits", None, {"limit_id": "l4", "applies_to_product_id": "calls",
                                 "applies_to_tag": "", "minimum_amount": "400",
                                 "starting_on": "2026-01-01"}),
    ),
    "a minimum that is the cap": (("period_limits", 0, {"minimum_amount": "5000"}),),
    "a minimum of a tag above the cap of one of its products": (
        ("period_limits", 2, {"minimum_amount": "500"}),
    ),
    "a price of zero": (("rates", 0, {"price": "0"}),),
    "a conversion that starts before a contract's first use": (
        ("pricing_unit_conversions", 0, {"starting_on": "2026-01-01"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("edits", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_is_allowed_loads(find: Callable[..., list], edits: tuple) -> None:
    assert find(*edits) == []


def test_a_cell_with_a_fault_hides_no_other_cell_of_its_row(load: Callable) -> None:
    """References, dates and metrics are looked at all the same; what null would break is not."""
    unit = {"contract_id": "c9", "product_id": "x", "minimum_amount": "", "maximum_amount": ""}
    with pytest.raises(PriceBookError) as raised:
        load(
            ("period_limits", 1, {"prorated": "maybe", "ending_before": "2025-01-01", **unit}),
            ("product_metrics", 0, {"metric": "api_call", "starting_on": "01.02.2026"}),
            ("product_metrics", 1, {"version": "3"}),
        )
    found = [
        (each.file, each.row, each.column, each.rule, each.message, each.next_step)
        for each in raised.value.problems
    ]
    assert [each[:4] for each in found] == [
        ("period_limits.csv", 3, "contract_id", "unknown_reference"),
        ("period_limits.csv", 3, "ending_before", "dates_out_of_order"),
        ("period_limits.csv", 3, "product_id", "unknown_reference"),
        ("period_limits.csv", 3, "prorated", "boolean"),
        ("product_metrics.csv", 2, "metric", "unknown_metric"),
        ("product_metrics.csv", 2, "starting_on", "date"),
        ("product_metrics.csv", 3, "metric", "unknown_metric"),
    ]
    assert "near it are api_calls" in found[4][5]
    assert "no version 3 of metric 'api_calls', which has 1" in found[6][4]
    assert "new-metric" not in found[6][5]
