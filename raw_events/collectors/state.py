"""What became of a source when it was asked last: `sources/<name>.json`, for people and cadence.

Nothing depends on it but when a source is due: its position stands in the log alone (S-61).
"""

import errno
import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from raw_events.collectors.errors import BeingCollected, SourceError, TriedTooOften
from raw_events.collectors.source import Source
from raw_events.common.errors import CannotWrite
from raw_events.common.files import replaced_file
from raw_events.common.hidden import without_secrets

FOLDER = "sources"
# A batch that ends the process that reads it is tried so often, then a person is asked (S-67).
TRIES = 3
# The disk is full or broken: whatever else is in the way, is in the way of one source.
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)


@dataclass(frozen=True)
class SourceState:
    """Instants are `as_of` in ISO 8601; `lag` has `seconds` or `records`.

    `last_error` is null once the source was read without one. `begun` counts processes that ended
    while they read what comes after the position `begun_at` (JSON text). `note`: why it was read no
    further. `stuck`: the batch that was refused (errors.BatchRefused), with the `position` before.
    `start`: where the collector's file said at the first look that reading begins. `last_landed`:
    of the last batch, also where the look that read it was stopped later.
    """

    kind: str = ""
    last_attempt: str | None = None
    last_success: str | None = None
    last_error: str | None = None
    last_error_at: str | None = None
    lag: Mapping[str, int] | None = None
    note: str | None = None
    begun: int = 0
    begun_at: str | None = None
    stuck: Mapping[str, Any] | None = None
    start: str | None = None
    last_landed: str | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether the last attempt ended with an error."""
        return self.last_error is not None


def begins_at(source: Source) -> str | None:
    """What a source's file says of where its first look begins; None if it says nothing."""
    start: datetime | None = getattr(source, "start", None)
    return None if start is None else start.isoformat()


def changed_start(source: Source, state: SourceState, position: Any) -> str | None:
    """Says that a `start` that was changed after the first look has no effect; None if not so."""
    start = begins_at(source)
    if position is None or state.start is None or start in (None, state.start):
        return None
    return (
        f"`start` is {start} now and was {state.start} when it was read first: that has no effect, "
        "for it is read on from its position. What begins elsewhere is another collector, under "
        "another name (its events get other ids)."
    )


class StateFile:
    """The state of one source in a data directory."""

    def __init__(self, home: Path, name: str):
        self._name, self.path = name, Path(home) / FOLDER / f"{name}.json"

    def read(self) -> SourceState:
        """As it was written; that of a source never asked if there is none, or a damaged file."""
        try:
            found: Any = json.loads(self.path.read_text("utf-8"))
            known = {field.name for field in fields(SourceState)}
            return _sound(SourceState(**{key: found[key] for key in found if key in known}))
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return SourceState()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One process at a time reads a source; BeingCollected for the others. The log would
        refuse the second batch anyway: this spares its work."""
        path = self.path.with_suffix(".lock")
        with self._explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            opened = path.open("w")
        with opened as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BeingCollected(
                    f"{self._name}: another process reads this source just now."
                ) from error
            yield

    def begin(self, source: Source, as_of: datetime, position: Any, by_hand: bool) -> None:
        """What comes after `position` is about to be read of a source.

        Raises TriedTooOften if processes ended within it too often, unless a person asks `by_hand`.
        """
        state, at = self.read(), json.dumps(position, sort_keys=True)
        begun = state.begun if state.begun_at == at and not by_hand else 0
        if begun >= TRIES:
            raise TriedTooOften(
                f"{self._name}: {begun} times the process ended while it read this batch, so it is "
                f"not read again by itself. Nothing of it was landed. meterhouse collect "
                f"{self._name} tries it once more."
            )
        now, start = as_of.isoformat(), begins_at(source)
        state = replace(state, start=start if position is None else state.start or start)
        self._write(
            replace(state, kind=source.kind, last_attempt=now, begun=begun + 1, begun_at=at)
        )

    def succeeded(self, as_of: datetime, lag: Mapping[str, int], note: str | None) -> None:
        """The source was read as far as it may be."""
        done = replace(self.read(), begun=0, begun_at=None, last_error=None, last_error_at=None)
        done = replace(done, stuck=None)
        self._write(replace(done, last_success=as_of.isoformat(), lag=dict(lag), note=note))

    def landed(self, as_of: datetime) -> None:
        """A batch is in the log."""
        self._write(replace(self.read(), last_landed=as_of.isoformat()))

    def lived(self) -> None:
        """Whatever happened, the process is alive: its reading counts for no death."""
        self._write(replace(self.read(), begun=0, begun_at=None))

    def failed(
        self,
        as_of: datetime,
        error: str,
        lag: Mapping[str, int] | None,
        stuck: Mapping[str, Any] | None = None,
    ) -> None:
        """The source stopped; its error is kept without secrets, and the batch that was refused."""
        state = self.read()
        self._write(
            replace(
                state,
                last_error=without_secrets(error),
                last_error_at=as_of.isoformat(),
                lag=None if lag is None else dict(lag),
                stuck=stuck,
            )
        )

    @contextmanager
    def _explained(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in _OF_THE_DISK:
                raise CannotWrite(f"{self._name}: {path} cannot be written: {error}.") from error
            raise SourceError(
                f"{self._name}: {path} cannot be written ({error.strerror}). Move away what is in "
                "its place; when the source is due next it is made anew."
            ) from error

    def _write(self, state: SourceState) -> None:
        with self._explained(self.path), replaced_file(self.path) as new:
            new.write_text(json.dumps(asdict(state), indent=1, sort_keys=True) + "\n", "utf-8")


def _sound(state: SourceState) -> SourceState:
    """The state, if it is one that this module writes. ValueError, TypeError or AttributeError."""
    instants = (state.last_attempt, state.last_success, state.last_error_at, state.last_landed)
    for instant in instants:
        if instant is not None and datetime.fromisoformat(instant).tzinfo is None:
            raise ValueError(f"{instant} has no zone")
    for text in (state.kind, state.last_error, state.note, state.begun_at, state.start):
        if text is not None and not isinstance(text, str):
            raise TypeError(f"{text!r} is no text")
    if not isinstance(state.begun, int):
        raise TypeError(f"{state.begun!r} is no number")
    if state.stuck is not None and not isinstance(state.stuck, dict):
        raise TypeError(f"{state.stuck!r} is no batch")
    for unit, count in (state.lag or {}).items():
        if not isinstance(unit, str) or not isinstance(count, int):
            raise TypeError(f"{state.lag!r} is no lag")
    return state
