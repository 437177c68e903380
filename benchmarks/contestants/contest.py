"""Contestants side by side: the same files, the same prices, the same bill demanded of each."""

import os
import sys
from pathlib import Path

from benchmarks.bench import Bench, apart
from benchmarks.contestants.answers import compare, write_published_lines
from benchmarks.contestants.postgres_server import create_cluster, programs
from benchmarks.contestants.task import Task
from benchmarks.cost import Cost, middle, run
from benchmarks.generate.events import CUSTOMERS
from benchmarks.months import MONTH, NOW, instant, month_stream
from benchmarks.pipeline import Pipeline
from benchmarks.rows import Rows

ALL = "all"
MODULES = {"script": "script", "postgres": "postgres", "pandas": "pandas_script"}
# Of memory: a contestant that would need more is left out, so that the machine stays usable.
MOST_MEMORY = 0.8


def contest(bench: Bench, sizes: list[int], contestants: list[str]) -> Rows:
    """Measure the contestants at each size in turns, and compare what they bill."""
    rows = Rows()
    for size in sizes:
        present = [name for name in contestants if not _absent(rows, name, size)]
        for number in range(bench.rounds):
            answers = {}
            # Each round another one begins: whoever is first meets a colder machine.
            turn = number % len(present)
            for name in present[turn:] + present[:turn]:
                output = bench.fresh(f"answers/{name}") / "lines.csv"
                costs = _measure(bench, name, size, output)
                for step, cost in costs.items():
                    rows.row(name, step, size).costs.append(cost)
                answers[name] = output
                bench.say(
                    f"{size:,} events, round {number + 1} of {bench.rounds}, {name}:"
                    f" {costs[ALL].wall:.1f} s"
                )
            total = apart(compare, answers)
        for name in present:
            rows.row(name, ALL, size).facts["bill"] = total
        bench.say(f"{size:,} events: all bill {total}")
    return rows


def _measure(bench: Bench, name: str, size: int, output: Path) -> dict[str, Cost]:
    """The costs of one contestant by step; its lines are in `output`."""
    events = bench.ndjson(month_stream(size))
    book = bench.book("usage", CUSTOMERS, str(MONTH[0]))
    if name == "pipeline":
        pipeline = Pipeline(bench.fresh("homes/contest"), book)
        landing = pipeline.ingest(events, instant(NOW))
        rest = pipeline.run(instant(NOW))
        apart(write_published_lines, pipeline.home / "marts", output)
        pipeline.delete()
        return {"land": landing, "run": rest, ALL: landing + rest}
    if name == "postgres":
        output.parent.chmod(0o755)
        create_cluster(output.parent / "postgres")
    task = Task(events, book, output, *map(str, MONTH))
    command = [sys.executable, "-m", f"benchmarks.contestants.{MODULES[name]}", *task.arguments()]
    return {ALL: run(command, output.with_suffix(".out"))}


def _absent(rows: Rows, name: str, size: int) -> bool:
    """Note why a contestant cannot take part, if it cannot."""
    if name == "postgres" and programs() is None:
        rows.row(name, ALL, size).note = "not installed"
        return True
    if name != "pandas":
        return False
    measured = [row for row in rows if row.contestant == name and row.costs]
    if measured:
        latest = measured[-1]
        expected = middle(latest.costs).peak_mb * size / latest.size
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**20
        if expected > MOST_MEMORY * memory:
            rows.row(name, ALL, size).note = f"left out: needs about {expected / 1024:,.0f} GB"
            return True
    return False
