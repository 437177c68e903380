"""Guards against a record of a Kafka topic that lands twice or never (S-61, S-66).

With the mock broker of the library, in another process; skipped where the library is not installed.
"""

from collections.abc import Iterator

import pytest
import stamina

pytest.importorskip(
    "confluent_kafka", reason="confluent-kafka is not installed (meterhouse[kafka])"
)

from raw_events.collectors.collect import skip
from raw_events.collectors.dry_run import dry_run
from raw_events.collectors.errors import NothingToSkip, RecordsLost, SourceError, Unreachable
from raw_events.collectors.streams import kafka_client
from raw_events.log.event_log import EventLog
from raw_events.log.verify import verify_log
from raw_events.quarantine.actions import list_rejected
from tests.integration.streams.collecting import (
    ids,
    killed_again_and_again,
    names,
    position,
    run,
    source,
)
from tests.integration.streams.kafka_broker import Broker, running_broker
from tests.unit.raw_events.event_cases import AS_OF, line


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with running_broker() as started:
        yield started


@pytest.fixture
def topic(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[str]:
    """A topic of each test's own; the brokers are in USAGE_KAFKA."""
    monkeypatch.setenv("USAGE_KAFKA", broker.brokers)
    with stamina.set_testing(True, attempts=2):
        yield request.node.name.replace("[", "-").replace("]", "")


def settings(topic: str, **more: object) -> dict:
    return {"kind": "kafka", "connection": "USAGE_KAFKA", "topic": topic, **more}


def events(*numbers: int, size: int = 1) -> list[bytes]:
    return [line(f"t{n:06d}", properties={"pad": "x" * size}).encode() for n in numbers]


def test_each_record_lands_once(tmp_path, broker, topic):
    broker.send(topic, {p: events(*range(p, 2_000, 4)) for p in range(3)})
    assert len(dry_run(tmp_path / "home", source(tmp_path, **settings(topic)), AS_OF)) == 20
    done = run(tmp_path, **settings(topic, max_records=600))
    assert (done.batches, done.accepted) == (3, 1_500)
    assert position(tmp_path)["next"] == {"0": 500, "1": 500, "2": 500, "3": 0}
    assert run(tmp_path, **settings(topic)).batches == 0
    broker.send(topic, {2: events(2_000), 3: events(2_001)})
    assert source(tmp_path, **settings(topic)).lag(position(tmp_path), AS_OF) == {"records": 2}
    assert run(tmp_path, **settings(topic)).accepted == 2
    expected = [n for n in range(2_000) if n % 4 < 3]
    assert ids(tmp_path) == names(*expected, 2_000, 2_001)
    assert verify_log(EventLog(tmp_path / "home")) == []


def test_records_that_expired_unread_stop_it_with_the_numbers(tmp_path, broker, topic):
    broker.send(topic, {0: events(*range(10))})
    run(tmp_path, **settings(topic))
    # The broker keeps five MiB of a partition: the first of these go.
    broker.send(topic, {0: events(*range(10, 150), size=60_000), 1: events(200)})
    for _ in range(2):
        with pytest.raises(RecordsLost) as stopped:
            run(tmp_path, **settings(topic))
    said = str(stopped.value)
    assert "partition 0 begins at offset" in said and "was read up to 10" in said
    assert len(ids(tmp_path)) == 10
    found, entry = skip(
        tmp_path / "home", source(tmp_path, **settings(topic)), "late", "ann", AS_OF
    )
    first = entry.position["to"]["next"]["0"]
    assert found.what.endswith(f"{first - 10} offsets are gone") and first > 10
    assert run(tmp_path, **settings(topic)).accepted == 150 - first + 1
    assert ids(tmp_path) == names(*range(10), *range(first, 150), 200)
    with pytest.raises(NothingToSkip):
        skip(tmp_path / "home", source(tmp_path, **settings(topic)), "again", "ann", AS_OF)


@pytest.mark.parametrize("again", [3, 20])
def test_a_topic_made_anew_is_noticed(tmp_path, broker, topic, monkeypatch, again):
    """Shorter than before, the offsets tell; longer, the record where the last one was read."""
    broker.send(topic, {0: events(*range(10))})
    run(tmp_path, **settings(topic))
    with running_broker() as other:
        monkeypatch.setenv("USAGE_KAFKA", other.brokers)
        other.send(topic, {0: events(*range(100, 100 + again))})
        with pytest.raises(RecordsLost, match="made anew"):
            run(tmp_path, **settings(topic))
        assert len(ids(tmp_path)) == 10
        skip(tmp_path / "home", source(tmp_path, **settings(topic)), "anew", "ann", AS_OF)
        assert run(tmp_path, **settings(topic)).accepted == again
        other.send(topic, {0: events(300)})
        assert run(tmp_path, **settings(topic)).accepted == 1
    assert ids(tmp_path) == names(*range(10), *range(100, 100 + again), 300)


def test_what_is_no_event_is_kept_with_its_offset(tmp_path, broker, topic):
    broker.send(topic, {0: [b"\xff{", None, *events(1)]})
    done = run(tmp_path, **settings(topic))
    assert (done.accepted, done.rejected) == (1, 2)
    kept = {row.raw: row.reason for row in list_rejected(tmp_path / "home")}
    assert f"offset 0 of partition 0 of {topic}" in kept[b"\xff{"]
    assert f"offset 1 of partition 0 of {topic}" in kept[b""]


def test_faults_are_told_apart(tmp_path, broker, topic, monkeypatch):
    broker.send(topic, {0: events(1)})
    run(tmp_path, **settings(topic))
    with pytest.raises(SourceError, match="its file now names other"):
        run(tmp_path, **settings("other"))
    monkeypatch.setenv("USAGE_KAFKA_SASL_USER", "ann")
    with pytest.raises(SourceError, match="USAGE_KAFKA_SASL_USER names no setting"):
        run(tmp_path, **settings(topic))
    monkeypatch.delenv("USAGE_KAFKA_SASL_USER")
    monkeypatch.setattr(kafka_client, "SECONDS", 1.0)
    monkeypatch.setenv("USAGE_KAFKA", "127.0.0.1:1")
    with pytest.raises(Unreachable, match="USAGE_KAFKA has the brokers"):
        run(tmp_path, **settings(topic))
    monkeypatch.delenv("USAGE_KAFKA")
    with pytest.raises(SourceError, match="USAGE_KAFKA is not set"):
        run(tmp_path, **settings(topic))


def test_killed_at_random_moments_none_is_lost_and_none_twice(tmp_path, broker, topic):
    broker.send(topic, {p: events(*range(p, 4_000, 4)) for p in range(4)})
    source(tmp_path, **settings(topic, max_records=200))
    killed_again_and_again(tmp_path, kills=2, seed=2)
    run(tmp_path, **settings(topic))
    assert ids(tmp_path) == names(*range(4_000))
