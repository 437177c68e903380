"""What deliveries look at themselves, so that troubles are told also when no run happens (S-76).

Tables beside a publication: runs that failed, rejected events, marts that nobody renewed, sources
that are behind, messages that were given up. The events in events/troubles.py read them.
"""

import os
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.errors import UsageError
from meterhouse.common.failures import FailedRun, with_noted
from meterhouse.common.killed import LIVE, RUN, killed
from meterhouse.common.settings import collectors
from meterhouse.delivery.rejected import rejected_batches
from meterhouse.delivery.states import MESSAGES, STATES
from meterhouse.server.reading.reader import Reader
from meterhouse.warehouse.standing import stands_since
from raw_events.collectors.overview import overview, seconds_behind
from raw_events.segments.names import SEALED, segments

# How far back failures and rejected events are looked for: the log has an entry a minute.
LOOKED_BACK = timedelta(days=3)
# Segments are landed once a minute; after this somebody should look why not.
NOT_LANDED = timedelta(hours=1)
STALE_HOURS, STALE = 26, "METERHOUSE_STALE_HOURS"

TABLES = {
    "failed_runs": "run_id VARCHAR, job VARCHAR, failed_at TIMESTAMPTZ, error VARCHAR",
    "rejected_batches": (
        "batch_id VARCHAR, source VARCHAR, received_at TIMESTAMPTZ, rejected BIGINT, "
        "accepted BIGINT, reasons JSON"
    ),
    "stale_marts": "stands_since TIMESTAMPTZ, noticed_at TIMESTAMPTZ, hours INTEGER",
    "sources_behind": (
        "source VARCHAR, noticed_at TIMESTAMPTZ, status VARCHAR, seconds_behind BIGINT, "
        "error VARCHAR"
    ),
}
_DEAD = f"""
    create or replace temp table dead_messages as
    select
        states.message_id, states.target, states.attempts, states.last.outcome as outcome,
        states.last.status as status, states.last.detail as detail, states.attempted_at,
        messages.message_type
    from ({STATES}) as states
    inner join ({MESSAGES}) as messages on states.message_id = messages.message_id
    inner join targets on states.target = targets.target and not targets.disabled
    where
        states.last.record = 'attempt' and states.last.outcome in ('dead', 'held')
        -- a mailbox that is full hears nothing of itself, for ever
        and messages.message_type <> 'message.dead'
"""


def view_troubles(reader: Reader, now: datetime, failed_runs: Iterable[FailedRun]) -> None:
    """Make them at the machine's time `now`; `deliveries` and `targets` are there already."""
    con, home = reader.con, reader.home
    rows: dict[str, Iterable[list[Any]]] = {
        "failed_runs": (
            [each.run_id, each.job, each.failed_at, each.error]
            for each in with_noted(home, [*failed_runs, *_killed(home)], now - LOOKED_BACK)
        ),
        "rejected_batches": rejected_batches(home, reader.at.as_of - LOOKED_BACK),
        "stale_marts": _stale(home, now),
        "sources_behind": _behind(home, now),
    }
    for name, columns in TABLES.items():
        _table(con, name, columns, rows[name])
    con.execute(_DEAD)


def stale_after() -> timedelta:
    """METERHOUSE_STALE_HOURS: without a run that came to its end for so long, somebody is told.

    A day and two hours, unless it is set: the first run of each day publishes. Raises UsageError.
    """
    value = os.environ.get(STALE) or str(STALE_HOURS)
    if not re.fullmatch("[1-9][0-9]{0,3}", value):
        raise UsageError(f"{STALE}={value} is no number of hours: write one from 1 to 9999.")
    return timedelta(hours=int(value))


def _stale(home: Path, now: datetime) -> list[list[Any]]:
    since, limit = stands_since(home), stale_after()
    if since is None or now - since <= limit:
        return []
    return [[since, now, int((now - since).total_seconds()) // 3600]]


def _killed(home: Path) -> list[FailedRun]:
    """Whoever was killed at work, and nobody has come since who noted it."""
    return [each for each in (killed(home, RUN), killed(home, LIVE)) if each]


def _behind(home: Path, now: datetime) -> list[list[Any]]:
    found: list[list[Any]] = [
        [
            each.name,
            now,
            each.status,
            seconds_behind(each.state, now),
            each.fault or each.state.last_error,
        ]
        for each in overview(home, collectors(), now)
        if each.status in ("stopped", "behind")
    ]
    waiting: dict[str, datetime] = {}
    for segment in segments(home, SEALED):
        # The oldest comes first.
        waiting.setdefault(segment.source, segment.at)
    return found + [
        [source, now, "not landed", int((now - since).total_seconds()), None]
        for source, since in sorted(waiting.items())
        if now - since > NOT_LANDED
    ]


def _table(
    con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Iterable[list[Any]]
) -> None:
    con.execute(f"create or replace temp table {name} ({columns})")
    values = list(rows)
    if values:
        marks = ", ".join("?" for _ in values[0])
        con.executemany(f"insert into {name} values ({marks})", values)
