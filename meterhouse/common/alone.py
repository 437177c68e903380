"""Work that one process at a time does on a data directory, and that others need not wait for."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from raw_events.common.text import shown


@contextmanager
def alone(
    lock: Path, taken: Callable[[str], Exception], before: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold the file `lock`, or raise `taken("process 12")` at once, with who holds it.

    The kernel lets go of it when the process ends, however it ends. Whoever waits instead takes
    `run_lock` (meterhouse/warehouse/lock.py). `before` looks at the file while it says who had it
    last.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            raise taken(shown(held.read(40)) or "process ?") from None
        if before:
            before()
        held.truncate(0)
        held.write(f"process {os.getpid()}")
        held.flush()
        try:
            yield
        finally:
            # A number that stays is that of a process that was killed (killed.py).
            held.truncate(0)


@contextmanager
def folder_held(folder: Path) -> Iterator[None]:
    """Wait for a folder and hold it; the kernel lets go when the process ends, however it ends."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_folder_held(folder: Path) -> bool:
    """Whether some process holds a folder now."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
