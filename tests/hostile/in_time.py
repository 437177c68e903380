"""A guard around what might wait for ever: the test fails, and the tests after it go on."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def in_time(seconds: int = 60) -> Iterator[None]:
    """Raise AssertionError inside after so many seconds; in the main thread alone."""

    def too_late(*_: object) -> None:
        raise AssertionError(f"not done after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
