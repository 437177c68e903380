"""Ask every source that is due: what stops one stops no other."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from raw_events.collectors.collect import Collected, collect
from raw_events.collectors.errors import BeingCollected
from raw_events.collectors.folder import collector_files, open_source
from raw_events.collectors.source import Source
from raw_events.collectors.state import StateFile
from raw_events.common.errors import CannotWrite, ClockWentBack, LandingError


def collect_due(
    home: Path,
    folder: Path | None,
    as_of: Callable[[], datetime],
    leave: Collection[str] = (),
) -> Iterator[Collected]:
    """Collect every source that is due by its cadence; of one that stops, `error` says why.

    Those of `leave` are not asked: to find that a source cannot be reached takes a minute.
    Raises what is not the source's fault: ClockWentBack, CannotWrite, LogDamaged.
    """
    for name in collector_files(folder):
        if name in leave:
            continue
        done = Collected(name)
        try:
            source = open_source(folder, name)
            if is_due(home, source, as_of()):
                yield collect(home, source, as_of, done=done)
        except (ClockWentBack, CannotWrite):
            raise
        except BeingCollected:
            continue
        except LandingError as error:
            done.error = str(error)
            yield done


def is_due(home: Path, source: Source, as_of: datetime) -> bool:
    """Whether its cadence has gone by since it was read; a stopped source is always due."""
    state = StateFile(home, source.name).read()
    if state.last_success is None or state.is_stopped:
        return True
    gone = as_of - datetime.fromisoformat(state.last_success)
    # Read in the future: by a clock that was wrong.
    return gone >= source.cadence or gone < timedelta()
