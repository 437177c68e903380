"""One run at a time on a data directory."""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from meterhouse.common.killed import READING, RUN, left_behind, note_killed
from meterhouse.warehouse.errors import RunInProgress

POLL_SECONDS = 0.2


@contextmanager
def run_lock(
    home: Path,
    timeout: float | None = 3600.0,
    say: Callable[[str], None] = print,
    reads: bool = False,
) -> Iterator[None]:
    """Hold $HOME/run.lock; a second run waits, saying so once, at most `timeout` seconds.

    If the one before was killed, that is noted for those who are told (S-76), but of one that only
    `reads`.

    The kernel lets go of the lock when its process ends, however it ends, so a crash never leaves
    one behind. Raises RunInProgress at the timeout; a timeout of None waits for ever.
    """
    home = Path(home)
    home.mkdir(parents=True, exist_ok=True)
    path = home / RUN
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, path, timeout, say)
        note_killed(home, left_behind(path, RUN))
        os.ftruncate(descriptor, 0)
        what = f"process {os.getpid()}{f', {READING}' * reads}\n"
        os.pwrite(descriptor, what.encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


@contextmanager
def reading_lock(home: Path, say: Callable[[str], None] = print) -> Iterator[None]:
    """The run's lock, for what only reads; on a read-only data directory none, which it says.

    There nothing is written, so there is nothing to wait for; whoever writes the same directory
    from elsewhere is not kept out.
    """
    try:
        descriptor = os.open(Path(home) / RUN, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        say(
            f"{home} is read-only here: read without a lock. If a run writes it from elsewhere at "
            "this moment, read it again after that run."
        )
        yield
        return
    os.close(descriptor)
    with run_lock(home, say=say, reads=True):
        yield


def _acquire(
    descriptor: int, path: Path, timeout: float | None, say: Callable[[str], None]
) -> None:
    # Waiting is not part of any result: S-4 is about `as_of`, this is a stop-watch.
    started = time.monotonic()
    waiting = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = os.pread(descriptor, 100, 0).decode().strip() or "another process"
        if not waiting:
            waiting = True
            say(f"Another run is in progress ({holder}); waiting for it to end.")
        if timeout is not None and time.monotonic() - started >= timeout:
            raise RunInProgress(
                f"Another run ({holder}) has held {path} for more than {timeout:.0f} seconds. "
                "Nothing was done; wait for it to end, or end it, and start again."
            )
        time.sleep(POLL_SECONDS)
