"""Redis Streams, read by XREAD from an id; what was cut off before it was read is noticed (S-66).

The position is the last id that was read and the number of entries that were ever added up to it.
XREAD and XINFO are asked in one transaction, so their numbers belong together: if more entries are
gone than were read, or if the end of the stream has another number than was counted, records that
nobody has read are lost. A stream that was made anew may have the same numbers: so the last entry
that was read must be there still, or be known to have gone from this stream (decision 0363).
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from raw_events.collectors.errors import NothingToSkip, RecordsLost, SourceError
from raw_events.collectors.head import Head
from raw_events.collectors.records import Record, RecordsReader
from raw_events.collectors.source import Skip, Source, SourceBatch
from raw_events.collectors.streams.parts import BATCH_BYTES, BATCH_RECORDS, AtOnce, parts
from raw_events.collectors.streams.redis_client import Entry, Info, RedisReader
from raw_events.collectors.streams.redis_place import Place, numbers, other_stream

if TYPE_CHECKING:
    from collections.abc import Mapping


def source_of(name: str, head: Head, body: str) -> Source:
    """The collector of a file. Raises CollectorFault for what it does not say rightly."""
    return RedisStream(name, head)


class RedisStream:
    """See source.Source."""

    kind = "redis"
    asks_for_lag = True

    def __init__(self, name: str, head: Head):
        self.name = name
        self._client = RedisReader(name, head.variable("connection"))
        self._stream = head.text("stream")
        self._field = head.text("field", "event")
        self._most = head.number("max_records", BATCH_RECORDS)
        self.cadence, self.alert_after = head.paces("1m")
        head.done()
        self.note: str | None = None

    def read(self, position: Any, as_of: datetime) -> SourceBatch | None:
        """See source.Source; a batch ends at what was the stream's end when it began."""
        place = self._place(position)
        info, kept = self._info(position)
        if info is None:
            return None
        if place is None:
            # What was cut off before anybody asked was never this collector's.
            place = Place("0-0", info.added - info.length)
        self._check(place, place, info, is_end=False)
        self._check_same(place, info, kept)
        if info.added == place.read:
            # All that was added was read, and the latest id with it, or it is another stream.
            if position is not None and info.last_id != place.id:
                raise self._lost(f"was made anew: {numbers(place, info)}")
            if place.seen is None or kept is not None:
                return None
            # All that was read has gone: known from here on, so that nobody asks for it later.
            to = self._position(Place(place.id, place.read))
            return SourceBatch(RecordsReader([]), to, f"emptied after {place.id}", True, True)
        batch = SourceBatch(RecordsReader([]), self._position(place), f"entries after {place.id}")
        batch.reader = RecordsReader(parts(self._records(batch, place, info)))
        return batch

    def lag(self, position: Any, as_of: datetime) -> "Mapping[str, int]":
        """Entries that were not read yet."""
        place = self._place(position)
        info, _ = self._client.info(self._stream, None)
        if info is None:
            return {"records": 0}
        return {"records": info.length if place is None else max(0, info.added - place.read)}

    def skip(self, position: Any, as_of: datetime) -> Skip:
        """Go on with what the stream still has."""
        place = self._place(position)
        if place is None:
            raise self._nothing_to_skip()
        info, kept = self._client.info(self._stream, place.seen_id)
        if info is None:
            what = f"whatever stream {self._stream} had after {place.id}: it is not there any more"
            return Skip(None, what)
        is_other = other_stream(place, info, kept) is not None
        if info.added == place.read and info.last_id == place.id and not is_other:
            raise self._nothing_to_skip()
        unread, at_once, at = 0, AtOnce(), place.id
        while True:
            count = at_once.count
            entries, info, _ = self._ask(at, count, None)
            unread += len(entries)
            if len(entries) < count:
                break
            at_once.saw(entry.size for entry in entries)
            at = entries[-1].id
        lost = info.added - unread - place.read
        if lost < 0 or (lost == 0 and (is_other or not unread)):
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
            entries, info, kept = self._ask(place.id, count, place.seen_id)
            before, is_end = place, len(entries) < count
            if entries:
                last = entries[-1]
                place = Place(last.id, place.read + len(entries), (last.id, last.digest))
            self._check(before, place, info, is_end)
            self._check_same(before, info, kept)
            if place.read == info.added:
                place = replace(place, id=info.last_id)
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
        told = numbers(before, info)
        gone = info.added - info.length
        lost = max(gone - before.read, info.added - place.read if is_end else 0)
        if info.added < place.read:
            raise self._lost(f"was made anew, or went back: {told}")
        if lost > 0:
            raise self._lost(
                f"lost {'' if is_end else 'at least '}{lost:,} entries before they were read "
                f"(trimmed or deleted): {told}"
            )

    def _check_same(self, place: Place, info: Info, kept: Entry | None) -> None:
        """RecordsLost if it is, or may be, another stream than the one that was read."""
        if other := other_stream(place, info, kept):
            raise self._lost(f"{other}: {numbers(place, info)}")

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

    def _ask(
        self, after: str, count: int, seen: str | None
    ) -> tuple[list[Entry], Info, Entry | None]:
        entries, info, kept = self._client.read(self._stream, after, count, seen)
        if info is None:
            raise self._lost(f"is not there any more; it was read up to {after}")
        return entries, info, kept

    def _info(self, position: Any) -> tuple[Info | None, Entry | None]:
        place = self._place(position)
        info, kept = self._client.info(self._stream, place.seen_id if place else None)
        self.note = None if info else f"there is no stream {self._stream} yet"
        if info is None and position is not None:
            raise self._lost(f"is not there any more; it was read up to {position['id']}")
        return info, kept

    def _place(self, position: Any) -> Place | None:
        if position is None:
            return None
        if position["stream"] != self._stream:
            raise SourceError(
                f"{self.name}: it was reading stream {position['stream']} up to {position['id']}, "
                f"and its file now names {self._stream}. Another stream is another collector: give "
                "it a file of its own, under another name."
            )
        # Positions of earlier releases have none.
        seen = position.get("seen")
        return Place(position["id"], position["read"], seen and (seen[0], seen[1]))

    def _position(self, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {"stream": self._stream, "id": place.id, "read": place.read}
        return found | ({"seen": list(place.seen)} if place.seen else {})
