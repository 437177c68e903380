"""A Kafka broker of the tests' own: the library's mock, in a process of its own.

It keeps up to 5 MiB of each partition and drops what is older; another process sees it over TCP.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from confluent_kafka import Producer

PARTITIONS = 4


class Broker:
    """A running broker; topics come into being when they are first asked for."""

    def __init__(self, brokers: str):
        self.brokers = brokers

    def send(self, topic: str, values: Mapping[int, list[bytes | None]]) -> None:
        """Append these values to partitions."""
        producer = Producer({"bootstrap.servers": self.brokers, "linger.ms": 5})
        for partition, records in values.items():
            for value in records:
                producer.produce(topic, value, partition=partition, on_delivery=_delivered)
                producer.poll(0)
        assert producer.flush(30) == 0


@contextmanager
def running_broker() -> Iterator[Broker]:
    """A new broker, stopped at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.streams.kafka_broker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        yield Broker(process.stdout.readline().strip())
        process.stdin.close()


def _delivered(error: object, _: object) -> None:
    assert error is None, error


if __name__ == "__main__":
    mock = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "mock"})
    found = mock.list_topics(timeout=10).brokers.values()
    print(",".join(f"{it.host}:{it.port}" for it in found), flush=True)
    # Until the tests close it, or end.
    sys.stdin.read()
