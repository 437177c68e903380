"""Landing and runs with a growing log: `python -m benchmarks.growing_log` (about 15 minutes).

For each size: that many events of one month in NDJSON files are landed, a first run meters them,
then 100,000 new events of the same month land and the next run is timed, then a run with nothing
new. The first events are landed from Parquet too, in a data directory of their own. Every step is a
process of its own, through the `meterhouse` command; its CPU seconds stand beside its wall-clock
seconds, because machines are shared. Prints a table and the growth between the sizes.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

SIZES = (1_000_000, 10_000_000)
NEW_EVENTS = 100_000
FILE_EVENTS = 2_500_000
FIRST_RUN, NEXT_RUN, IDLE_RUN = (f"2026-01-30T{hour}:00:00Z" for hour in ("10", "11", "12"))

BOOK = {
    "customers": "customer_id,name\n" + "".join(f"c{i},C{i}\n" for i in range(500)),
    "pricing_units": "pricing_unit,name,decimals,kind\nUSD,Dollar,2,currency\n",
    "products": "product_id,name,type,pricing_group_keys\ncalls,API calls,usage,region\n",
    "product_metrics": "product_id,metric,version,starting_on\ncalls,api_calls,1,2025-01-01\n",
    "rate_cards": "rate_card_id,name,currency\ncard,Card,USD\n",
    "rates": "rate_id,rate_card_id,product_id,starting_on,rate_type,price\n"
    "r,card,calls,2025-01-01,flat,0.001\n",
    "contracts": "contract_id,customer_id,rate_card_id,starting_on,billing_frequency,"
    "billing_anchor\n"
    + "".join(f"c{i},c{i},card,2026-01-01,monthly,first_of_month\n" for i in range(500)),
}


@dataclass(frozen=True)
class Timing:
    """Wall-clock and CPU seconds of one command."""

    wall: float
    cpu: float


def events_sql(first: int, count: int, day_from: int, days: int) -> str:
    """`count` API calls from number `first` on, spread by hash over 500 customers and some days."""
    return f"""
        select
            'e' || n as transaction_id,
            'c' || (hash(n) % 500) as customer_id,
            'api_call' as event_type,
            strftime(timestamp '2026-01-{day_from:02d}' + to_microseconds(
                (hash(n, 1) % ({days}::ubigint * 86400000000))::bigint
            ), '%Y-%m-%dT%H:%M:%S.%fZ') as timestamp,
            {{'region': ['eu', 'us', 'ap'][(hash(n, 2) % 3 + 1)::integer],
              'user_id': 'u' || (hash(n, 3) % 50), 'status': 200}} as properties
        from range({first}, {first + count}) as numbers(n)
    """


def meterhouse(home: Path, seeds: Path, *arguments: str) -> Timing:
    """One command in a process of its own."""
    environment = {**os.environ, "METERHOUSE_HOME": str(home), "METERHOUSE_SEEDS": str(seeds)}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "dagster_pipeline.cli", *arguments]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timing(wall, cpu)


def measure(size: int, scratch: Path) -> dict[str, Timing]:
    """The timings of one size, by step."""
    folder = scratch / str(size)
    seeds, home = folder / "seeds", folder / "home"
    seeds.mkdir(parents=True)
    for name, text in BOOK.items():
        (seeds / f"{name}.csv").write_text(text, encoding="utf-8")
    files = []
    for first in range(0, size, FILE_EVENTS):
        path = folder / f"{first}.ndjson"
        count = min(FILE_EVENTS, size - first)
        duckdb.sql(f"copy ({events_sql(first, count, 1, 29)}) to '{path}' (format json)")
        files.append(str(path))
    new = folder / "new.ndjson"
    duckdb.sql(f"copy ({events_sql(size, NEW_EVENTS, 30, 1)}) to '{new}' (format json)")
    flat = f"select * exclude (properties), properties.* from ({events_sql(0, FILE_EVENTS, 1, 29)})"
    parquet = folder / "events.parquet"
    duckdb.sql(f"copy ({flat} limit {min(size, FILE_EVENTS)}) to '{parquet}' (format parquet)")
    return {
        "land NDJSON": meterhouse(home, seeds, "ingest", "--as-of", FIRST_RUN, *files),
        "land Parquet": meterhouse(
            folder / "parquet", seeds, "ingest", "--as-of", FIRST_RUN, str(parquet)
        ),
        "first run": meterhouse(home, seeds, "run", "--as-of", FIRST_RUN),
        "land 100,000 new": meterhouse(home, seeds, "ingest", "--as-of", NEXT_RUN, str(new)),
        "run after 100,000 new": meterhouse(home, seeds, "run", "--as-of", NEXT_RUN),
        "run with nothing new": meterhouse(home, seeds, "run", "--as-of", IDLE_RUN),
    }


def main() -> None:
    """Measure the sizes one after the other and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = parser.parse_args().sizes
    with tempfile.TemporaryDirectory(prefix="meterhouse-bench-") as scratch:
        found = {size: measure(size, Path(scratch)) for size in sizes}
    print("| step | " + " | ".join(f"{size:,} events: wall s, CPU s" for size in sizes) + " |")
    print("|---|" + "---|" * len(sizes))
    for step in found[sizes[0]]:
        cells = (f"{found[size][step].wall:.1f}, {found[size][step].cpu:.1f}" for size in sizes)
        print(f"| {step} | " + " | ".join(cells) + " |")
    first, last = found[sizes[0]], found[sizes[-1]]
    step = "run after 100,000 new"
    print(
        f"\n{step}, CPU: {last[step].cpu / first[step].cpu:.2f} ×"
        f" from {sizes[0]:,} to {sizes[-1]:,}"
    )
    for size in sizes:
        parquet_events = min(size, FILE_EVENTS)
        print(
            f"{size:,}: NDJSON {size / found[size]['land NDJSON'].wall:,.0f} events/s, "
            f"Parquet {parquet_events / found[size]['land Parquet'].wall:,.0f} events/s"
        )


if __name__ == "__main__":
    main()
