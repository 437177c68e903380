"""Which part of a source's events went to quarantine, by the hour in which they came (S-7)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from raw_events.common.text import shown
from raw_events.log.entry import LogEntry
from raw_events.log.event_log import EventLog

# A twentieth, of ten events at least: one slip of the pen is no trend.
SHARE_PERCENT, LEAST_REJECTED = 5, 10


@dataclass(frozen=True)
class HourOfSource:
    """Events of one source that came in the hour that begins at `hour` (UTC)."""

    source: str
    hour: datetime
    accepted: int
    rejected: int

    def line(self) -> str:
        """In a sentence, for people."""
        total = self.accepted + self.rejected
        return f"{shown(self.source)}, {self.hour:%Y-%m-%d %H}:00: {self.rejected:,} of {total:,}"


def many_rejected(home: Path, since: datetime) -> list[HourOfSource]:
    """The hours since `since` in which many events of a source were rejected; from entries alone.

    Raises LogDamaged.
    """
    counts: dict[tuple[datetime, str], list[int]] = defaultdict(lambda: [0, 0])
    for entry in _since(EventLog(home), since):
        if entry.replay is None:
            hour = entry.received_at.replace(minute=0, second=0, microsecond=0)
            counts[hour, entry.source][0] += entry.accepted
            counts[hour, entry.source][1] += entry.rejected
    hours = [
        HourOfSource(source, hour, accepted, rejected)
        for (hour, source), (accepted, rejected) in sorted(counts.items())
    ]
    return [
        each
        for each in hours
        if each.rejected >= LEAST_REJECTED
        and each.rejected * 100 > SHARE_PERCENT * (each.accepted + each.rejected)
    ]


def _since(log: EventLog, since: datetime) -> list[LogEntry]:
    found: list[LogEntry] = []
    for version in range(log.version(), -1, -1):
        for entry in log.entries(version - 1, version):
            if entry.latest_as_of is not None and entry.latest_as_of < since:
                return found
            if entry.received_at >= since:
                found.append(entry)
    return found
