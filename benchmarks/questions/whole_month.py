"""Do hourly runs of unique counts and averages cost the hour, or the month?"""

from benchmarks.bench import Bench
from benchmarks.months import prepare
from benchmarks.question import Question
from benchmarks.questions.hour import measure_hours
from benchmarks.rows import Rows
from benchmarks.tables import cost_table, growth

# An hour of a month with 10,000,000 events.
NEW_EVENTS = 14_000
NAME = "unique users and averages"


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """Hourly runs with products that no sum of days gives."""
    lines = {
        (NAME, size): prepare(bench, "whole", size, "month", NEW_EVENTS, "whole_month", "samples")
        for size in sizes
    }
    return measure_hours(bench, lines)


def tell(rows: Rows) -> list[str]:
    """The costs and how they grow."""
    return [
        *cost_table(rows, "events in the month"),
        "",
        f"- {growth(rows, NAME, 'both')} (goal: an hourly run costs the hour)",
    ]


QUESTION = Question(
    "month",
    f"Unique counts and averages over a whole month, {NEW_EVENTS:,} new events an hour",
    measure,
    tell,
    quick=(0.1, 1),
    full=(1, 10),
)
