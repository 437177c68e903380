"""How many invoices a second, as drafts and as final ones?"""

from itertools import pairwise

from benchmarks.bench import Bench
from benchmarks.generate.events import Stream
from benchmarks.months import MONTH, NOW, instant
from benchmarks.pipeline import Pipeline
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import cost_table, table

STEPS = ("drafts", "final")
FINAL = "2026-02-02T00:00:00Z"
GOAL = 50_000


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """Contracts with one event for each of three products; drafts, then the same ones final."""
    rows = Rows()
    for size in sizes:
        book = bench.book("plain", size, str(MONTH[0]))
        end = f"{NOW:%Y-%m-%d %H:%M}"
        events = bench.ndjson(Stream(0, 3 * size, str(MONTH[0]), end, "each", size))
        for number in range(bench.rounds):
            pipeline = Pipeline(bench.fresh("homes/invoices"), book)
            pipeline.ingest(events, instant(NOW))
            for step, moment in zip(STEPS, (instant(NOW), FINAL), strict=True):
                row = rows.row("pipeline", step, size)
                row.costs.append(pipeline.run(moment))
                row.facts["stages"] = pipeline.stages()
            pipeline.delete()
            bench.say(
                f"{size:,} contracts, round {number + 1} of {bench.rounds}: "
                + ", ".join(
                    f"{step} {rows.row('pipeline', step, size).costs[-1].wall:.1f} s"
                    for step in STEPS
                )
            )
    return rows


def tell(rows: Rows) -> list[str]:
    """The costs, and invoices a second beyond the fixed cost: the slope between two sizes."""
    sizes = rows.sizes()
    between = list(pairwise(sizes))
    body = []
    for step in STEPS:
        cells = []
        for small, large in between:
            seconds = (rows.wall("pipeline", step, large) or 0) - (
                rows.wall("pipeline", step, small) or 0
            )
            cells.append(f"{(large - small) / seconds:,.0f}" if seconds > 0 else "–")
        body.append([step, *cells])
    header = ["invoices a second beyond the fixed cost", *(f"{a:,} → {b:,}" for a, b in between)]
    return [
        *cost_table(rows, "contracts"),
        "",
        *(table(header, body) if between else []),
        "",
        f"The goal is {GOAL:,} a second, growing with the contracts and no faster.",
        "The drafts' run meters three events a contract too.",
    ]


QUESTION = Question(
    "invoices",
    "Invoices: contracts with three priced products",
    measure,
    tell,
    quick=(10, 100),
    full=(10, 100, 1000),
    unit=1000,
)
