"""Sealing a segment: cut behind its last whole line, and renamed; from then on nobody writes to it.

The lock is of the file itself: a process that is killed lets go of it. A writer looks, once it has
the lock, whether the file is still there under its name.
"""

import fcntl
import os
import time
from datetime import datetime
from pathlib import Path

from raw_events.common.files import sync_path
from raw_events.segments.names import sealed_name

# A writer holds the lock while it writes and the disk answers; one that was stopped, for ever.
PATIENCE_SECONDS = 2.0
_LOOK_SECONDS = 0.002
_BLOCK_BYTES = 64 * 1024


def seal(path: Path, now: datetime, patience: float = PATIENCE_SECONDS) -> Path | None:
    """Seal an open segment: its new path.

    None if there is nothing to land of it: another process sealed it, it has no whole line (then it
    is removed), or its writer keeps the lock (the next look seals it). Raises OSError.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if not locked(descriptor, patience) or not is_at(descriptor, path):
            return None
        size = os.fstat(descriptor).st_size
        whole = _whole_lines(descriptor, size)
        if whole < size:
            os.ftruncate(descriptor, whole)
            # Else a crash could bring back the rest, and with it another batch of the same events.
            os.fsync(descriptor)
        if not whole:
            path.unlink()
            return None
        sealed = path.with_name(sealed_name(path.name, now))
        path.rename(sealed)
        sync_path(path.parent)
        return sealed
    finally:
        os.close(descriptor)


def locked(descriptor: int, patience: float) -> bool:
    """Take the lock of a segment within so many seconds; whether that worked."""
    # A stop-watch; no result depends on it.
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK_SECONDS)


def is_at(descriptor: int, path: Path) -> bool:
    """Whether the open file is still the one under this name."""
    try:
        named = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(named, os.fstat(descriptor))


def _whole_lines(descriptor: int, size: int) -> int:
    """Where the last whole line ends."""
    end = size
    while end:
        begin = max(0, end - _BLOCK_BYTES)
        line_feed = os.pread(descriptor, end - begin, begin).rfind(b"\n")
        if line_feed >= 0:
            return begin + line_feed + 1
        end = begin
    return 0
