"""Recognising a file that has landed before, by the SHA-256 of its bytes, while it is validated.

Hashing is a pass over the whole file on one core. It runs in a thread while the events are
validated, and the work is thrown away if the file turns out to be known. Nothing can be committed
before: a batch has its name from the hash.
"""

import hashlib
import os
from concurrent.futures import Future, ThreadPoolExecutor

from raw_events.common.source_file import SourceFile
from raw_events.log.entry import LogEntry
from raw_events.log.event_log import EventLog

_READ_BYTES = 1024 * 1024
# Hashed in hundredths of a second. Waiting for that spares a repeated file all other work.
_SMALL_BYTES = 16 * _READ_BYTES


class AlreadyLanded(Exception):
    """The file is in the log, as `entry`."""

    def __init__(self, entry: LogEntry):
        super().__init__(entry.batch_id)
        self.entry = entry


class FileFingerprint:
    """What is known of a file. A context manager: the hashing ends with its body at the latest.

    With a `salt` the same bytes under another salt are another batch.
    """

    def __init__(self, log: EventLog, source: SourceFile, salt: bytes = b""):
        self._log, self._source, self._salt = log, source, salt
        self._is_stopped = False
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> "FileFingerprint":
        self._found: Future[tuple[str, LogEntry | None]] = self._thread.submit(self._find)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopped = True
        self._thread.shutdown()

    def batch_id(self) -> str:
        """The file's SHA-256, as soon as it is known. Raises AlreadyLanded."""
        digest, entry = self._found.result()
        if entry is not None:
            raise AlreadyLanded(entry)
        return digest

    def check(self) -> None:
        """Raise AlreadyLanded if that is known by now; waits for small files alone."""
        if self._found.done() or self._source.size <= _SMALL_BYTES:
            self.batch_id()

    def _find(self) -> tuple[str, LogEntry | None]:
        digest, block = hashlib.sha256(self._salt), bytearray(_READ_BYTES)
        with self._source.open() as file:
            # No byte beyond what it had at first: it may grow faster than it is read.
            left = self._source.size
            while left > 0 and not self._is_stopped:
                size = os.readv(file.fileno(), [block])
                if not size:
                    break
                digest.update(memoryview(block)[: min(size, left)])
                left -= size
        return digest.hexdigest(), None if self._is_stopped else self._log.find(digest.hexdigest())
