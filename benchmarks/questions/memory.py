"""Does a large log fit through a small memory?"""

from benchmarks.bench import Bench
from benchmarks.generate.events import CUSTOMERS
from benchmarks.months import MONTH, NOW, instant, month_stream
from benchmarks.pipeline import Pipeline
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import cost_table


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """Land and run once, with DuckDB limited."""
    rows = Rows()
    book = bench.book("usage", CUSTOMERS, str(MONTH[0]))
    for size in sizes:
        limit = {"METERHOUSE_MEMORY_LIMIT": bench.memory_limit}
        pipeline = Pipeline(bench.fresh("homes/memory"), book, limit)
        steps = {
            "land": pipeline.ingest(bench.ndjson(month_stream(size)), instant(NOW)),
            "run": pipeline.run(instant(NOW)),
        }
        pipeline.delete()
        for step, cost in steps.items():
            rows.row(f"DuckDB limited to {bench.memory_limit}", step, size).costs.append(cost)
            bench.say(f"{size:,} events, {step}: {cost.wall:.1f} s, {cost.peak_mb:,.0f} MB")
    return rows


def tell(rows: Rows) -> list[str]:
    """The costs: it finished, or there would be none."""
    return [*cost_table(rows, "events"), "", "Measured once; the goal is that it finishes."]


QUESTION = Question("memory", "Memory", measure, tell, quick=(1,), full=(30,))
