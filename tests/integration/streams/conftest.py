"""A Redis for the tests of this folder; they are skipped where it is not installed."""

from collections.abc import Iterator
from typing import Any

import pytest
import stamina


@pytest.fixture(scope="package")
def server() -> Iterator[Any]:
    """A running redis_server.Server."""
    pytest.importorskip("redis", reason="redis is not installed (pip: meterhouse[redis])")
    from tests.integration.streams.redis_server import PROGRAM, running_server

    if PROGRAM is None:
        pytest.skip("redis-server is not installed (Debian: apt-get install redis-server)")
    with running_server() as started:
        yield started


@pytest.fixture
def client(server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Of the server, which is empty; its address is in USAGE_REDIS."""
    monkeypatch.setenv("USAGE_REDIS", server.url)
    found = server.client()
    found.flushall()
    with stamina.set_testing(True, attempts=2):
        yield found
