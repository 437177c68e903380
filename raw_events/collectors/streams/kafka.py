"""A Kafka topic, read from the log's position; what expired before it was read is noticed (S-66).

The position has of each partition the next offset, and the last record that was read with a digest:
if another record stands there now, the topic was made anew or its end was overwritten. Offsets of
consumer groups are neither read nor written.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from raw_events.collectors.errors import NothingToSkip, RecordsLost, SourceError
from raw_events.collectors.head import Head
from raw_events.collectors.records import Record, RecordsReader
from raw_events.collectors.source import Skip, Source, SourceBatch
from raw_events.collectors.streams.kafka_client import KafkaReader, Message
from raw_events.collectors.streams.kafka_places import (
    Bounds,
    Places,
    lost_of,
    other_record,
    with_last,
)
from raw_events.collectors.streams.parts import BATCH_BYTES, BATCH_RECORDS, AtOnce, parts

if TYPE_CHECKING:
    from collections.abc import Mapping


def source_of(name: str, head: Head, body: str) -> Source:
    """The collector of a file. Raises CollectorFault for what it does not say rightly."""
    return KafkaTopic(name, head)


class KafkaTopic:
    """See source.Source."""

    kind = "kafka"
    asks_for_lag = True

    def __init__(self, name: str, head: Head):
        self.name = name
        connection = head.variable("connection")
        self._topic = head.text("topic")
        self._client = KafkaReader(name, connection, self._topic)
        self.start = head.instant("start") if head.has("start") else None
        self._most = head.number("max_records", BATCH_RECORDS)
        self.cadence, self.alert_after = head.paces("1m")
        head.done()
        self.note: str | None = None
        # The position at which the assigned partitions stand, so that what is fetched is used.
        self._stands_at: Any = None

    def read(self, position: Any, as_of: datetime) -> SourceBatch | None:
        """See source.Source; a batch ends at what was the topic's end when it began."""
        places = self._places(position)
        bounds = self._client.bounds(self._partitions())
        if places is None:
            places = self._beginning(bounds)
        lost = lost_of(places, bounds)
        if lost:
            raise self._lost("; ".join(lost))
        for partition in bounds:
            # A new partition is read from its first record.
            places.next.setdefault(partition, 0)
        ends = {it: high for it, (_, high) in bounds.items() if places.next[it] < high}
        to = self._position(places)
        if not ends and to == position:
            return None
        label = f"offsets from {', '.join(f'{p}:{at}' for p, at in sorted(places.next.items()))}"
        # A first look at a topic without records is remembered: what expires later was there.
        batch = SourceBatch(RecordsReader([]), to, label[:200], not ends, keep_empty=True)
        batch.reader = RecordsReader(parts(self._records(batch, position, places, bounds, ends)))
        return batch

    def lag(self, position: Any, as_of: datetime) -> "Mapping[str, int]":
        """Offsets that were not read yet."""
        bounds, places = self._client.bounds(self._partitions()), self._places(position)
        if places is None:
            places = self._beginning(bounds)
        behind = (high - places.next.get(it, 0) for it, (_, high) in bounds.items())
        return {"records": sum(max(0, offsets) for offsets in behind)}

    def skip(self, position: Any, as_of: datetime) -> Skip:
        """Go on with what the topic still has."""
        bounds, places = self._client.bounds(self._partitions()), self._places(position)
        lost = [] if places is None else lost_of(places, bounds)
        overwritten = set() if places is None or lost else self._overwritten(places, bounds)
        lost += [other_record(it) for it in sorted(overwritten)]
        if places is None or not lost:
            raise NothingToSkip(
                f"{self.name}: topic {self._topic} has lost nothing that was not read, so nothing "
                "is in the way. meterhouse source list has its last error; meterhouse collect "
                "tries again."
            )
        for partition in [*places.next]:
            low, high = bounds.get(partition, (0, 0))
            if partition not in bounds:
                places.next.pop(partition)
                places.last.pop(partition, None)
            elif partition in overwritten or not low <= places.next[partition] <= high:
                # From what it has first: what that repeats is known by its ids (S-8).
                places.next[partition] = low
                places.last.pop(partition, None)
        for partition, (low, _) in bounds.items():
            places.next.setdefault(partition, low)
        return Skip(self._position(places), "; ".join(lost))

    def close(self) -> None:
        """See source.Source."""
        self._stands_at = None
        self._client.close()

    def _records(
        self,
        batch: SourceBatch,
        position: Any,
        places: Places,
        bounds: Bounds,
        ends: dict[int, int],
    ) -> Iterator[Record]:
        """Records up to `ends`; `batch` says up to where they were read."""
        count = size = 0
        waited, at_once = dict(ends), AtOnce()
        if waited and (position is None or self._stands_at != position):
            self._client.assign(with_last(places, bounds))
        self._stands_at = None
        while waited and count < self._most and size < BATCH_BYTES:
            messages = self._client.messages(min(at_once.count, self._most - count))
            at_once.saw(len(it.value or b"") for it in messages)
            for message in messages:
                partition, value = message.partition, message.value
                if value is not None and not self._is_new(places, message):
                    continue
                if value is not None and message.digest is not None:
                    count, size = count + 1, size + len(value)
                    places.last[partition] = (message.offset, message.digest)
                    place = f"offset {message.offset} of partition {partition} of {self._topic}"
                    yield Record(value, place)
                after = message.offset + (value is not None)
                places.next[partition] = max(places.next[partition], after)
                if value is None or after >= waited.get(partition, after):
                    waited.pop(partition, None)
            batch.to, batch.is_last = self._position(places), not waited
        batch.to, batch.is_last = self._position(places), not waited
        self._stands_at = batch.to

    def _is_new(self, places: Places, message: Message) -> bool:
        """Whether it comes after what was read; RecordsLost if what was read is another one now."""
        if message.offset >= places.next[message.partition]:
            return True
        if places.last.get(message.partition) != (message.offset, message.digest):
            raise self._lost(other_record(message.partition))
        return False

    def _overwritten(self, places: Places, bounds: Bounds) -> set[int]:
        """Partitions whose last record that was read is another one now."""
        asked = {
            it: at for it, at in with_last(places, bounds).items() if at < places.next.get(it, 0)
        }
        found, waited = set(), set(asked)
        if asked:
            self._client.assign(asked)
        while waited:
            for message in self._client.messages(AtOnce().count):
                it = message.partition
                is_last = it in waited and message.offset == places.last[it][0]
                if is_last and message.digest not in (None, places.last[it][1]):
                    found.add(it)
                waited.discard(it)
        self._stands_at = None
        return found

    def _beginning(self, bounds: Bounds) -> Places:
        """Where the first look begins: what expired before it was never this collector's."""
        if self.start is None:
            return Places({it: low for it, (low, _) in bounds.items()})
        at = self._client.offsets_at(list(bounds), self.start)
        return Places(
            {
                it: high if at[it] is None else max(low, at[it] or 0)
                for it, (low, high) in bounds.items()
            }
        )

    def _partitions(self) -> list[int]:
        found = self._client.partitions()
        if not found:
            raise SourceError(
                f"{self.name}: there is no topic {self._topic}, or nobody may see it. Make it, "
                "give access to it, or correct `topic` in the collector's file."
            )
        return found

    def _lost(self, what: str) -> RecordsLost:
        return RecordsLost(
            f"{self.name}: topic {self._topic} lost records before they were read: {what}. Nothing "
            "is read until a person says so: send what is missing again, then meterhouse source "
            f"skip {self.name} --reason TEXT goes on with what the topic has (S-66)."
        )

    def _places(self, position: Any) -> Places | None:
        if position is None:
            return None
        if position["topic"] != self._topic:
            raise SourceError(
                f"{self.name}: it was reading topic {position['topic']}, and its file now names "
                f"{self._topic}. Another topic is another collector: give it a file of its own, "
                "under another name."
            )
        last = {int(it): (offset, digest) for it, (offset, digest) in position["last"].items()}
        return Places({int(it): offset for it, offset in position["next"].items()}, last)

    def _position(self, places: Places) -> dict[str, Any]:
        return {
            "topic": self._topic,
            "next": {str(it): places.next[it] for it in sorted(places.next)},
            "last": {str(it): list(places.last[it]) for it in sorted(places.last)},
        }
