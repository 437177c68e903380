"""A thread that reads each new publication's caps, so that no request waits for it."""

import logging
import os
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

from meterhouse.common.errors import UsageError
from meterhouse.server.entitlements.caps import Caps, Known, read_caps
from meterhouse.server.reading.engine import Engine
from meterhouse.server.reading.errors import Refused
from meterhouse.warehouse.generations import published_folder
from meterhouse.warehouse.mark_files import FILE
from meterhouse.warehouse.standing import Standing, standing

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
# Reading may take a tenth of one core, however often a run publishes.
SHARE = 10
STALE_MINUTES, STALE = 90, "METERHOUSE_ENTITLEMENTS_STALE_MINUTES"


def stale_after() -> timedelta:
    """METERHOUSE_ENTITLEMENTS_STALE_MINUTES: 90, so that an hourly run may be late.

    Raises UsageError.
    """
    value = os.environ.get(STALE) or str(STALE_MINUTES)
    if not re.fullmatch("[1-9][0-9]{0,5}", value):
        raise UsageError(f"{STALE}={value} is no number of minutes: write one from 1 to 999999.")
    return timedelta(minutes=int(value))


class Follower:
    """`known` is what there is to answer with, null before the first publication is read."""

    def __init__(self, home: Path, engine: Engine):
        self._home, self._engine = Path(home), engine
        self.known: Known | None = None
        self._read: tuple[int, int] | None = None
        self._stop, self._thread = Event(), Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """End, before the engine is closed."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def look(self) -> None:
        """Read what is published if it is another one than before; up to when it stands, always.

        A run publishes before it notes that it came to its end, and its note is read here before
        what is published: so nothing is said to stand that was not read.
        """
        stands, folder = standing(self._home), published_folder(self._home)
        if folder is None:
            return
        try:
            found = (folder / FILE).stat()
            state = (found.st_ino, found.st_mtime_ns)
            if self.known is None or state != self._read or self.known.problem:
                before = self.known.caps if self.known else None
                caps = self._engine.answer_now(lambda reader: read_caps(reader, before))
                self._read = state
            else:
                caps = self.known.caps
        except (Refused, OSError) as error:
            if self.known is not None:
                self.known = Known(
                    self.known.caps, self.known.as_of, self.known.seen_at, str(error)
                )
            return
        self.known = _known(caps, stands, datetime.fromtimestamp(found.st_mtime, UTC))

    def _follow(self) -> None:
        while not self._stop.is_set():
            # A stop-watch; no result depends on it.
            began = time.monotonic()
            try:
                self.look()
            except Exception:
                LOG.exception("What is published could not be looked at")
            self._stop.wait(max(LOOK_SECONDS, SHARE * (time.monotonic() - began)))


def _known(caps: Caps, stands: Standing | None, published_at: datetime) -> Known:
    if stands is not None and stands.as_of >= caps.as_of:
        return Known(caps, stands.as_of, stands.recorded_at)
    # The run that published is about to note its end, or is of a release that did not.
    return Known(caps, caps.as_of, published_at)
