"""Rows of alerts.csv (S-76): what is refused, in the words of the row."""

import pytest

from meterhouse.price_book import PriceBookError, load_price_book
from tests.unit.meterhouse.price_book.conftest import LOOKUPS, METRICS, rows, write_csv

ALERTS = rows("""
    alert_id,kind,customer_id,metric,pricing_group,pricing_unit,threshold,clear_at,enabled,hard_cap
    limit,spend,,,,,100.50,,,true
    limit,spend,acme,,,,500,,false,
    tokens,usage,,llm_tokens,'{"region":"eu","model":"*"}',,1000000,,,
    left,balance,beta,,,CR,10,20,,
    tenth,balance_percent,,,,,10,,,
    none,exhausted,,,,,0,,,true""")


@pytest.fixture
def load(seeds):
    """Loads the book with these alerts, cells of the one in row `row` changed."""

    def load_with(row=2, **cells):
        table = [dict(alert) for alert in ALERTS]
        table[row - 2] |= cells
        write_csv(seeds / "alerts.csv", table)
        return load_price_book(seeds, METRICS, LOOKUPS)

    return load_with


def test_alerts_load_as_they_are_written(load):
    found = load().cursor()
    query = "select alert_id, pricing_group, threshold::varchar, enabled, hard_cap from alerts"
    assert found.execute(query + " where file_row in (2, 3, 4) order by file_row").fetchall() == [
        ("limit", "{}", "100.5000000000", None, True),
        ("limit", "{}", "500.0000000000", False, None),
        ("tokens", '{"model":"*","region":"eu"}', "1000000.0000000000", None, None),
    ]


def test_a_book_without_alerts_has_the_digest_that_it_had(load, seeds):
    assert load().digest != load(enabled="false").digest
    (seeds / "alerts.csv").write_text(",".join(ALERTS[0]) + "\n")
    digest = load_price_book(seeds, METRICS, LOOKUPS).digest
    (seeds / "alerts.csv").unlink()
    assert load_price_book(seeds, METRICS, LOOKUPS).digest == digest


@pytest.mark.parametrize(
    ("row", "cells", "column", "rule"),
    [
        (6, {"alert_id": "x", "kind": "anomaly"}, "metric", "alert_metric"),
        (4, {"kind": "anomaly", "hard_cap": "true"}, "hard_cap", "anomaly_stops_nobody"),
        (4, {"kind": "anomaly", "pricing_unit": "USD"}, "pricing_unit", "alert_unit"),
        (4, {"kind": "anomaly", "metric": "none"}, "metric", "alert_of_unknown_metric"),
        (4, {"kind": "anomaly", "clear_at": "1"}, "clear_at", "alert_never_clears"),
        (6, {"kind": "forecast_over_commit"}, "kind", "alert_not_built"),
        (2, {"kind": "cost"}, "kind", "choice"),
        (2, {"threshold": ""}, "threshold", "required"),
        (2, {"threshold": "0"}, "threshold", "alert_at_once"),
        (2, {"threshold": "-1"}, "threshold", "bound"),
        (2, {"clear_at": "50"}, "clear_at", "alert_never_clears"),
        (3, {"customer_id": "nobody"}, "customer_id", "unknown_reference"),
        (3, {"customer_id": ""}, "alert_id", "duplicate_key"),
        (3, {"kind": "invoice_total"}, "alert_id", "alert_of_two_things"),
        (4, {"metric": ""}, "metric", "alert_metric"),
        (4, {"metric": "min_free_gb"}, "metric", "alert_of_unknown_metric"),
        (4, {"pricing_group": '{"planet":"mars"}'}, "pricing_group", "alert_group_not_in_metric"),
        (4, {"pricing_unit": "USD"}, "pricing_unit", "alert_unit"),
        (2, {"alert_id": "x", "pricing_unit": "CR"}, "pricing_unit", "alert_unit"),
        (2, {"alert_id": "x", "metric": "api_calls"}, "metric", "alert_metric"),
        (2, {"alert_id": "x", "pricing_group": '{"region":"eu"}'}, "metric", "alert_metric"),
        (5, {"clear_at": "10"}, "clear_at", "alert_never_clears"),
        (6, {"clear_at": "101"}, "clear_at", "alert_never_clears"),
        (6, {"threshold": "101"}, "threshold", "alert_threshold"),
        (7, {"threshold": "1"}, "threshold", "alert_threshold"),
    ],
)
def test_a_wrong_row_is_told_by_its_place(load, row, cells, column, rule):
    with pytest.raises(PriceBookError) as refused:
        load(row, **cells)
    found = {
        (problem.file, problem.row, problem.column, problem.rule)
        for problem in refused.value.problems
    }
    assert found == {("alerts.csv", row, column, rule)}
