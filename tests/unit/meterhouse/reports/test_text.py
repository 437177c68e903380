"""Explanations as text: exact numbers, aligned columns, nothing where there is nothing."""

from decimal import Decimal

from meterhouse.reports.explain import text_of
from meterhouse.reports.explain_case import Section


def test_long_decimals_lose_their_zeros_and_amounts_keep_theirs():
    rows = [(Decimal("17.6000000000"), Decimal("0E-10"), Decimal("3.8000"), None, 20)]
    section = Section("Amount", {}, ["quantity", "flat_fee", "amount", "tier", "units"], rows)
    assert text_of([section]).splitlines()[2:] == [
        "  quantity  flat fee  amount  tier  units",
        "  17.6      0         3.8000  -     20",
    ]


def test_facts_that_are_null_are_left_out():
    text = text_of([Section("Rate", {"price": Decimal("0.1"), "override": None}), Section("None")])
    assert text == "Rate\n----\nprice  0.1\n\nNone\n----"
