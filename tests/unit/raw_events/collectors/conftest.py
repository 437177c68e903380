"""No waiting between the attempts at a source that cannot be reached."""

from collections.abc import Iterator

import pytest
import stamina


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield
