"""Guards against a record that is lost or lands twice when its collector is killed (S-61).

Collecting processes are killed at random moments, Redis' and a bucket's six times, Kafka's eight
times; `make test` has two kills of each. No whole run.
"""

from pathlib import Path

import pytest

from tests.integration.streams.collecting import ids, killed_again_and_again, run, source
from tests.unit.raw_events.event_cases import line


def names(count: int) -> list[str]:
    return [f"t{number:06d}" for number in range(count)]


def killed(folder: Path, kills: int, count: int, **settings: object) -> None:
    """Killed again and again while it collects `count` events, then to the end: each is there."""
    source(folder, **settings)
    killed_again_and_again(folder, kills, seed=kills)
    run(folder, **settings)
    assert ids(folder) == names(count)


def test_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("redis", reason="redis is not installed (meterhouse[redis])")
    from tests.integration.streams.redis_server import PROGRAM, running_server

    if PROGRAM is None:
        pytest.skip("redis-server is not installed (Debian: apt-get install redis-server)")
    with running_server() as server:
        monkeypatch.setenv("USAGE_REDIS", server.url)
        pipe = server.client().pipeline()
        for name in names(30_000):
            pipe.xadd("usage", {"event": line(name)})
        pipe.execute()
        settings = {"kind": "redis", "connection": "USAGE_REDIS", "stream": "usage"}
        killed(tmp_path, 6, 30_000, **settings, max_records=700)


def test_kafka(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed")
    from tests.integration.streams.kafka_broker import running_broker

    with running_broker() as broker:
        monkeypatch.setenv("USAGE_KAFKA", broker.brokers)
        values = [line(name).encode() for name in names(20_000)]
        broker.send("usage", {partition: values[partition::4] for partition in range(4)})
        settings = {"kind": "kafka", "connection": "USAGE_KAFKA", "topic": "usage"}
        killed(tmp_path, 8, 20_000, **settings, max_records=500)


def test_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("moto.server", reason="moto is not installed (dev extra)")
    from tests.integration.buckets.s3_server import put, running_server

    with running_server() as server:
        for name, value in server.environment("USAGE_BUCKET", "killed").items():
            monkeypatch.setenv(name, value)
        store = server.store("killed")
        for name in names(120):
            put(store, f"{name}.ndjson", f"{line(name)}\n")
        killed(tmp_path, 6, 120, kind="bucket", connection="USAGE_BUCKET")
