"""The demo company's price book is valid and uses what a price book can say."""

import csv
from pathlib import Path

import pytest

from meterhouse.metrics.registry import lookup_columns, metric_group_keys
from meterhouse.price_book import load_price_book

SEEDS = Path(__file__).parents[3] / "seeds"


def _rows(table):
    with (SEEDS / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _column(table, column):
    return {row[column] for row in _rows(table)}


def test_it_loads():
    book = load_price_book(SEEDS, metric_group_keys(), lookup_columns())
    assert "model_weights" in book.lookups


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("rates", "rate_type", {"flat", "tiered", "volume", "package", "percentage"}),
        ("rate_cards", "currency", {"USD", "EUR", "JPY"}),
        (
            "contracts",
            "billing_frequency",
            {"weekly", "monthly", "every_two_months", "quarterly", "semiannual", "annual"},
        ),
        ("contracts", "zero_invoices", {"skip"}),
        ("contracts", "billing_anchor", {"first_of_month", "contract_start"}),
        ("contract_overrides", "override_type", {"overwrite", "multiplier", "entitlement"}),
        ("subscriptions", "collection", {"advance", "arrears"}),
        ("subscriptions", "refund_unused", {"true"}),
        ("thresholds", "kind", {"spend", "balance"}),
        ("recurring_grants", "rollover_of", {"remaining"}),
        ("commits", "type", {"prepaid", "postpaid", "credit"}),
        ("pricing_units", "kind", {"currency", "custom"}),
        ("products", "rounding_method", {"up", "half_up"}),
    ],
)
def test_it_shows(table, column, values):
    assert values <= _column(table, column)


def test_it_has_a_minimum_and_a_cap():
    assert _column("period_limits", "minimum_amount") - {""}
    assert _column("period_limits", "maximum_amount") - {""}


def test_a_product_goes_over_to_a_metric_that_carries_state():
    assert {"1", "2"} <= {
        row["version"] for row in _rows("product_metrics") if row["product_id"] == "storage-gb"
    }
