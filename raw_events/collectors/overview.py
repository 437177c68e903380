"""All sources of a data directory as they stand: the one place to look (S-65)."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from raw_events.collectors.collect import overdue
from raw_events.collectors.folder import collector_files, open_source
from raw_events.collectors.state import FOLDER, SourceState, StateFile
from raw_events.common.errors import LandingError
from raw_events.log.event_log import EventLog


@dataclass(frozen=True)
class SourceOverview:
    """One source. `position` is JSON text, null if nothing of it has landed; `fault` says what is
    wrong with its file; `is_overdue`: further behind than it asks to be warned of."""

    name: str
    state: SourceState
    position: str | None
    fault: str | None = None
    is_overdue: bool = False

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
        state, fault, late = StateFile(home, name).read(), None, False
        if name not in collector_files(folder):
            fault = "it has no collector any more; what it read stays"
        else:
            try:
                late = overdue(seconds_behind(state, as_of), open_source(folder, name))
            except LandingError as error:
                fault = str(error)
        position = log.position(name)
        text = None if position is None else json.dumps(position.value, sort_keys=True)
        found.append(SourceOverview(name, state, text, fault, late))
    return found


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
            found[name] = error
    return found


def seconds_behind(state: SourceState, as_of: datetime) -> int | None:
    """How far the source's last reading is behind `as_of`; None if it was never read.

    What it lagged then, where it tells seconds, and the time since.
    """
    if state.last_success is None:
        return None
    since = as_of - datetime.fromisoformat(state.last_success)
    return int(since.total_seconds()) + (state.lag or {}).get("seconds", 0)
