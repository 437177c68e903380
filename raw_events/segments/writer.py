"""The writer of a source's segment: whole lines, on the disk before anybody hears of it (S-62)."""

import fcntl
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from raw_events.common.files import sync_path
from raw_events.segments.names import FOLDER, new_name
from raw_events.segments.seal import is_at, locked, seal

MOST_BYTES = 32 * 1024 * 1024
MOST_SECONDS = 60.0
# Whoever seals needs the lock for a rename; if it takes longer, a new segment is at hand.
_PATIENCE_SECONDS = 0.5
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC


class SegmentWriter:
    """Appends to one segment after the other. Threads may use it at once; they take turns.

    `now` is the clock that segments are named by. Its folder is made with the first segment.
    """

    def __init__(
        self,
        home: Path,
        source: str,
        now: Callable[[], datetime],
        most_bytes: int = MOST_BYTES,
        most_seconds: float = MOST_SECONDS,
    ):
        self._folder, self._now = Path(home) / FOLDER / source, now
        self._most_bytes, self._most_seconds = most_bytes, most_seconds
        self._turn = threading.Lock()
        self._has_folder = False
        self._path = self._folder
        self._descriptor: int | None = None
        self._size, self._opened_at = 0, 0.0

    def commit(self, lines: bytes) -> None:
        """Append whole lines; when this returns they are on the disk.

        Raises OSError if the disk refuses: then nothing of them counts, and what counted before is
        as it was. After a write that stopped short the segment is cut back; after a sync that
        failed it is never synced again, for the next one would succeed without the bytes.
        """
        with self._turn:
            descriptor = self._locked()
            try:
                self._append(descriptor, lines)
            finally:
                self._unlock()
            if self._size >= self._most_bytes:
                self._seal()

    def seal(self) -> None:
        """End the segment, if there is one; what comes next goes to a new one."""
        with self._turn:
            self._seal()

    def seal_if_old(self) -> None:
        """End the segment if it is older than it may get."""
        with self._turn:
            # A stop-watch; no result depends on it.
            if self._descriptor is not None and self._age() >= self._most_seconds:
                self._seal()

    def _append(self, descriptor: int, lines: bytes) -> None:
        rest = memoryview(lines)
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        except OSError:
            try:
                os.ftruncate(descriptor, self._size)
            except OSError:
                # Half a line at its end is cut off by whoever seals it.
                self._abandon()
            raise
        try:
            os.fdatasync(descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, self._size)
            self._abandon()
            raise
        self._size += len(lines)

    def _locked(self) -> int:
        """A segment whose lock we have, and that nobody has sealed."""
        while True:
            if self._descriptor is None:
                self._create()
            assert self._descriptor is not None
            if locked(self._descriptor, _PATIENCE_SECONDS) and is_at(self._descriptor, self._path):
                return self._descriptor
            self._abandon()

    def _create(self) -> None:
        self._make_folder()
        path = self._folder / new_name(self._now())
        try:
            descriptor = os.open(path, _FLAGS, 0o640)
        except FileNotFoundError:
            # Somebody removed the folder.
            self._has_folder = False
            self._make_folder()
            descriptor = os.open(path, _FLAGS, 0o640)
        try:
            # A file that no folder names after a crash has acknowledged nothing.
            sync_path(self._folder)
        except OSError:
            os.close(descriptor)
            with suppress(OSError):
                path.unlink()
            raise
        self._path, self._descriptor = path, descriptor
        self._size, self._opened_at = 0, time.monotonic()

    def _make_folder(self) -> None:
        if self._has_folder:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        # Also where it was there: whoever made it may have been killed before the disk had it.
        for folder in (self._folder.parent, self._folder.parent.parent):
            sync_path(folder)
        self._has_folder = True

    def _seal(self) -> None:
        if self._descriptor is None:
            return
        path = self._path
        # Its lock goes with the descriptor.
        self._abandon()
        # What stays open is sealed by the next who looks.
        with suppress(OSError):
            seal(path, self._now(), _PATIENCE_SECONDS)

    def _abandon(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _unlock(self) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _age(self) -> float:
        return time.monotonic() - self._opened_at
