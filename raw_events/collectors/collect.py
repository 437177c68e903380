"""Ask a source for what is new, batch by batch, and land it."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from raw_events.collectors.errors import (
    BatchRefused,
    CollectorFault,
    NothingToSkip,
    ReadAgain,
    TriedTooOften,
    Unreachable,
)
from raw_events.collectors.land import land_records, record_move, source_faults
from raw_events.collectors.retries import retried
from raw_events.collectors.source import Skip, Source, prepared
from raw_events.collectors.state import StateFile
from raw_events.common.errors import CannotWrite, ClockWentBack, LandingError, PositionMoved
from raw_events.common.source_names import sources_of_tokens
from raw_events.common.text import counted, shown
from raw_events.log.entry import LogEntry
from raw_events.log.event_log import EventLog
from raw_events.log.positions import Position


@dataclass
class Collected:
    """What one look at a source landed. `error` says why it stopped, None if it did not.

    `aside`: what could not be read, or not as a whole, and was set aside with a report (S-67).
    `note`: why it was read no further.
    """

    name: str
    batches: int = 0
    accepted: int = 0
    rejected: int = 0
    rejected_by_reason: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    aside: list[str] = field(default_factory=list)
    note: str | None = None

    def line(self) -> str:
        """In a sentence, for people."""
        if self.error and not self.batches:
            return f"source {shown(self.name)} is stopped: {said(self.name, self.error)}"
        aside = f"; set aside: {len(self.aside):,} (meterhouse source list)" if self.aside else ""
        end = f"; then stopped: {said(self.name, self.error)}" if self.error else ""
        return f"source {shown(self.name)}: {self.counts()}{aside}{end}"

    def counts(self) -> str:
        """`accepted 732, rejected 0 in 2 batches`: what landed in this look."""
        counts = f"accepted {self.accepted:,}, rejected {self.rejected:,}"
        return f"{counts} in {counted(self.batches, 'batch')}"

    def add(self, entry: LogEntry) -> None:
        """A batch was landed."""
        self.batches += 1
        self.accepted += entry.accepted
        self.rejected += entry.rejected
        for reason, count in entry.rejected_by_reason.items():
            self.rejected_by_reason[reason] = self.rejected_by_reason.get(reason, 0) + count


def said(name: str, error: object) -> str:
    """An error of a source where its name stands before it already."""
    return str(error).removeprefix(f"{name}: ")


def collect(
    home: Path,
    source: Source,
    as_of: Callable[[], datetime],
    by_hand: bool = False,
    done: Collected | None = None,
) -> Collected:
    """Land everything that is new in a source; `as_of()` is asked for each batch (S-4).

    Raises SourceError and LandingError for what stopped it, after noting it; batches that were
    landed before stay, and `done`, if it is given, has them then too. `by_hand`: a person asks,
    also where processes died of the next batch.
    """
    home, state = Path(home), StateFile(home, source.name)
    prepared(source, home)
    done = done or Collected(source.name)
    with state.alone(), closing(source):
        stopped = _looked(home, source, as_of, by_hand, done)
        # Not while the error is handled: a library that fails then (confluent-kafka) keeps it, and
        # all that it refers to, for ever.
        if stopped is not None:
            lag = _lag_or_none(home, source, as_of(), stopped)
            state.failed(as_of(), str(stopped), lag, _stuck(home, source, stopped))
            raise stopped
    return done


def skip(
    home: Path, source: Source, reason: str, skipped_by: str, as_of: datetime
) -> tuple[Skip, LogEntry]:
    """Let a source go on behind what is lost, with the reason in the log (S-66).

    Raises NothingToSkip if nothing is in its way, SourceError.
    """
    if not reason.strip():
        raise NothingToSkip("A reason is needed (--reason TEXT): it stays in the log.")
    prepared(source, Path(home))
    with StateFile(home, source.name).alone():
        try:
            before = EventLog(home).position(source.name)
            with source_faults(source.name, network=True):
                found = retried(lambda: source.skip(before.value if before else None, as_of))
            said = {"reason": reason.strip(), "skipped_by": skipped_by, "what": found.what}
            entry = record_move(home, source.name, before, found.to, as_of, said)
        finally:
            source.close()
    return found, entry


def _looked(
    home: Path, source: Source, as_of: Callable[[], datetime], by_hand: bool, done: Collected
) -> LandingError | None:
    """Read up to the end and note it: what stopped the source. Raises what is not its fault."""
    state = StateFile(home, source.name)
    try:
        try:
            end = _read_all(home, source, as_of, by_hand, done)
        except TriedTooOften:
            raise
        except Exception:
            state.lived()
            raise
        with source_faults(source.name, network=True):
            state.succeeded(as_of(), source.lag(end, as_of()), source.note)
            done.note = source.note
    except (ClockWentBack, CannotWrite):
        raise
    except LandingError as error:
        return error
    return None


def _read_all(
    home: Path, source: Source, as_of: Callable[[], datetime], by_hand: bool, done: Collected
) -> Any:
    """Read up to the end; gives the position there, of which an empty stretch may be unrecorded."""
    if source.name in sources_of_tokens(home):
        raise CollectorFault(
            f"A token sends events as source {source.name} too, so nobody could tell them from "
            "this collector's. Revoke it (meterhouse token list) and make one of another name."
        )
    log = EventLog(home)
    before = log.position(source.name)
    at = before.value if before else None
    state = StateFile(home, source.name)
    while True:
        state.begin(source, as_of(), at, by_hand)
        by_hand = False
        try:
            one = partial(_one, home, source, before, at, as_of(), done)
            entry, to, is_last = retried(one)
        except ReadAgain:
            by_hand = True
            continue
        except PositionMoved:
            # Somebody landed it meanwhile: on from there.
            before = log.position(source.name)
            at = before.value if before else None
            continue
        if entry is not None:
            done.add(entry)
            state.landed(as_of())
            before = Position(to, entry.version)
        at = to
        if is_last:
            return at


def _one(
    home: Path,
    source: Source,
    before: Position | None,
    at: Any,
    as_of: datetime,
    done: Collected,
) -> tuple[LogEntry | None, Any, bool]:
    """Read and land one batch: its entry, the position after it, whether it was the last."""
    with source_faults(source.name, network=True):
        batch = source.read(at, as_of)
    if batch is None:
        return None, at, True
    entry = land_records(home, source.name, batch, before, as_of)
    if why := batch.refused or " ".join(batch.reader.notes):
        done.aside.append(f"{batch.label}: {why}")
    return entry, batch.to, batch.is_last


def _stuck(home: Path, source: Source, error: LandingError) -> dict[str, Any] | None:
    if not isinstance(error, BatchRefused):
        return None
    before = EventLog(home).position(source.name)
    return {"position": before.value if before else None, **error.stuck}


def _lag_or_none(
    home: Path, source: Source, as_of: datetime, stopped: LandingError
) -> Mapping[str, int] | None:
    if isinstance(stopped, Unreachable) and source.asks_for_lag:
        # It was tried for a minute: another half a minute would tell no more.
        return None
    try:
        position = EventLog(home).position(source.name)
        with source_faults(source.name, network=True):
            return source.lag(position.value if position else None, as_of)
    except LandingError:
        return None


def overdue(state_seconds: int | None, source: Source) -> bool:
    """Whether a source is further behind than `alert_after`."""
    return state_seconds is not None and state_seconds > source.alert_after.total_seconds()
