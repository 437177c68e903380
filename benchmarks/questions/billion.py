"""A billion events a day: does one machine carry 42,000,000 an hour, hour after hour?"""

import shutil

from benchmarks.bench import Bench
from benchmarks.months import NOW, GrowingPipeline
from benchmarks.pipeline import Pipeline
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import table

CUSTOMERS = 10_000
A_DAY = 1_000_000_000
HOUR_SECONDS = 3600


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """`size` new events an hour, as Parquet; each round is the next hour of the same log.

    The files of an hour are made before it and dropped when it has landed.
    """
    rows = Rows()
    for size in sizes:
        book = bench.book("plain", CUSTOMERS, f"{NOW:%Y-%m-01}")
        pipeline = Pipeline(bench.fresh(f"homes/billion-{size}"), book)
        growing = GrowingPipeline(bench, pipeline, size, customers=CUSTOMERS)
        for number in range(bench.rounds):
            landing, rest = growing.land_hour(as_parquet=True), growing.run()
            shutil.rmtree(bench.scratch / "parquet")
            for step, cost in {"land": landing, "run": rest, "both": landing + rest}.items():
                rows.row("pipeline", step, size).costs.append(cost)
            log = sum(
                path.stat().st_size for path in (pipeline.home / "raw_events").rglob("*.parquet")
            )
            facts = rows.row("pipeline", "both", size).facts
            facts.setdefault("log_mb", []).append(round(log / 1e6))
            bench.say(
                f"{size:,} events an hour, hour {number + 1} of {bench.rounds}: "
                f"{landing.wall:.0f} s and {rest.wall:.0f} s, log {log / 1e9:.1f} GB"
            )
        pipeline.delete()
    return rows


def tell(rows: Rows) -> list[str]:
    """Each hour's cost, and the share of an hour that it takes."""
    lines: list[str] = []
    for size in rows.sizes():
        steps = {step: rows.row("pipeline", step, size) for step in ("land", "run", "both")}
        body = []
        for number, both in enumerate(steps["both"].costs):
            land, run = (steps[step].costs[number] for step in ("land", "run"))
            body.append(
                [
                    f"hour {number + 1}",
                    f"{land.wall:,.0f} · {land.cpu:,.0f}",
                    f"{run.wall:,.0f} · {run.cpu:,.0f}",
                    f"{both.peak_mb:,.0f}",
                    f"{steps['both'].facts['log_mb'][number]:,}",
                    f"{100 * both.wall / HOUR_SECONDS:.1f} %",
                ]
            )
        header = [f"{size:,} events an hour", "land: wall · CPU s", "run: wall · CPU s"]
        header += ["peak MB", "log MB", "of the hour"]
        last = steps["both"].costs[-1]
        carried = size * HOUR_SECONDS / last.wall * 24
        lines += [
            *table(header, body),
            "",
            f"At the pace of the last hour this machine carries {carried / A_DAY:,.1f} billion "
            "events a day, if it does nothing else.",
        ]
    return lines


QUESTION = Question(
    "billion",
    "A billion events a day, hour after hour",
    measure,
    tell,
    quick=(1,),
    full=(42,),
)
