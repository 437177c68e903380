"""How fast do files become committed events?"""

from benchmarks.bench import Bench
from benchmarks.generate.events import CUSTOMERS
from benchmarks.months import MONTH, NOW, instant, month_stream
from benchmarks.pipeline import Pipeline
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import cost_table, table

WITH_SCHEMAS = " with schemas"
GOALS = {
    "NDJSON": 300_000,
    "Parquet": 1_000_000,
    f"NDJSON{WITH_SCHEMAS}": 300_000,
    f"Parquet{WITH_SCHEMAS}": 300_000,
}


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """`meterhouse ingest` into an empty log, from both kinds of file, judged by schemas or not."""
    rows = Rows()
    books = {
        suffix: bench.book(name, CUSTOMERS, str(MONTH[0]))
        for suffix, name in (("", "usage"), (WITH_SCHEMAS, "schemas"))
    }
    for size in sizes:
        stream = month_stream(size)
        folders = {"NDJSON": bench.ndjson(stream), "Parquet": bench.parquet(stream)}
        for number in range(bench.rounds):
            for kind in GOALS:
                suffix = WITH_SCHEMAS if kind.endswith(WITH_SCHEMAS) else ""
                folder, book = folders[kind.removesuffix(suffix)], books[suffix]
                pipeline = Pipeline(bench.fresh("homes/landing"), book)
                cost = pipeline.ingest(folder, instant(NOW))
                rows.row(kind, "", size).costs.append(cost)
                pipeline.delete()
                bench.say(
                    f"{size:,} events, round {number + 1} of {bench.rounds}, {kind}:"
                    f" {size / cost.wall:,.0f} a second"
                )
    return rows


def tell(rows: Rows) -> list[str]:
    """Events a second, the start of the process included, and the costs."""
    body = [
        [
            f"{kind} (goal {goal:,})",
            *(f"{size / (rows.wall(kind, '', size) or 1):,.0f}" for size in rows.sizes()),
        ]
        for kind, goal in GOALS.items()
        if any(row.contestant == kind for row in rows)
    ]
    header = ["events a second, start of the process included", *map("{:,}".format, rows.sizes())]
    return [*table(header, body), "", *cost_table(rows, "events")]


QUESTION = Question("landing", "Landing", measure, tell, quick=(1,), full=(1, 10))
