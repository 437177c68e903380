"""Which files of the log are looked through for events of the last 34 days.

Entries are read once and kept: a server asks about the same ones again and again.
"""

from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from raw_events.log.entry import LogEntry
from raw_events.log.event_log import EventLog
from raw_events.log.retractions import retraction_of

# What landed before cannot have a timestamp of the last 34 days: at most 24 hours ahead (S-6).
DAYS, AHEAD = timedelta(days=34), timedelta(days=1)
# Up to so many files all of the log is looked through, which tells every repeat from a first.
FILES = 5_000


class LogWindow:
    """The entries of one log, from its end backwards as far as anybody asked."""

    def __init__(self, home: Path):
        self._log = EventLog(home)
        self._entries: list[LogEntry] = []
        self._retracted: dict[int, frozenset[str]] = {}
        self._lock = Lock()

    def entries(self, up_to: int, as_of: datetime) -> tuple[list[LogEntry], bool]:
        """Entries up to version `up_to` that may have events of the 34 days before `as_of`, and
        whether these are all that there are.

        Raises LogDamaged if one cannot be read.
        """
        with self._lock:
            last = self._entries[-1].version if self._entries else up_to - 1
            self._entries += self._log.entries(last, up_to)
            oldest = as_of - DAYS - AHEAD
            while self._entries and self._is_needed(oldest):
                before = self._entries[0].version - 1
                earlier = self._log.entries(max(before - 100, -1), before)
                if not earlier:
                    break
                self._entries = earlier + self._entries
            found = [entry for entry in self._entries if entry.version <= up_to]
            # A server that runs for months keeps no more than what it would read again.
            old = sum(entry.received_at < oldest for entry in self._entries)
            self._entries = self._entries[max(0, min(old, len(self._entries) - FILES)) :]
        return found, not found or self._is_first(found[0])

    def retracted(self, entry: LogEntry) -> frozenset[str]:
        """The ids that an entry takes back (S-51); most take back none."""
        if entry.retraction is None:
            return frozenset()
        with self._lock:
            if entry.version not in self._retracted:
                found = retraction_of(self._log, entry)
                self._retracted[entry.version] = frozenset(found.events if found else ())
            return self._retracted[entry.version]

    def path(self, entry: LogEntry) -> Path | None:
        """The file of an entry's events, None if it has none."""
        return self._log.root / entry.path if entry.path else None

    def _is_needed(self, oldest: datetime) -> bool:
        """Whether what is before the first entry that is kept is asked for too."""
        return self._entries[0].received_at >= oldest or len(self._entries) < FILES

    @staticmethod
    def _is_first(entry: LogEntry) -> bool:
        # Version 0 creates the table.
        return entry.version <= 1
