"""A SQL collector: rows of a database in windows of time, each landed exactly once (S-63)."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from raw_events.collectors.errors import NothingToSkip, SourceError
from raw_events.collectors.head import Head
from raw_events.collectors.records import RecordsReader
from raw_events.collectors.source import Skip, Source, SourceBatch
from raw_events.collectors.sql.bound import Bound
from raw_events.collectors.sql.databases import POSTGRES, Database
from raw_events.collectors.sql.postgres import open_until
from raw_events.collectors.sql.query import WindowQuery
from raw_events.collectors.sql.rows import WindowRows, count_faults
from raw_events.collectors.sql.window import Window, unreadable
from raw_events.collectors.state import StateFile
from raw_events.common.hidden import without_secrets

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A transaction is seen a moment after it began; what it stamps lies within.
LEAST_LAG = timedelta(seconds=1)
LEAST_WINDOW = timedelta(seconds=1)
# Of what the database says of a window that is left out; the log keeps it.
_CHARACTERS_SAID = 300


def source_of(name: str, head: Head, body: str) -> Source:
    """The collector of a file. Raises CollectorFault for what it does not say rightly."""
    return SqlSource(name, head, body)


class SqlSource:
    """See source.Source. The position is the end of the last window, as text in RFC 3339."""

    kind = "sql"
    asks_for_lag = False

    def __init__(self, name: str, head: Head, body: str):
        self.name = name
        self._database = Database.of(head)
        self._key = head.texts("key")
        self.start = head.instant("start")
        self._lag = head.duration("lag", "5m")
        self._window = head.duration("max_window", "1d")
        self._bucket = head.duration("aggregate") if head.has("aggregate") else None
        self._event_type = head.optional("event_type")
        self._readers = head.texts("readers") if head.has("readers") else ()
        open_transactions = head.text("open_transactions", "wait")
        if open_transactions not in ("wait", "ignore"):
            raise head.fault(f"`open_transactions` is wait or ignore, not {open_transactions!r}")
        self._ignores_open = open_transactions == "ignore"
        self.cadence = head.duration("cadence", "1h")
        usual = 3 * self.cadence + self._lag + (self._bucket or timedelta())
        self.alert_after = head.alert_after(self.cadence, usual)
        head.done()
        if self._lag < LEAST_LAG or self._window < LEAST_WINDOW:
            raise head.fault("`lag` and `max_window` must be a second or more")
        if self._bucket and (self._window % self._bucket or (self.start - _EPOCH) % self._bucket):
            raise head.fault(
                "`start` and `max_window` of aggregates must be whole multiples of `aggregate`, so "
                "that no window cuts one"
            )
        self._query = WindowQuery(head, body)
        self._home = Path()
        self._smaller: timedelta | None = None
        self._stack = ExitStack()
        self._cursor: Cursor | None = None
        # Why the last window ended before `as_of - lag`, for people.
        self.note: str | None = None

    def read(self, position: str | None, as_of: datetime) -> SourceBatch | None:
        """See source.Source; a batch is a window, with those before it that have no rows."""
        # What was read before may have ended in the middle.
        self.close()
        begin, latest, empty = self._begin(position), as_of - self._lag, 0
        if self._end(begin, latest) is None:
            return None
        latest = self._latest(begin, latest)
        while end := self._end(begin, latest):
            window = self._of(begin, end)
            schema, batches = window.open(self._connected())
            first = next(batches, None)
            is_last = self._end(end, latest) is None
            if first is not None:
                give_less = partial(self._give_less, window, end - begin)
                rows = WindowRows(window, schema, chain([first], batches), give_less)
                return SourceBatch(rows, instant_text(end), f"window {window.text}", is_last)
            self._database.end(self._connected())
            begin, empty = end, empty + 1
        # A short stretch without rows is read again at the next look, and leaves the log alone.
        keep = empty > 1
        to = instant_text(begin)
        return SourceBatch(RecordsReader([]), to, f"no rows up to {to}", True, keep)

    def lag(self, position: str | None, as_of: datetime) -> dict[str, int]:
        """Seconds from the end of the last window to `as_of`."""
        return {"seconds": max(0, int((as_of - self._begin(position)).total_seconds()))}

    def look_into(self, home: Path) -> None:
        """See source.ReadsItsLog."""
        self._home = home

    def skip(self, position: str | None, as_of: datetime) -> Skip:
        """Leave out the window that was refused, if it is at fault still.

        Another one, up to now, could have good rows that nobody has complained of.
        """
        stuck = StateFile(self._home, self.name).read().stuck
        if stuck is None or stuck.get("position") != position:
            raise NothingToSkip(
                f"{self.name}: no window was refused when it was read last, so nothing is in the "
                f"way. meterhouse collect {self.name} reads on, or says what is wrong."
            )
        begin, end = (datetime.fromisoformat(stuck[it]) for it in ("from", "to"))
        window = self._of(begin, end)
        if stuck.get("says") and (says := unreadable(window, self._connected())):
            said = without_secrets(says)[:_CHARACTERS_SAID]
            return Skip(
                window.end, f"all rows of the window {window.text}, of which it says: {said}"
            )
        count, is_faulty = count_faults(window, self._connected())
        if not is_faulty:
            raise NothingToSkip(
                f"{self.name}: the window {window.text}, which was refused, can be read, and no "
                "key is null or comes twice in it any more. Nothing is in the way: meterhouse "
                f"collect {self.name}"
            )
        return Skip(window.end, f"the {count:,} rows of the window {window.text}")

    def close(self) -> None:
        """See source.Source."""
        self._cursor = None
        self._stack.close()

    def _begin(self, position: str | None) -> datetime:
        return self.start if position is None else datetime.fromisoformat(position)

    def _end(self, begin: datetime, latest: datetime) -> datetime | None:
        """Where the window from `begin` ends; None if there is none yet."""
        end = min(latest, begin + (self._smaller or self._window))
        # Aggregates are whole: a part of an hour would be another sum.
        end = self._whole(begin, end)
        return end if end > begin else None

    def _latest(self, begin: datetime, latest: datetime) -> datetime:
        """Up to where windows may go (S-63), at most `latest`; why not further is noted."""
        self.note = None
        for bound in self._bounds():
            until = begin if bound.instant is None else bound.instant
            until -= self._lag if bound.is_clock and bound.instant else timedelta()
            if until < latest:
                if self._whole(begin, until) < self._whole(begin, latest):
                    self.note = f"it is read no further for now: {bound.why}"
                latest = until
        return latest

    def _whole(self, begin: datetime, end: datetime) -> datetime:
        """Up to where it may be read before `end`: aggregates by whole ones of them."""
        if not self._bucket or end <= begin:
            return end
        return begin + (end - begin) // self._bucket * self._bucket

    def _of(self, begin: datetime, end: datetime) -> Window:
        query = self._query.over(begin, end, self._database.form)
        span = instant_text(begin), instant_text(end)
        return Window(self._database, query, self._key, self._event_type, *span, self._bucket)

    def _give_less(self, window: Window, size: timedelta) -> None:
        least = self._bucket or LEAST_WINDOW
        if size < 2 * least:
            raise SourceError(
                f"{self.name}: the window {window.text} has more rows than one batch may. "
                "Nothing of it landed; let the SELECT give less, or `max_window` be shorter."
            )
        self._smaller = size // 2 // least * least

    def _bounds(self) -> list[Bound]:
        """None of them where the database does not tell."""
        if self._database.driver != POSTGRES:
            return []
        with self._database.errors_explained():
            return open_until(self._connected(), self.name, self._readers, self._ignores_open)

    def _connected(self) -> "Cursor":
        if self._cursor is None:
            connection = self._stack.enter_context(self._database.connected())
            self._cursor = self._stack.enter_context(connection.cursor())
        return self._cursor


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
