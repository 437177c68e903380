"""A source in memory whose position is how many of its records were read."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from raw_events.collectors.collect import collect
from raw_events.collectors.due import collect_due
from raw_events.collectors.errors import NothingToSkip, RecordsLost
from raw_events.collectors.records import Record, RecordsReader
from raw_events.collectors.source import Skip, SourceBatch
from tests.unit.raw_events.event_cases import AS_OF, landed, line


class FakeSource:
    """Gives `size` records a batch; `trouble(position)` is called before and may raise."""

    kind, note, asks_for_lag = "fake", None, True
    cadence, alert_after = timedelta(hours=1), timedelta(hours=2)

    def __init__(self, values: list[bytes], size: int = 2, name: str = "fake"):
        self.name, self.values, self.size = name, values, size
        self.first = 0
        self.trouble: Callable[[int], None] = lambda position: None
        self.inside: Callable[[], None] = lambda: None
        self.asked: list[int] = []

    def read(self, position: int | None, as_of: datetime) -> SourceBatch | None:
        at = position or 0
        self.asked.append(at)
        self.trouble(at)
        if at < self.first:
            raise RecordsLost(f"{self.name}: records {at} to {self.first - 1} are gone (S-66).")
        values = self.values[at : at + self.size]
        if not values:
            return None
        records = [Record(value, f"record {at + n}") for n, value in enumerate(values)]

        def parts() -> Iterator[list[Record]]:
            yield records
            self.inside()

        label = f"records from {at}"
        return SourceBatch(RecordsReader(parts()), at + len(values), label)

    def lag(self, position: int | None, as_of: datetime) -> Mapping[str, int]:
        return {"records": len(self.values) - (position or 0)}

    def skip(self, position: int | None, as_of: datetime) -> Skip:
        if (position or 0) >= self.first:
            raise NothingToSkip(f"{self.name}: nothing is lost.")
        return Skip(self.first, f"records {position or 0} to {self.first - 1}")

    def close(self) -> None:
        pass


def collected(home: Path, source: FakeSource, **more: bool):
    """Collect at AS_OF."""
    return collect(home, source, lambda: AS_OF, **more)


def lines(count: int) -> list[bytes]:
    return [line(f"t{n}").encode() for n in range(count)]


def ids(home: Path) -> list[str]:
    return [row["transaction_id"] for row in landed(home)]


__all__ = ["AS_OF", "FakeSource", "collect_due", "collected", "ids", "lines"]
