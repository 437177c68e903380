"""The clock is an input and never goes back (S-4)."""

from datetime import datetime
from pathlib import Path

import duckdb

from meterhouse.common.instants import instant_text
from meterhouse.ledger.sql import one_value
from meterhouse.ledger.store import Ledger
from meterhouse.warehouse.database import table_exists
from meterhouse.warehouse.errors import ClockError
from raw_events.common.errors import LogDamaged
from raw_events.log.event_log import EventLog


def check_clock(home: Path, as_of: datetime, con: duckdb.DuckDBPyConnection | None = None) -> None:
    """Raise ClockError if `as_of` lies before what the log, the ledger or a run has recorded.

    `con` is the warehouse; without it the previous run is not asked. `as_of` must have a zone.
    """
    if as_of.tzinfo is None:
        raise ClockError(f"as_of {as_of.isoformat()} has no zone; write 2025-01-31T00:00:00Z")
    recorded = {
        "the event log landed its latest batch": _latest_landing(Path(home), con),
        "the latest invoices were finalized": Ledger(Path(home)).head().as_of,
        "the previous run computed the drafts": _previous_run(con),
    }
    for what, instant in recorded.items():
        if instant is not None and as_of < instant:
            message = (
                f"--as-of {instant_text(as_of)} is too early: {what} as of "
                f"{instant_text(instant)}, and time does not go back (S-4). "
                f"Use --as-of {instant_text(max(filter(None, recorded.values())))} or later."
            )
            if what == "the previous run computed the drafts":
                message += " (If that run was a mistake: delete warehouse.duckdb; nothing is lost.)"
            raise ClockError(message)


def run_instant(con: duckdb.DuckDBPyConnection) -> datetime:
    """The `as_of` of the run whose inputs the warehouse of `con` holds.

    It is fixed with the inputs, once; every step after them asks here, not the clock.
    """
    as_of: datetime = one_value(con, "select as_of from inputs.run")
    return as_of


def _latest_landing(home: Path, con: duckdb.DuckDBPyConnection | None) -> datetime | None:
    try:
        return EventLog(home).latest_as_of()
    except LogDamaged:
        # The run goes on to say which file it is and to serve drafts of what it has read before.
        if con is None or not table_exists(con, "inputs", "log_files"):
            return None
        landed: datetime | None = one_value(con, "select max(received_at) from inputs.log_files")
        return landed


def _previous_run(con: duckdb.DuckDBPyConnection | None) -> datetime | None:
    if con is None or not table_exists(con, "inputs", "run"):
        return None
    as_of: datetime | None = one_value(con, "select max(as_of) from inputs.run")
    return as_of
