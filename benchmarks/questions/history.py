"""What does an hour cost with two years of final invoices, beside one month of them?"""

from datetime import date, datetime

from benchmarks.bench import Bench
from benchmarks.generate.events import Stream
from benchmarks.months import NOW, GrowingPipeline, instant
from benchmarks.pipeline import Pipeline
from benchmarks.question import Question
from benchmarks.questions.hour import measure_hours
from benchmarks.rows import Rows
from benchmarks.tables import cost_table, table

HISTORIES = (1, 24)
NEW_EVENTS = 1_000
GOAL = 1.2


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """Contracts with one event a month for each of three products; then hours, side by side."""
    lines = {
        (line_name(months), size): with_history(bench, size, months)
        for size in sizes
        for months in HISTORIES
    }
    return measure_hours(bench, lines)


def with_history(bench: Bench, contracts: int, months: int) -> GrowingPipeline:
    """A pipeline with that many months of final invoices before the month of NOW; not measured.

    Each month is landed at its end. One run makes all of them final: what later runs find is the
    same as after a run a month, but for the number of the ledger's entries.
    """
    bench.say(f"{contracts:,} contracts, {months} months of final invoices")
    firsts = [first_of_month(number) for number in range(-months, 1)]
    book = bench.book("plain", contracts, str(firsts[0]))
    pipeline = Pipeline(bench.fresh(f"homes/history-{contracts}-{months}"), book)
    for number, (first, end) in enumerate(zip(firsts, [*firsts[1:], NOW], strict=True)):
        text = f"{end:%Y-%m-%d %H:%M}" if isinstance(end, datetime) else str(end)
        stream = Stream(number * 3 * contracts, 3 * contracts, str(first), text, "each", contracts)
        pipeline.ingest(bench.ndjson(stream), instant(end))
    pipeline.run(instant(NOW))
    # What became final in that run is first read as final by the next one.
    growing = GrowingPipeline(bench, pipeline, NEW_EVENTS)
    growing.run_later("--again")
    return growing


def first_of_month(number: int) -> date:
    """The first day of a month, counted from that of NOW: -1 is the one before."""
    count = NOW.year * 12 + NOW.month - 1 + number
    return date(count // 12, count % 12 + 1, 1)


def line_name(months: int) -> str:
    """How a line of the table is called."""
    return f"{months} months final" if months > 1 else "1 month final"


def tell(rows: Rows) -> list[str]:
    """The costs, and those with the longer history as a multiple of the shorter one's."""
    short, long = (line_name(months) for months in HISTORIES)
    body = []
    for size in rows.sizes():
        less, more = (rows.wall(name, "run", size) for name in (short, long))
        body.append([f"{size:,}", f"{more / less:.2f} ×" if less and more else "–"])
    return [
        *cost_table(rows, "contracts"),
        "",
        *table(["contracts", f"run with {long} ÷ with {short} (goal: at most {GOAL} ×)"], body),
    ]


QUESTION = Question(
    "history",
    f"An hour of {NEW_EVENTS:,} new events, with more and more final invoices",
    measure,
    tell,
    quick=(1,),
    full=(10, 100),
    unit=1000,
)
