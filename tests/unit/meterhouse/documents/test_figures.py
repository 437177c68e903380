"""Tax and the figures of lines are exact (S-19, S-78).

Guards against a float on the way, a rounding to even, and a line of an e-invoice whose quantity
times price is not its amount.
"""

from decimal import Decimal

import pytest

from meterhouse.documents.errors import DocumentError
from tests.unit.meterhouse.delivery.billing_ledger import line
from tests.unit.meterhouse.documents.paper_world import CUSTOMER, content


def taxed(folder, total: str, rate: str, decimals: int = 2, currency: str = "USD"):
    lines = [line(1, total, pricing_unit=currency)]
    customer = {**CUSTOMER, "tax_rate": rate}
    return content(folder, lines, customer=customer, decimals=decimals, currency=currency)


@pytest.mark.parametrize(
    ("total", "rate", "decimals", "tax", "payable"),
    [
        ("10.50", "0.05", 2, "0.53", "11.03"),
        ("-10.50", "0.05", 2, "-0.53", "-11.03"),
        ("9007199254740993.01", "0.19", 2, "1711367858400788.67", "10718567113141781.68"),
        ("5", "0.1", 0, "1", "6"),
        ("0.005", "0.19", 3, "0.001", "0.006"),
        ("100.00", "0.055", 2, "5.50", "105.50"),
    ],
)
def test_tax_is_rounded_once_half_away_from_zero(tmp_path, total, rate, decimals, tax, payable):
    found = taxed(tmp_path, total, rate, decimals, "JPY" if decimals == 0 else "USD")
    assert (found["tax"]["amount"], found["payable"]) == (tax, payable)
    assert Decimal(found["total"]) + Decimal(tax) == Decimal(payable)


def test_without_a_category_there_is_no_tax(tmp_path):
    found = content(tmp_path, customer={})
    assert found["tax"] is None
    assert found["payable"] == found["total"]
    assert found["customer"]["name"] == "Acme"


def test_an_amount_of_more_decimals_than_the_currency_is_not_printed(tmp_path):
    with pytest.raises(DocumentError, match=r"more decimals than USD has in pricing_units\.csv"):
        content(tmp_path, [line(1, "1.005")])


def test_short_figures_give_the_amount_and_are_never_of_a_negative_price(tmp_path):
    found = content(tmp_path)
    by_number = {each["number"]: each for each in found["lines"]}
    short = {n: (each["short_quantity"], each["short_price"]) for n, each in by_number.items()}
    assert short[1] == ("333", "0.015")
    assert short[2] == ("1", "1234.57")  # nine decimals of a quantity
    assert short[3] == ("1", "60.00")  # a fee in it
    assert short[7] == ("-800", "0.015")
    assert short[10] == ("-1", "500.00")
    for each in found["lines"]:
        if each["is_in_currency"]:
            product = Decimal(each["short_quantity"]) * Decimal(each["short_price"])
            assert abs(product - Decimal(each["amount"])) <= Decimal("0.005")
            assert Decimal(each["short_price"]) >= 0
    counted = sum(Decimal(each["amount"]) for each in found["lines"] if each["is_in_currency"])
    assert counted == Decimal(found["total"])
