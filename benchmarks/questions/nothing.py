"""What does a run cost when nothing is new, and whose seconds are they?"""

import json

from benchmarks.bench import Bench
from benchmarks.cost import middle
from benchmarks.months import GrowingPipeline, prepare
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import cost_table, table
from benchmarks.watched_run import KINDS

# The second computes and publishes all the same, as the first run after midnight does.
COMMANDS = {"meterhouse run": [], "meterhouse run --again": ["--again"]}
START = KINDS[0]


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """Run again and again; then as often with a watch on what is at work."""
    rows = Rows()
    for size in sizes:
        growing = prepare(bench, "nothing", size, "month", 0, "usage", "usage")
        for number in range(bench.rounds):
            for command, options in COMMANDS.items():
                row = rows.row(command, "", size)
                row.costs.append(growing.run_later(*options))
                row.facts["stages"] = growing.pipeline.stages()
                _watch(bench, growing, rows, size, command)
                bench.say(
                    f"{size:,} events, round {number + 1} of {bench.rounds}, {command}:"
                    f" {row.costs[-1].wall:.1f} s"
                )
        growing.pipeline.delete()
    return rows


def _watch(bench: Bench, growing: GrowingPipeline, rows: Rows, size: int, command: str) -> None:
    """Add the seconds of each kind of work to the row, the watched round with the median time."""
    answer = bench.fresh("watched") / "seconds.json"
    row = rows.row(command, "watched", size)
    row.costs.append(growing.watch_later(answer, *COMMANDS[command]))
    seconds = json.loads(answer.read_text(encoding="utf-8"))
    seconds[START] = row.costs[-1].wall - sum(seconds.values())
    rounds = row.facts.setdefault("rounds", [])
    rounds.append(seconds)
    nearest = min(rounds, key=lambda one: abs(sum(one.values()) - middle(row.costs).wall))
    row.facts["seconds"] = nearest


def tell(rows: Rows) -> list[str]:
    """The costs, and what was at work."""
    columns = [(command, size) for size in rows.sizes() for command in COMMANDS]
    found = [rows.row(command, "watched", size).facts["seconds"] for command, size in columns]
    body = [[kind, *(f"{seconds[kind]:.1f}" for seconds in found)] for kind in KINDS]
    header = [
        "wall s when watched; goal: at most 15 together",
        *(f"`{command}`, {size:,}" for command, size in columns),
    ]
    return [*cost_table(rows, "events in the log"), "", *table(header, body)]


QUESTION = Question("nothing", "Nothing new", measure, tell, quick=(1,), full=(1, 10))
