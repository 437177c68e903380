"""How wrong are forecasts? A data directory's events once more, day by day (S-85).

    python -m benchmarks.forecast_backtest HOME SEEDS OUT [--days 5,10,15,20,25] [--from 2026-01]

Every month of the events in HOME is played into the new data directory OUT: on each of these days,
and on the 2nd of the next month, the events up to that moment are landed, `meterhouse run` and
`meterhouse forecast` follow, all with `--as-of`. So no forecast can have seen what came later. What
came of them is `meterhouse forecast --backtest` with METERHOUSE_HOME=OUT, and the mart
`forecast_backtest`. Events are taken as if each had arrived in time; nothing is written to HOME.
"""

import argparse
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from raw_events.common.sql import literal

DAYS = "5,10,15,20,25"
# After a month's end its invoices become final; usage of the day before has arrived at six.
FINAL_DAY, HOUR = 2, 6
_LANDED = """
    copy (
        select transaction_id, customer_id, event_type,
            strftime(timestamp at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') as timestamp,
            properties::json as properties
        from source.events.landed_events
        where repeat_kind is null and timestamp >= $since and timestamp < $until
        order by timestamp, event_seq
    ) to '{path}' (format json)
"""


def main() -> int:
    """Exit status of the first command that failed, else 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    for name in ("home", "seeds", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--days", default=DAYS, help="days of each month (%(default)s)")
    parser.add_argument("--first", metavar="YYYY-MM", help="the first month (that of the events)")
    asked = parser.parse_args()
    if asked.out.exists():
        parser.error(f"{asked.out} is there already; name a new folder")
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach {literal(asked.home / 'warehouse.duckdb')} as source (read_only)")
        found = con.execute(
            "select min(timestamp), max(timestamp) from source.events.landed_events"
        ).fetchall()
        [(first, last)] = found
        if asked.first:
            first = datetime.strptime(asked.first, "%Y-%m").replace(tzinfo=UTC)
        since = datetime(1970, 1, 1, tzinfo=UTC)
        for moment in moments(first, last, [int(day) for day in asked.days.split(",")]):
            path = asked.out.parent / f"{asked.out.name}-{moment:%Y-%m-%d}.ndjson"
            con.execute(_LANDED.format(path=path), {"since": since, "until": moment})
            since = moment
            if status := step(asked.seeds, asked.out, path, moment):
                return status
            path.unlink()
    return meterhouse(asked.seeds, asked.out, "forecast", "--backtest")


def moments(first: datetime, last: datetime, days: list[int]) -> list[datetime]:
    """When to run: those days of every month, and the day on which the month before is final."""
    found, month = [], datetime(first.year, first.month, 1, HOUR, tzinfo=UTC)
    while month <= last:
        found += [month + timedelta(day - 1) for day in sorted({*days, FINAL_DAY})]
        month = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, HOUR, tzinfo=UTC)
    found.append(month + timedelta(FINAL_DAY - 1))
    return [moment for moment in found if moment < last + timedelta(FINAL_DAY + 1)]


def step(seeds: Path, out: Path, path: Path, moment: datetime) -> int:
    """Land, run, forecast, as of that moment; exit status."""
    at = ("--as-of", moment.isoformat())
    began = time.monotonic()
    status = meterhouse(seeds, out, "ingest", *at, str(path)) if path.stat().st_size else 0
    status = status or meterhouse(seeds, out, "run", *at) or meterhouse(seeds, out, "forecast")
    print(f"{moment:%Y-%m-%d}: {time.monotonic() - began:.0f} s", flush=True)
    return status


def meterhouse(seeds: Path, out: Path, *words: str) -> int:
    """One command; what it says only if it fails, or is the last."""
    done = subprocess.run(
        [sys.executable, "-m", "meterhouse.cli", *words],
        check=False,
        env={**os.environ, "METERHOUSE_HOME": str(out), "METERHOUSE_SEEDS": str(seeds)},
        capture_output=True,
        text=True,
    )
    if done.returncode or "--backtest" in words:
        print(done.stdout, done.stderr, file=sys.stderr if done.returncode else sys.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
