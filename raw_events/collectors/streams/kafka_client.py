"""What a Kafka topic is asked, with the library's errors in words."""

import hashlib
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from raw_events.collectors.connection import address
from raw_events.collectors.errors import MissingExtra, RecordsLost, SourceError, Unreachable
from raw_events.collectors.streams.kafka_settings import settings

SECONDS = 30.0
_FIXED = {
    # Where it reads from, the log says: what a group has committed is neither asked nor written.
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",
    "isolation.level": "read_committed",
    "enable.partition.eof": True,
    "allow.auto.create.topics": False,
    "max.poll.interval.ms": 86_400_000,
    # Read ahead, of all partitions together.
    "queued.max.messages.kbytes": 32_768,
    "fetch.max.bytes": 16_777_216,
    "fetch.wait.max.ms": 100,
}
_LOST = ("_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE", "_LOG_TRUNCATION")
_REFUSED = ("_AUTHENTICATION", "_SSL", "SASL_AUTHENTICATION_FAILED")
# Whether it may use the group is of no interest: it does not.
_IDLE = ("GROUP_AUTHORIZATION_FAILED", "_WAIT_COORD")
_TRANSIENT = (
    "_TRANSPORT",
    "_ALL_BROKERS_DOWN",
    "_TIMED_OUT",
    "_TIMED_OUT_QUEUE",
    "_RESOLVE",
    "REQUEST_TIMED_OUT",
    "LEADER_NOT_AVAILABLE",
    "NOT_LEADER_FOR_PARTITION",
    "NETWORK_EXCEPTION",
    "REPLICA_NOT_AVAILABLE",
    "BROKER_NOT_AVAILABLE",
    "FENCED_LEADER_EPOCH",
    "UNKNOWN_LEADER_EPOCH",
)


@dataclass(frozen=True)
class Message:
    """A record at an offset, or (`value` and `digest` None) that the partition ends before it.

    A record without a value has empty bytes. `digest` tells it from another at the same offset.
    """

    partition: int
    offset: int
    value: bytes | None
    digest: str | None


class KafkaReader:
    """Connects when it is asked. Everything raises Unreachable, RecordsLost, SourceError."""

    def __init__(self, collector: str, variable: str, topic: str):
        self._collector, self._variable, self._topic = collector, variable, topic
        self._consumer: Any = None
        self._refused: str | None = None

    def partitions(self) -> list[int]:
        """The partitions of the topic, sorted; none if there is no such topic."""
        topic = self._asked(lambda it: it.list_topics(self._topic, SECONDS)).topics[self._topic]
        if topic.error is None:
            return sorted(topic.partitions)
        if topic.error.name() in ("UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC"):
            return []
        raise self._fault(topic.error)

    def bounds(self, partitions: list[int]) -> dict[int, tuple[int, int]]:
        """Of each partition its first offset, and the one after its last committed record."""
        kafka = _library()
        found = {}
        for partition in partitions:
            place = kafka.TopicPartition(self._topic, partition)
            found[partition] = self._asked(
                lambda it, place=place: it.get_watermark_offsets(place, SECONDS, cached=False)
            )
        return found

    def offsets_at(self, partitions: list[int], instant: datetime) -> dict[int, int | None]:
        """Of each partition the first offset with this timestamp or a later one, None if none."""
        kafka, at = _library(), int(instant.timestamp() * 1000)
        asked = [kafka.TopicPartition(self._topic, partition, at) for partition in partitions]
        answer = self._asked(lambda it: it.offsets_for_times(asked, SECONDS))
        return {it.partition: it.offset if it.offset >= 0 else None for it in answer}

    def assign(self, offsets: Mapping[int, int]) -> None:
        """Read from these offsets."""
        kafka = _library()
        places = [kafka.TopicPartition(self._topic, *it) for it in offsets.items()]
        self._asked(lambda it: it.assign(places))

    def messages(self, most: int) -> list[Message]:
        """The next ones, at least one and at most `most`; Unreachable if none comes in time."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            answer = self._asked(lambda it: it.consume(most, 0.05))
            found = [it for it in map(self._message, answer) if it is not None]
            if found:
                return found
            if self._refused:
                raise self._fault(self._refused)
        raise Unreachable(
            f"{self._collector}: topic {self._topic} gave nothing for {SECONDS:.0f} seconds, and "
            "it has more. Nothing of this batch was landed."
        )

    def close(self) -> None:
        """Let go of the connections."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _message(self, message: Any) -> Message | None:
        error = message.error()
        if error is None:
            value = message.value() or b""
            digest = hashlib.sha256(f"{message.timestamp()}".encode())
            digest.update(message.key() or b"")
            digest.update(b"\0" + value)
            return Message(message.partition(), message.offset(), value, digest.hexdigest()[:16])
        name = error.name()
        if name == "_PARTITION_EOF":
            return Message(message.partition(), message.offset(), None, None)
        if name in _LOST:
            raise RecordsLost(
                f"{self._collector}: partition {message.partition()} of {self._topic} does not "
                f"have offset {message.offset()} any more ({error.str()}). Nothing of this batch "
                "was landed; the next look says how much is lost (S-66)."
            )
        if name in _IDLE or name in _TRANSIENT or error.retriable():
            # The library tries again by itself, until `messages` has waited long enough.
            return None
        raise self._fault(error)

    def _asked(self, ask: Any) -> Any:
        kafka = _library()
        consumer = self._connected()
        try:
            return ask(consumer)
        except kafka.KafkaException as failed:
            # Why a connection was refused, only the callback is told.
            consumer.poll(0)
            error = failed.args[0]
            if self._refused:
                raise self._fault(self._refused) from failed
            if error.name() in _TRANSIENT or error.retriable():
                raise Unreachable(
                    f"{self._collector}: Kafka cannot be reached ({error.str()}). Nothing of this "
                    f"batch was landed; {self._variable} has the brokers."
                ) from failed
            raise self._fault(error) from failed

    def _fault(self, error: Any) -> SourceError:
        said = error if isinstance(error, str) else error.str()
        return SourceError(
            f"{self._collector}: Kafka says: {said}. Nothing of this batch was landed, and the "
            f"position stays; the settings are in {self._variable} and the variables that begin "
            "so (docs/streams.md)."
        )

    def _connected(self) -> Any:
        if self._consumer is None:
            kafka = _library()
            brokers = address(self._collector, self._variable, "kafka-1:9092,kafka-2:9092")
            self._refused = None
            try:
                self._consumer = kafka.Consumer(
                    {
                        "client.id": "meterhouse",
                        **settings(self._collector, self._variable, os.environ),
                        "bootstrap.servers": brokers,
                        "group.id": f"meterhouse-{self._collector}",
                        **_FIXED,
                        "error_cb": self._noted,
                    },
                    logger=_QUIET,
                )
            except (kafka.KafkaException, ValueError, TypeError) as error:
                raise self._fault(str(error)) from error
        return self._consumer

    def _noted(self, error: Any) -> None:
        if error.name() in _REFUSED:
            self._refused = error.str()


def _library() -> Any:
    try:
        import confluent_kafka
    except ImportError:
        raise MissingExtra(
            "A collector of kind kafka needs the library confluent-kafka: "
            "pip install 'meterhouse[kafka]'."
        ) from None
    return confluent_kafka


# What the library logs of lost connections, it says as errors too.
_QUIET = logging.getLogger("meterhouse.kafka")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False
