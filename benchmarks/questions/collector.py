"""How fast do rows of a PostgreSQL become committed events? (S-63)"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.contestants.postgres_server import USER, create_cluster, programs, running
from benchmarks.generate.events import CUSTOMERS
from benchmarks.months import MONTH, NOW, instant
from benchmarks.pipeline import Pipeline
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import cost_table, table

GOAL = 200_000
COLLECTOR = """/*---
connection: BENCHMARK_DB
key: job_id
start: {first}
lag: 1s
max_window: 40d
event_type: job_run
---*/
select job_id, customer_id, finished_at as timestamp, gpu_seconds, model
from jobs where finished_at >= $1 and finished_at < $2
"""
MAKE = """
drop table if exists jobs;
create table jobs as
select i as job_id, 'customer-' || i % {customers} as customer_id,
    timestamptz '{first}T00:00:00Z' + i * interval '29 days' / {size} as finished_at,
    (i % 100000 / 8.0)::numeric(12, 3) as gpu_seconds, 'model-' || i % 5 as model
from generate_series(1, {size}) as i;
create index on jobs (finished_at);
analyze jobs;
"""


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """`meterhouse collect` of one window into an empty log; the server's own cost is not in it."""
    rows = Rows()
    if programs() is None:
        bench.say("PostgreSQL is not installed: nothing to collect from.")
        return rows
    book = bench.book("usage", CUSTOMERS, str(MONTH[0]))
    # A socket's path is short, and its folder the server's user may enter.
    place = Path(tempfile.mkdtemp(prefix="mh-bench-"))
    place.chmod(0o755)
    try:
        cluster = place / "d"
        create_cluster(cluster)
        with running(cluster) as psql:
            address = f"postgresql://{USER}@/postgres?host={cluster}"
            for size in sizes:
                values = {"customers": CUSTOMERS, "first": MONTH[0], "size": size}
                subprocess.run([*psql, "-c", MAKE.format(**values)], check=True)
                folder = bench.fresh("collectors")
                (folder / "jobs.sql").write_text(COLLECTOR.format(first=MONTH[0]), "utf-8")
                found = {"METERHOUSE_COLLECTORS": str(folder), "BENCHMARK_DB": address}
                for number in range(bench.rounds):
                    pipeline = Pipeline(bench.fresh("homes/collector"), book, found)
                    cost = pipeline.call("collect", "jobs", "--as-of", instant(NOW))
                    rows.row("collector", "", size).costs.append(cost)
                    pipeline.delete()
                    bench.say(
                        f"{size:,} rows, round {number + 1} of {bench.rounds}:"
                        f" {size / cost.cpu:,.0f} a CPU-second"
                    )
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return rows


def tell(rows: Rows) -> list[str]:
    """Rows a CPU-second, the start of the process included, and the costs."""
    body = [
        [
            f"PostgreSQL (goal {GOAL:,})",
            *(f"{row.size / row.cost.cpu:,.0f}" for row in rows if row.cost),
        ]
    ]
    header = ["rows a CPU-second, start of the process included", *map("{:,}".format, rows.sizes())]
    return [*table(header, body), "", *cost_table(rows, "rows")]


QUESTION = Question("collector", "Collecting from a database", measure, tell, quick=(1,), full=(1,))
