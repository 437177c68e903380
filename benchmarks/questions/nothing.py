"""What does a run cost when nothing is new, and whose seconds are they?"""

import json

from benchmarks.bench import Bench
from benchmarks.months import instant, prepare
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import cost_table, table
from benchmarks.watched_run import KINDS

RUN, SAMPLED = "meterhouse run, again", "the same, watched"


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """Run again and again; then as often with a watch on what is at work."""
    rows = Rows()
    for size in sizes:
        growing = prepare(bench, "nothing", size, "month", 0, "usage", "usage")
        # The first run after one with events may still have something to tidy up.
        growing.run(minutes=1)
        shares: list[dict[str, float]] = []
        for number in range(bench.rounds):
            cost = growing.run(minutes=1)
            row = rows.row(RUN, "", size)
            row.costs.append(cost)
            row.facts["stages"] = growing.line.stages()
            growing.now = growing.now.replace(second=number + 1)
            answer = bench.fresh("watched") / "seconds.json"
            watched = growing.line.call(
                str(answer), instant(growing.now), module="benchmarks.watched_run"
            )
            rows.row(SAMPLED, "", size).costs.append(watched)
            seconds = json.loads(answer.read_text(encoding="utf-8"))
            seconds["start and end of Python"] = watched.wall - sum(seconds.values())
            shares.append(seconds)
            bench.say(f"{size:,} events, round {number + 1} of {bench.rounds}: {cost.wall:.1f} s")
        middles = {
            kind: sorted(share.get(kind, 0.0) for share in shares)[len(shares) // 2]
            for kind in KINDS
        }
        rows.row(SAMPLED, "", size).facts["seconds"] = middles
        growing.line.delete()
    return rows


def tell(rows: Rows) -> list[str]:
    """The costs, and what was at work."""
    sizes = rows.sizes()
    found = [rows.find(SAMPLED, "", size).facts["seconds"] for size in sizes]
    body = [[kind, *(f"{seconds[kind]:.1f}" for seconds in found)] for kind in KINDS]
    header = ["wall s, goal: at most 15 together", *(f"{size:,} events" for size in sizes)]
    return [*cost_table(rows, "events in the log"), "", *table(header, body)]


QUESTION = Question("nothing", "Nothing new", measure, tell, quick=(1,), full=(1, 10))
