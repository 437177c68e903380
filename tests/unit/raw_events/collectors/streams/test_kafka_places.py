"""Guards against a partition that is passed over: new, vanished, expired, with control records.

Rules S-61 and S-66, with a topic in memory: what the tests' broker cannot do.
"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from raw_events.collectors.collect import Collected, collect, skip
from raw_events.collectors.errors import RecordsLost, SourceError
from raw_events.collectors.head import Head
from raw_events.collectors.streams.kafka import KafkaTopic
from raw_events.collectors.streams.kafka_client import Message
from raw_events.collectors.streams.kafka_settings import settings
from raw_events.log.event_log import EventLog
from tests.unit.raw_events.event_cases import AS_OF, landed, line

HEAD = "connection: USAGE_KAFKA\ntopic: usage\n"


class Topic:
    """Partitions of (value or None for a control record); `first` is what is gone of each."""

    def __init__(self, *sizes: int):
        self.records = {p: [f"{p}-{n}" for n in range(size)] for p, size in enumerate(sizes)}
        self.first = dict.fromkeys(self.records, 0)
        self._at: dict[int, int] = {}
        self.assigned = 0

    def partitions(self) -> list[int]:
        return sorted(self.records)

    def bounds(self, partitions: list[int]) -> dict[int, tuple[int, int]]:
        return {p: (self.first[p], len(self.records[p])) for p in partitions}

    def offsets_at(self, partitions: list[int], instant: datetime) -> dict[int, int | None]:
        # Records are a second apart.
        after = int((instant - AS_OF).total_seconds())
        return {p: after if after < len(self.records[p]) else None for p in partitions}

    def assign(self, offsets: dict[int, int]) -> None:
        self._at, self.assigned = dict(offsets), self.assigned + 1

    def messages(self, most: int) -> list[Message]:
        found = []
        for p, at in sorted(self._at.items()):
            for offset in range(at, min(len(self.records[p]), at + most - len(found))):
                self._at[p] = offset + 1
                if name := self.records[p][offset]:
                    found.append(Message(p, offset, line(name).encode(), f"digest {name}"))
        ends = [p for p, at in self._at.items() if at == len(self.records[p])]
        return found or [Message(p, self._at[p], None, None) for p in ends]

    def close(self) -> None:
        self._at = {}


@pytest.fixture
def topic() -> Topic:
    return Topic(3, 2)


def source(topic: Topic, more: str = "") -> KafkaTopic:
    found = KafkaTopic("usage", Head("usage", HEAD + more))
    found._client = topic
    return found


def run(home: Path, topic: Topic, more: str = "") -> Collected:
    return collect(home, source(topic, more), lambda: AS_OF, by_hand=True)


def ids(home: Path) -> list[str]:
    return sorted(row["transaction_id"] for row in landed(home))


def offsets(home: Path) -> dict[str, int]:
    return EventLog(home).position("usage").value["next"]


def test_a_new_partition_is_read_from_its_first_record(tmp_path, topic):
    run(tmp_path, topic)
    topic.records[2], topic.first[2] = ["2-0", "2-1"], 0
    assert run(tmp_path, topic).accepted == 2
    topic.records[3], topic.first[3] = ["3-0", "3-1", "3-2"], 2
    with pytest.raises(RecordsLost, match=r"partition 3 begins at offset 2 .* 2 offsets are gone"):
        run(tmp_path, topic)
    skip(tmp_path, source(topic), "known", "ann", AS_OF)
    assert run(tmp_path, topic).accepted == 1
    assert offsets(tmp_path) == {"0": 3, "1": 2, "2": 2, "3": 3}


def test_a_vanished_partition_stops_it(tmp_path, topic):
    run(tmp_path, topic)
    del topic.records[1]
    with pytest.raises(RecordsLost, match="partition 1, read up to offset 2, is not there"):
        run(tmp_path, topic)
    skip(tmp_path, source(topic), "two topics became one", "ann", AS_OF)
    topic.records[0].append("0-3")
    assert run(tmp_path, topic).accepted == 1
    topic.records.clear()
    with pytest.raises(SourceError, match="there is no topic usage"):
        run(tmp_path, topic)


def test_what_expired_before_the_first_look_is_no_loss(tmp_path, topic):
    topic.first[0] = 2
    assert run(tmp_path, topic).accepted == 3
    # All of it was read: what expires now is none either, in a partition without new records too.
    topic.first = {0: 3, 1: 2}
    assert run(tmp_path, topic).batches == 0
    assert ids(tmp_path) == ["0-2", "1-0", "1-1"]


def test_a_topic_without_records_is_remembered(tmp_path):
    topic = Topic(0)
    assert run(tmp_path, topic).accepted == 0
    topic.records[0], topic.first[0] = ["0-0", "0-1"], 1
    with pytest.raises(RecordsLost, match="1 offsets are gone"):
        run(tmp_path, topic)


def test_marks_of_transactions_move_the_position(tmp_path, topic):
    topic.records[0] += ["", ""]
    assert run(tmp_path, topic).accepted == 5
    assert offsets(tmp_path) == {"0": 5, "1": 2}
    # Two aborted transactions, and no record.
    topic.records[1] += ["", ""]
    assert run(tmp_path, topic).accepted == 0
    assert offsets(tmp_path) == {"0": 5, "1": 4}
    assert run(tmp_path, topic).batches == 0
    topic.records[0].append("0-5")
    assert run(tmp_path, topic).accepted == 1


def test_another_record_where_the_last_one_was_read_stops_it(tmp_path, topic):
    run(tmp_path, topic)
    topic.records[0] = ["x-0", "x-1", "x-2", "x-3"]
    with pytest.raises(RecordsLost, match="partition 0 has another record now"):
        run(tmp_path, topic)
    assert len(ids(tmp_path)) == 5
    found, _ = skip(tmp_path, source(topic), "an unclean election", "ann", AS_OF)
    assert found.to["next"] == {"0": 0, "1": 2}
    assert run(tmp_path, topic).accepted == 4


def test_a_start_by_time(tmp_path, topic):
    start = (AS_OF + timedelta(seconds=2)).isoformat()
    assert run(tmp_path, topic, f"start: '{start}'\n").accepted == 1
    assert offsets(tmp_path) == {"0": 3, "1": 2}
    assert ids(tmp_path) == ["0-2"]


def test_what_is_fetched_is_used_by_the_next_batch(tmp_path, topic):
    topic.records = {0: [f"0-{n}" for n in range(10)]}
    done = run(tmp_path, topic, "max_records: 3\n")
    assert (done.batches, done.accepted, topic.assigned) == (4, 10, 1)


def test_settings_come_from_variables_of_the_name():
    variables = {
        "USAGE_KAFKA": "kafka:9092",
        "USAGE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "USAGE_KAFKA_SASL_USERNAME": "ann",
        "USAGE_KAFKA_SSL_CA_LOCATION": "/etc/ca.pem",
        "USAGE_KAFKA_HEAP_OPTS": "-Xmx1g",
        "OTHER_SASL_PASSWORD": "x",
    }
    assert settings("usage", "USAGE_KAFKA", variables) == {
        "security.protocol": "SASL_SSL",
        "sasl.username": "ann",
        "ssl.ca.location": "/etc/ca.pem",
    }
