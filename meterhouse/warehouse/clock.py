"""The clock rules (S-4), all of them: for which moment a command may work.

Time does not go back; it does not run ahead of the machine's clock unless the caller insists; and a
data directory whose clock is replayed is not thrown into the present by a forgotten `--as-of`.
Nowhere else is the machine's clock asked.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from meterhouse.common.instants import instant_text
from meterhouse.common.mart_files import mart_sql
from meterhouse.ledger.sql import one_value
from meterhouse.ledger.store import Ledger
from meterhouse.warehouse.database import table_exists
from meterhouse.warehouse.errors import ClockError
from raw_events.common.errors import LogDamaged
from raw_events.common.files import replaced_file
from raw_events.log.event_log import EventLog

AHEAD = timedelta(hours=1)
# Behind more than any slow run of a live directory, less than makes a month final by accident.
REPLAYED = timedelta(days=7)
LAST_RUN = "last_run.json"


@dataclass(frozen=True, order=True)
class Recorded:
    """A moment that was worked for, and the machine's clock when that was recorded."""

    as_of: datetime
    recorded_at: datetime


def machine_clock() -> datetime:
    """Now, in UTC: what `--as-of` is when it is left out."""
    return datetime.now(UTC)


def choose_as_of(
    home: Path,
    given: datetime | None,
    does: str | Callable[[Path, datetime], str] | None,
    *,
    now: bool = False,
    ahead: bool = False,
    con: duckdb.DuckDBPyConnection | None = None,
    has_as_of: bool = True,
) -> datetime:
    """The moment to work for: `given`, or the machine's clock.

    `does` says what the command would do then ("it would …"), for a person who is asked; None where
    nothing follows from the moment, so that nobody need be. `now` insists on the machine's clock
    where the directory's is replayed, `ahead` on a moment that it has not reached; `con` is the
    warehouse, if it may be asked; `has_as_of` whether the command takes --as-of. Raises ClockError.
    """
    if given is not None and now:
        raise ClockError("Give --as-of or --now, not both.")
    # Before the clock is asked: what another process lands meanwhile is later than this moment.
    recorded = _recorded(Path(home), con)
    as_of = given or machine_clock()
    if given is None and does is not None and not now:
        _refuse_a_jump(Path(home), as_of, does, has_as_of)
    _check(as_of, recorded, ahead, has_as_of)
    return as_of


def check_clock(
    home: Path,
    as_of: datetime,
    con: duckdb.DuckDBPyConnection | None = None,
    ahead: bool = False,
    has_as_of: bool = True,
) -> None:
    """Raise ClockError if `as_of` lies before what the log, the ledger or a run has recorded.

    Or, unless `ahead`, more than an hour after the machine's clock. `con` is the warehouse; without
    it the previous run is not asked. `as_of` must have a zone.
    """
    _check(as_of, _recorded(Path(home), con), ahead, has_as_of)


def not_before_landing(
    home: Path, as_of: datetime, moment: Callable[[], datetime] | None
) -> datetime:
    """`as_of`; where another process has landed a batch since that was asked for, `moment()`.

    `moment` gives the same again where a person gave it, and is None where none can be asked.
    """
    latest = _latest_landing(Path(home), None)
    return as_of if moment is None or latest is None or latest <= as_of else max(as_of, moment())


def _recorded(home: Path, con: duckdb.DuckDBPyConnection | None) -> dict[str, datetime | None]:
    return {
        "the event log landed its latest batch": _latest_landing(home, con),
        "the latest invoices were finalized": Ledger(home).head().as_of,
        "the previous run computed the drafts": _previous_run(con),
    }


def _check(
    as_of: datetime, recorded: Mapping[str, datetime | None], ahead: bool, has_as_of: bool
) -> None:
    if as_of.tzinfo is None:
        raise ClockError(f"as_of {as_of.isoformat()} has no zone; write 2025-01-31T00:00:00Z")
    latest_allowed = machine_clock() + AHEAD
    if as_of > latest_allowed and not ahead:
        raise ClockError(
            f"--as-of {instant_text(as_of)} is more than an hour ahead of this machine's clock "
            f"({_to_the_second(machine_clock())}). What becomes final by a wrong clock cannot be "
            "taken back (S-4). Correct the moment or the clock; if you mean it: --ahead"
        )
    latest = max(filter(None, recorded.values()), default=as_of)
    for what, instant in recorded.items():
        if instant is not None and as_of < instant:
            named = "--as-of" if has_as_of else "This machine's clock,"
            message = (
                f"{named} {instant_text(as_of)}{'' if has_as_of else ','} is too early: {what} as "
                f"of {instant_text(instant)}, and time does not go back (S-4). "
            )
            if not has_as_of:
                raise ClockError(f"{message}If the clock is wrong, set it right; else wait.")
            message += f"Use --as-of {instant_text(latest)} or later"
            message += ", with --ahead." if latest > latest_allowed else "."
            if what == "the previous run computed the drafts":
                message += " If that run was a mistake: docs/operators.md, Accidents."
            raise ClockError(message)


def run_instant(con: duckdb.DuckDBPyConnection) -> datetime:
    """The `as_of` of the run whose inputs the warehouse of `con` holds.

    It is fixed with the inputs, once; every step after them asks here, not the clock.
    """
    as_of: datetime = one_value(con, "select as_of from inputs.run")
    return as_of


def note_run(home: Path, as_of: datetime) -> None:
    """Keep for which moment a run computes, and when: it may leave nothing in log and ledger."""
    moments = {"as_of": as_of.isoformat(), "recorded_at": machine_clock().isoformat()}
    with replaced_file(Path(home) / LAST_RUN) as new:
        new.write_text(json.dumps(moments) + "\n", "utf-8")


def replayed_clock(home: Path) -> Recorded | None:
    """The latest moment of the data directory if its clock is replayed, else None.

    It is if that moment, which only `--as-of` can have given, lay more than a week behind the
    machine's clock when it was recorded. A directory that was off for months is not.
    """
    home = Path(home)
    latest = max(filter(None, (_landed(home), _finalized(home), _ran(home))), default=None)
    return latest if latest and latest.recorded_at - latest.as_of > REPLAYED else None


def due_by(home: Path, moment: datetime) -> str:
    """What a run as of `moment` would do, by the drafts that are published."""
    drafts, marts = 0, mart_sql((Path(home) / "marts").resolve(), "invoices")
    if marts:
        with duckdb.connect() as con:
            query = f"select count(*) from {marts} where status = 'draft' and finalizes_at <= ?"
            drafts = one_value(con, query, [moment])
    return (
        "make final every invoice that is due by then, "
        f"{drafts:,} of the drafts that are published and those of all periods after them"
    )


def _refuse_a_jump(
    home: Path, now: datetime, does: str | Callable[[Path, datetime], str], has_as_of: bool
) -> None:
    latest = replayed_clock(home)
    if latest is None or latest.as_of >= now:
        return
    if isinstance(does, str):
        # One landing is enough: nothing asks again before a run.
        what = does
        after = (
            "after it this directory counts as live, so the next run without --as-of, a "
            f"scheduled one too, works for its own now and would {due_by(home, now)}."
        )
    else:
        what, after = does(home, now), "after it commands without either go on."
    moment, behind = instant_text(latest.as_of), (latest.recorded_at - latest.as_of).days
    without = "Without --as-of this command would work" if has_as_of else "This command works"
    which = f"Say which you mean: --as-of {moment} or later; or" if has_as_of else "If you mean it:"
    raise ClockError(
        f"The clock of this data directory is replayed: its latest moment, {moment}, lay "
        f"{behind:,} days behind the machine's clock when it was recorded. {without} for now, "
        f"{_to_the_second(now)}: it would {what}. Time does not go back after that (S-4). Nothing "
        f"was done. {which} --now: {after}"
    )


def _landed(home: Path) -> Recorded | None:
    log = EventLog(home)
    version = log.version()
    try:
        entries = log.entries(version - 1, version)
    except LogDamaged:
        # check_clock and the run say which file it is.
        return None
    if not entries or entries[-1].latest_as_of is None or entries[-1].recorded_at is None:
        return None
    return Recorded(entries[-1].latest_as_of, entries[-1].recorded_at)


def _finalized(home: Path) -> Recorded | None:
    head = Ledger(home).head()
    if head.as_of is None or head.recorded_at is None:
        return None
    return Recorded(head.as_of, head.recorded_at)


def _ran(home: Path) -> Recorded | None:
    try:
        moments = json.loads((home / LAST_RUN).read_text("utf-8"))
        return Recorded(*map(datetime.fromisoformat, (moments["as_of"], moments["recorded_at"])))
    except (OSError, ValueError, KeyError, TypeError):
        # Log and ledger say what they know; the next run writes it again.
        return None


def _to_the_second(moment: datetime) -> str:
    return instant_text(moment.replace(microsecond=0))


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
    if con is not None and table_exists(con, "inputs", "run"):
        as_of: datetime | None = one_value(con, "select max(as_of) from inputs.run")
        return as_of
    return None
