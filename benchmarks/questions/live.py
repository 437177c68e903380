"""How long until an acknowledged event is in its draft, with `meterhouse live` beside the door?"""

import os
import subprocess
import sys
from datetime import UTC, datetime

from benchmarks.bench import Bench
from benchmarks.cost import Cost
from benchmarks.door.served import DOOR, cpu_seconds, peak_mb, served
from benchmarks.generate.events import Stream
from benchmarks.live.steady import EVENTS_A_SECOND, steady_load
from benchmarks.pipeline import Pipeline
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import table
from meterhouse.server.tokens import new_token

ROUND_SECONDS = 200.0
EVENTS_IN_THE_LOG = 1_000_000
STEP = "acknowledged to published"
GOALS = "1,000 contracts: p50 3 s, p95 5 s; 100,000 contracts: p95 15 s"
# The first run of the process, which imports and parses, is not what is asked.
_WARM_SECONDS = 10.0


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """The door and `live` on one data directory under a steady load; a round is 200 seconds.

    The clock is the machine's, so the log is one of this month.
    """
    rows = Rows()
    for size in sizes:
        now = datetime.now(UTC)
        first = str(now.date().replace(day=1))
        pipeline = Pipeline(bench.fresh(f"homes/live-{size}"), bench.book("usage", size, first))
        stream = Stream(0, EVENTS_IN_THE_LOG, first, f"{now:%Y-%m-%d %H:%M}", "usage", size)
        bench.say(f"{size:,} contracts: a log of {EVENTS_IN_THE_LOG:,} events of this month")
        moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        pipeline.ingest(bench.ndjson(stream), moment)
        pipeline.call("run", "--now")
        text, _ = new_token(pipeline.home, "load", datetime.now(UTC), rate=1_000_000)
        with (
            served(pipeline.home, DOOR, pipeline.environment) as server,
            _live(pipeline) as live,
        ):
            steady_load(pipeline.home, server.port, text, "load", size, _WARM_SECONDS)
            for number in range(bench.rounds):
                before = cpu_seconds(live.pid)
                found = steady_load(pipeline.home, server.port, text, "load", size, ROUND_SECONDS)
                row = rows.row("live", STEP, size)
                cpu = cpu_seconds(live.pid) - before
                row.costs.append(Cost(found.share(50), cpu, peak_mb(live.pid)))
                facts = {"p50": found.share(50), "p95": found.share(95), "worst": found.share(100)}
                facts |= {"publications": found.publications, "missing": found.missing}
                row.facts.setdefault("rounds", []).append(facts)
                bench.say(
                    f"{size:,} contracts, round {number + 1} of {bench.rounds}: p50 "
                    f"{facts['p50']:.1f} s, p95 {facts['p95']:.1f} s, {found.publications} runs"
                )
        pipeline.delete()
    return rows


def _live(pipeline: Pipeline) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "meterhouse.cli", "live", "--now"]
    environment = {**os.environ, **pipeline.environment}
    return _Stopped(command, env=environment, stdout=pipeline.output.open("wb"))


class _Stopped(subprocess.Popen[bytes]):
    """Ends the process in order at the end of a `with`."""

    def __exit__(self, *error: object) -> None:
        self.terminate()
        self.wait()


def tell(rows: Rows) -> list[str]:
    """Delays by number of contracts: the median of the rounds."""
    header = ["", "p50 s", "p95 s", "longest s", "publications", "CPU s of live", "peak MB"]
    body = []
    for row in rows:
        each = row.facts["rounds"]
        median = {
            name: sorted(one[name] for one in each)[len(each) // 2]
            for name in ("p50", "p95", "worst", "publications")
        }
        assert row.cost is not None
        body.append(
            [
                f"{row.size:,} contracts",
                *(f"{median[name]:.1f}" for name in ("p50", "p95", "worst")),
                f"{median['publications']:,}",
                f"{row.cost.cpu:.0f}",
                f"{row.cost.peak_mb:,.0f}",
            ]
        )
    return [
        *table(header, body),
        "",
        f"{EVENTS_A_SECOND} events a second for {ROUND_SECONDS:.0f} s a round, "
        f"{EVENTS_IN_THE_LOG:,} events in the log before; door, load and pipeline on the same "
        "cores.",
        f"Goals: {GOALS}.",
    ]


QUESTION = Question(
    "live",
    "From an acknowledged event to its draft",
    measure,
    tell,
    quick=(1,),
    full=(1, 100),
    unit=1000,
)
