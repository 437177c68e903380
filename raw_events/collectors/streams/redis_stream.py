"""Redis Streams, read by XREAD from an id; what was cut off before it was read is noticed (S-66).

The position is the last id that was read and the number of entries that were ever added up to it.
XREAD and XINFO are asked in one transaction, so their numbers belong together: if more entries are
gone than were read, or if the end of the stream has another number than was counted, records that
nobody has read are lost.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from raw_events.collectors.errors import NothingToSkip, RecordsLost, SourceError
from raw_events.collectors.head import Head
from raw_events.collectors.records import Record, RecordsReader
from raw_events.collectors.source import Skip, Source, SourceBatch
from raw_events.collectors.streams.parts import BATCH_BYTES, BATCH_RECORDS, AtOnce, parts
from raw_events.collectors.streams.redis_client import Entry, Info, RedisReader

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Place:
    """Up to entry `id` the stream was read; `read` entries had ever been added up to there."""

    id: str
    read: int


def source_of(name: str, head: Head, body: str) -> Source:
    """The collector of a file. Raises CollectorFault for what it does not say rightly."""
    return RedisStream(name, head)


class RedisStream:
    """See source.Source."""

    kind = "redis"

    def __init__(self, name: str, head: Head):
        self.name = name
        self._client = RedisReader(name, head.text("connection"))
        self._stream = head.text("stream")
        self._field = head.text("field", "event")
        self._most = head.number("max_records", BATCH_RECORDS)
        self.cadence, self.alert_after = head.paces("1m")
        head.done()
        self.note: str | None = None

    def read(self, position: Any, as_of: datetime) -> SourceBatch | None:
        """See source.Source; a batch ends at what was the stream's end when it began."""
        place, info = self._place(position), self._info(position)
        if info is None:
            return None
        if place is None:
            # What was cut off before anybody asked was never this collector's.
            place = Place("0-0", info.added - info.length)
        self._check(place, place, info, is_end=False)
        if info.added == place.read:
            # All that was added was read, and the latest id with it, or it is another stream.
            if position is not None and info.last_id != place.id:
                raise self._lost(f"was made anew: {_numbers(place, info)}")
            return None
        batch = SourceBatch(RecordsReader([]), self._position(place), f"entries after {place.id}")
        batch.reader = RecordsReader(parts(self._records(batch, place, info)))
        return batch

    def lag(self, position: Any, as_of: datetime) -> "Mapping[str, int]":
        """Entries that were not read yet."""
        place, info = self._place(position), self._client.info(self._stream)
        if info is None:
            return {"records": 0}
        return {"records": info.length if place is None else max(0, info.added - place.read)}

    def skip(self, position: Any, as_of: datetime) -> Skip:
        """Go on with what the stream still has."""
        place, info = self._place(position), self._client.info(self._stream)
        if place is None:
            raise self._nothing_to_skip()
        if info is None:
            what = f"whatever stream {self._stream} had after {place.id}: it is not there any more"
            return Skip(None, what)
        if info.added == place.read and info.last_id == place.id:
            raise self._nothing_to_skip()
        unread, at_once, at = 0, AtOnce(), place.id
        while True:
            count = at_once.count
            entries, info = self._ask(at, count)
            unread += len(entries)
            if len(entries) < count:
                break
            at_once.saw(entry.size for entry in entries)
            at = entries[-1].id
        lost = info.added - unread - place.read
        if lost < 0 or (lost == 0 and not unread):
            # The end that this one had before has other numbers now: another stream, from its
            # beginning. What it repeats is known by its ids (S-8).
            what = f"whatever the stream of that name before this one had after {place.id}"
            to = Place("0-0" if info.length else info.last_id, info.added - info.length)
            return Skip(self._position(to), what)
        if lost == 0:
            raise self._nothing_to_skip()
        to = Place(place.id if unread else info.last_id, info.added - unread)
        return Skip(self._position(to), f"{lost:,} entries of {self._stream} after {place.id}")

    def close(self) -> None:
        """See source.Source."""
        self._client.close()

    def _records(self, batch: SourceBatch, place: Place, first: Info) -> Iterator[Record]:
        """What comes after `place`; `batch` says up to where it was read."""
        begun, size, at_once = place.read, 0, AtOnce()
        while True:
            count = min(at_once.count, begun + self._most - place.read)
            entries, info = self._ask(place.id, count)
            before, is_end = place, len(entries) < count
            if entries:
                place = Place(entries[-1].id, place.read + len(entries))
            self._check(before, place, info, is_end)
            if place.read == info.added:
                place = Place(info.last_id, place.read)
            batch.to = self._position(place)
            batch.is_last = is_end or place.read >= first.added
            records = [self._record(entry) for entry in entries]
            yield from records
            at_once.saw(entry.size for entry in entries)
            size += sum(entry.size for entry in entries)
            if batch.is_last or place.read - begun >= self._most or size >= BATCH_BYTES:
                return

    def _record(self, entry: Entry) -> Record:
        """An entry without the field, or with two of them, is kept as the list of its fields."""
        values = [value for name, value in entry.fields if name == self._field.encode()]
        place = f"entry {entry.id} of stream {self._stream}"
        if len(values) == 1:
            return Record(values[0], place)
        texts = [part.decode("utf-8", "backslashreplace") for pair in entry.fields for part in pair]
        kept = json.dumps(texts, ensure_ascii=False).encode()
        return Record(kept, f"{place}, which has no single field {self._field!r}")

    def _check(self, before: Place, place: Place, info: Info, is_end: bool) -> None:
        """RecordsLost if entries are gone that nobody has read (S-66)."""
        numbers = _numbers(before, info)
        gone = info.added - info.length
        lost = max(gone - before.read, info.added - place.read if is_end else 0)
        if info.added < place.read:
            raise self._lost(f"was made anew, or went back: {numbers}")
        if lost > 0:
            raise self._lost(
                f"lost {'' if is_end else 'at least '}{lost:,} entries before they were read "
                f"(trimmed or deleted): {numbers}"
            )

    def _lost(self, what: str) -> RecordsLost:
        return RecordsLost(
            f"{self.name}: stream {self._stream} {what}. Nothing is read until a person says so: "
            f"send what is missing again, then meterhouse source skip {self.name} --reason TEXT "
            "goes on with what the stream has (S-66)."
        )

    def _nothing_to_skip(self) -> NothingToSkip:
        return NothingToSkip(
            f"{self.name}: stream {self._stream} has lost nothing that was not read, so nothing is "
            "in the way. meterhouse source list has its last error; meterhouse collect tries again."
        )

    def _ask(self, after: str, count: int) -> tuple[list[Entry], Info]:
        entries, info = self._client.read(self._stream, after, count)
        if info is None:
            raise self._lost(f"is not there any more; it was read up to {after}")
        return entries, info

    def _info(self, position: Any) -> Info | None:
        info = self._client.info(self._stream)
        self.note = None if info else f"there is no stream {self._stream} yet"
        if info is None and position is not None:
            raise self._lost(f"is not there any more; it was read up to {position['id']}")
        return info

    def _place(self, position: Any) -> Place | None:
        if position is None:
            return None
        if position["stream"] != self._stream:
            raise SourceError(
                f"{self.name}: it was reading stream {position['stream']} up to {position['id']}, "
                f"and its file now names {self._stream}. Another stream is another collector: give "
                "it a file of its own, under another name."
            )
        return Place(position["id"], position["read"])

    def _position(self, place: Place) -> dict[str, Any]:
        return {"stream": self._stream, "id": place.id, "read": place.read}


def _numbers(place: Place, info: Info) -> str:
    return (
        f"{info.added:,} entries were added to it, {info.length:,} are in it, and {place.read:,} "
        f"were read, up to {place.id}"
    )
