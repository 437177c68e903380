"""What does an hour of new events of 1,000 contracts cost, with more and more contracts?"""

from benchmarks.bench import Bench
from benchmarks.generate.events import Stream
from benchmarks.months import MONTH, NOW, GrowingPipeline, instant
from benchmarks.pipeline import Pipeline
from benchmarks.question import Question
from benchmarks.questions.hour import measure_hours
from benchmarks.rows import Rows
from benchmarks.tables import cost_table, growth

NEW_EVENTS = 100_000
TOUCHED = 1_000
GOAL = 1.5
NAME = f"{TOUCHED:,} contracts with new events"


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """Hour after hour, side by side; of each contract's three products there is usage before."""
    return measure_hours(bench, {(NAME, size): with_contracts(bench, size) for size in sizes})


def with_contracts(bench: Bench, size: int) -> GrowingPipeline:
    """A pipeline with the drafts of `size` contracts, run once on the day that is measured."""
    bench.say(f"{size:,} contracts")
    book = bench.book("plain", size, str(MONTH[0]))
    end = f"{NOW:%Y-%m-%d %H:%M}"
    events = bench.ndjson(Stream(0, 3 * size, str(MONTH[0]), end, "each", size))
    pipeline = Pipeline(bench.fresh(f"homes/contracts-{size}"), book)
    pipeline.ingest(events, instant(NOW))
    pipeline.run(instant(NOW))
    return GrowingPipeline(bench, pipeline, NEW_EVENTS, customers=TOUCHED)


def tell(rows: Rows) -> list[str]:
    """The costs and how they grow."""
    return [
        *cost_table(rows, "contracts"),
        "",
        f"- run: {growth(rows, NAME, 'run')} (goal: at most {GOAL} ×)",
    ]


QUESTION = Question(
    "contracts",
    f"{NEW_EVENTS:,} new events of {TOUCHED:,} contracts, with more and more contracts",
    measure,
    tell,
    quick=(1, 10),
    full=(10, 1000),
    unit=1000,
)
