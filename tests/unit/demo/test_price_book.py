"""The demo company's price book is valid and uses what a price book can say."""

import csv
from pathlib import Path

import pytest

from meterhouse.metrics.registry import lookup_columns, metric_group_keys
from meterhouse.price_book import load_price_book

SEEDS = Path(__file__).parents[3] / "seeds"


def _column(table, column):
    with (SEEDS / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return {row[column] for row in csv.DictReader(file)}


def test_it_loads():
    book = load_price_book(SEEDS, metric_group_keys(), lookup_columns())
    assert "model_weights" in book.lookups


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("rates", "rate_type", {"flat", "tiered", "volume", "package", "percentage"}),
        ("rate_cards", "currency", {"USD", "EUR", "JPY"}),
        ("contracts", "billing_frequency", {"monthly", "quarterly", "annual"}),
        ("contracts", "billing_anchor", {"first_of_month", "contract_start"}),
        ("contract_overrides", "override_type", {"overwrite", "multiplier", "entitlement"}),
        ("subscriptions", "collection", {"advance", "arrears"}),
        ("commits", "type", {"prepaid", "postpaid", "credit"}),
        ("pricing_units", "kind", {"currency", "custom"}),
        ("products", "rounding_method", {"up", "half_up"}),
    ],
)
def test_it_shows(table, column, values):
    assert values <= _column(table, column)
