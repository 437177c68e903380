"""All sources of a data directory as they stand: the one place to look (S-65)."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from raw_events.collectors.buckets.objects import file_of
from raw_events.collectors.collect import overdue, said
from raw_events.collectors.errors import CollectorFault
from raw_events.collectors.folder import collector_files, is_name, open_source
from raw_events.collectors.state import FOLDER, SourceState, StateFile, changed_start
from raw_events.common.errors import LandingError
from raw_events.common.text import shown
from raw_events.log.event_log import EventLog


@dataclass(frozen=True)
class SourceOverview:
    """One source. `position` is JSON text, null if nothing of it has landed; `fault` says what is
    wrong with its file; `is_overdue`: further behind than it asks to be warned of; `hint`: what in
    its file has no effect."""

    name: str
    state: SourceState
    position: str | None
    fault: str | None = None
    is_overdue: bool = False
    hint: str | None = None

    @property
    def status(self) -> str:
        """`ok`, `stopped`, `behind` or `never read`."""
        if self.fault or self.state.is_stopped:
            return "stopped"
        if self.state.last_success is None:
            return "never read"
        return "behind" if self.is_overdue else "ok"


def overview(home: Path, folder: Path | None, as_of: datetime) -> list[SourceOverview]:
    """Every collector of the folder, and every source that was read once and has none any more."""
    log = EventLog(home)
    states = {path.stem for path in (Path(home) / FOLDER).glob("*.json")}
    found = []
    for name in sorted({*collector_files(folder), *states}):
        state, fault, late, hint = StateFile(home, name).read(), None, False, None
        position = log.position(name)
        if name not in collector_files(folder):
            fault = (
                "it has no collector any more; what it read stays in the log. Put its file back; "
                f"or, if it is not to be read again: meterhouse source forget {name}"
            )
        else:
            try:
                source = open_source(folder, name)
                late = overdue(seconds_behind(state, as_of), source)
                hint = changed_start(source, state, position and position.value)
            except LandingError as error:
                fault = said(name, error)
        text = None if position is None else json.dumps(position.value, sort_keys=True)
        found.append(SourceOverview(name, state, text, fault, late, hint))
    return found


def forget(home: Path, folder: Path | None, name: str) -> list[Path]:
    """Remove what is kept beside the log of a source without a collector: the files' paths.

    The log keeps its events and its position: with its file back it goes on from there. Raises
    CollectorFault if it has a collector, or was never read.
    """
    if name in collector_files(folder):
        raise CollectorFault(
            f"{shown(name)} has a collector in {folder}, and the next run would read it. Remove "
            "its file first, or leave it where it is."
        )
    state = StateFile(home, name)
    if not is_name(name) or not state.path.is_file():
        raise CollectorFault(f"There is no source {shown(name)} that was read once.")
    with state.alone():
        gone = [state.path, file_of(Path(home), name)]
        for path in gone:
            path.unlink(missing_ok=True)
    return gone


def stopped_sources(home: Path, folder: Path | None) -> dict[str, str]:
    """Name → error of the collectors that stopped when they were asked last, or cannot be read."""
    found = {}
    for name in collector_files(folder):
        try:
            open_source(folder, name)
            error = StateFile(home, name).read().last_error
        except LandingError as fault:
            error = str(fault)
        if error:
            found[name] = said(name, error)
    return found


def seconds_behind(state: SourceState, as_of: datetime) -> int | None:
    """How far the source's last reading is behind `as_of`; None if it was never read.

    What it lagged then, where it tells seconds, and the time since.
    """
    if state.last_success is None:
        return None
    since = as_of - datetime.fromisoformat(state.last_success)
    return int(since.total_seconds()) + (state.lag or {}).get("seconds", 0)
