"""`meterhouse price` over the price book of the golden scenarios: which rate applies, and why.

Guards against an answer that differs from what is billed, or that leaves a person without the next
step when no rate is found (S-21 to S-23, S-32).
"""

import io
from datetime import date

import pytest
from rich.console import Console

from meterhouse.price_book import load_price_book
from meterhouse.reports.errors import PriceNotFound
from meterhouse.reports.price import print_price
from tests.golden.merge import write_price_book


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("price_book")
    write_price_book(folder)
    return load_price_book(folder, None, {})


@pytest.fixture
def price(book):
    def answer(scenario, product="tokens", group="{}", on="2026-01-20", customer="acme"):
        output = io.StringIO()
        console = Console(file=output, width=200)
        names = f"{scenario}-{customer}", f"{scenario}-{product}"
        print_price(book, *names, group, date.fromisoformat(on), console)
        return output.getvalue().replace(f"{scenario}-", "")

    return answer


def test_the_row_that_names_most_keys_applies(price):
    answer = price("pricing_groups", "routing", '{"model": "large"}')
    assert "Price: 0.05 USD per unit  rate r4" in answer
    assert "names fewer keys than r4" in answer


def test_a_missing_rate_says_which_row_is_missing(price):
    answer = price("pricing_groups", "tokens", '{"model": "tiny"}')
    assert "unrated_usage as no_rate" in answer
    assert 'with a pricing_group that is {"model":"tiny"}, a part of it, or empty' in answer
    assert answer.count("is for another model") == 2


def test_the_override_and_what_it_changed_are_shown(price):
    answer = price("override_multiplier")
    assert "Price: 0.018 USD per unit  rate r2, override o2, list price 0.02" in answer
    assert "o2 goes before it (S-32)" in answer
    assert "not on 2026-01-20" in answer, "the rate row before the change of the list price"


def test_tiers_are_those_that_apply(price):
    answer = price("override_tiers")
    assert "Price: tiered, by the tiers below  rate r1, override o1" in answer
    assert "0.004" in answer


@pytest.mark.parametrize(
    ("on", "said"), [("2026-01-15", "Not entitled"), ("2026-01-16", "Price: 0.01 USD per unit")]
)
def test_entitlement_follows_the_day(price, on, said):
    assert said in price("override_entitlement", on=on)


def test_types_of_price_are_worded(price):
    assert "5 %, at least 20, at most 100" in price("rate_percentage", "support", customer="idle")
    assert "1.75 USD per started package of 1,000" in price("rate_package")
    assert "40 USD per unit and billing period" in price("subscription_override", "platform")


def test_a_product_without_a_row_on_the_card_is_not_sold(book):
    output = io.StringIO()
    names = "rate_flat-acme", "rate_tiered-tokens"
    print_price(book, *names, "{}", date(2026, 1, 20), Console(file=output, width=200))
    assert "Not sold: rate card rate_flat-card has no row" in output.getvalue()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"customer": "nobody"}, "no customer or alias"),
        ({"product": "nothing"}, "no product"),
        ({"group": '{"colour": "red"}'}, "not priced by colour"),
        ({"group": "{"}, "not JSON"),
        ({"on": "2024-01-01"}, "no contract on 2024-01-01"),
    ],
)
def test_what_is_not_there_is_said_with_the_file(price, change, said):
    with pytest.raises(PriceNotFound, match=said):
        price("pricing_groups", **change)
