"""One PostgreSQL for all tests that need one; without it they are skipped with a line."""

from collections.abc import Iterator

import pytest

from tests.integration.collectors.server import Server, programs, running_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running PostgreSQL."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with running_server() as started:
        yield started
