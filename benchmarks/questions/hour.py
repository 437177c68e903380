"""What does an hour of new events cost with more and more events in the log?"""

from benchmarks.bench import Bench
from benchmarks.months import GrowingPipeline, prepare
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import cost_table, growth

NEW_EVENTS = 100_000
SPREADS = ("month", "year")


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """Hour after hour, in logs of one month and of one year."""
    lines = {
        (f"log of a {spread}", size): prepare(
            bench, "hour", size, spread, NEW_EVENTS, "usage", "usage"
        )
        for size in sizes
        for spread in SPREADS
    }
    return measure_hours(bench, lines)


def measure_hours(bench: Bench, lines: dict[tuple[str, int], GrowingPipeline]) -> Rows:
    """Each round is the next hour of every pipeline, one after the other; then they are gone."""
    rows = Rows()
    for number in range(bench.rounds):
        for (name, size), growing in lines.items():
            landing, rest = growing.land_hour(), growing.run()
            steps = {"land": landing, "run": rest, "both": landing + rest}
            for step, cost in steps.items():
                rows.row(name, step, size).costs.append(cost)
            rows.row(name, "run", size).facts["stages"] = growing.pipeline.stages()
            bench.say(
                f"{name}, {size:,} events, hour {number + 1} of {bench.rounds}:"
                f" {landing.wall:.1f} s and {rest.wall:.1f} s"
            )
    for growing in lines.values():
        growing.pipeline.delete()
    return rows


def tell(rows: Rows) -> list[str]:
    """The costs and how they grow."""
    grown = [
        f"- {name}: {growth(rows, name, 'both')} (goal: at most 1.3 ×)"
        for name, step in rows.lines()
        if step == "both"
    ]
    return [*cost_table(rows, "events in the log"), "", *grown]


QUESTION = Question(
    "hour", f"An hour of {NEW_EVENTS:,} new events", measure, tell, quick=(0.1, 1), full=(1, 10, 30)
)
