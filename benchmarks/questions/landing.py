"""How fast do files become committed events?"""

from benchmarks.bench import Bench
from benchmarks.generate.events import CUSTOMERS
from benchmarks.months import MONTH, NOW, instant, month_stream
from benchmarks.pipeline import Pipeline
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import cost_table, table

GOALS = {"NDJSON": 300_000, "Parquet": 1_000_000}


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """`meterhouse ingest` into an empty log, from both kinds of file."""
    rows = Rows()
    book = bench.book("usage", CUSTOMERS, str(MONTH[0]))
    for size in sizes:
        stream = month_stream(size)
        folders = {"NDJSON": bench.ndjson(stream), "Parquet": bench.parquet(stream)}
        for number in range(bench.rounds):
            for kind, folder in folders.items():
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
    ]
    header = ["events a second, start of the process included", *map("{:,}".format, rows.sizes())]
    return [*table(header, body), "", *cost_table(rows, "events")]


QUESTION = Question("landing", "Landing", measure, tell, quick=(1,), full=(1, 10))
