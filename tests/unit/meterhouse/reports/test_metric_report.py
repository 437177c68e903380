"""`meterhouse metric` of a month in which nothing came.

Guards against a page that blames the metric's YAML where what was there before goes on (S-56).
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from meterhouse.preview.cumulative_usage import RunningValues
from meterhouse.preview.question import Month
from meterhouse.reports.metric import render_metric
from meterhouse.reports.text import Text

CARRIED = {
    "timestamp": datetime(2026, 1, 20, tzinfo=UTC), "event_type": "storage",
    "transaction_id": "t1", "properties": '{"gb":"5"}', "period_start": date(2026, 2, 1),
}  # fmt: skip
DAY = {
    "contract_id": "c", "period_start": date(2026, 2, 1), "day": date(2026, 2, 28),
    "metric_group": "{}", "running_value": Decimal(5),
}  # fmt: skip


@pytest.mark.parametrize(
    ("carried", "said"),
    [([CARRIED], "what it began with goes on (S-56)"), ([], "are the event types in the metric's")],
)
def test_a_month_without_events_asks_for_the_types_only_where_nothing_goes_on(carried, said):
    found = RunningValues(
        "storage_gb_latest", 2, "acme", Month(date(2026, 2, 1), date(2026, 3, 1)),
        datetime(2026, 3, 1, tzinfo=UTC), ["c"], [DAY] if carried else [], [], 0, carried,
    )  # fmt: skip
    last = render_metric(found)[-1]
    assert isinstance(last, Text)
    assert said in last.plain
