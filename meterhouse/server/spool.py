"""Group commit: all events that came in the last milliseconds share one write and one sync (S-62).

While the disk answers for one group, the next one gathers. Each source has its own segment and its
own turn, so one source does not wait for another's disk. What is gathered is bounded: past
MOST_WAITING, or a token's share of it, the door says 503 and a sender comes again.
"""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from meterhouse.server.room import Room
from raw_events.segments.names import FOLDER
from raw_events.segments.writer import SegmentWriter

MIB = 1024 * 1024
# Bytes of requests that are being read, or wait for the disk.
MOST_WAITING = 64 * MIB
DEFAULT_RESERVE_MIB = 1024
# Of one group; the next write takes the rest.
_MOST_GROUP = 16 * MIB
_THREADS = 8
_LOOK_AT_DISK_SECONDS = 0.25
_HOUSEKEEPING_SECONDS = 1.0
# Written to see whether the disk takes something again.
_PROBE = b"\0" * 64 * 1024
_PROBE_NAME = ".probe"

SOON, LATER = 1, 30


class Busy(Exception):
    """Nothing was kept: 503, and after how many seconds to come again."""

    def __init__(self, message: str, retry_after: int):
        super().__init__(message)
        self.message, self.retry_after = message, retry_after


@dataclass
class _Queue:
    writer: SegmentWriter
    waiting: list[tuple[bytes, asyncio.Future[None]]] = field(default_factory=list)
    is_writing: bool = False


class Spool:
    """What was acknowledged and what waits for it, in one process with one event loop.

    `now` is the clock that segments are named by; `reserve` bytes of the disk stay free. `noted` is
    called after each write with its seconds and how many requests it was for.
    """

    def __init__(
        self,
        home: Path,
        now: Callable[[], datetime],
        reserve: int = DEFAULT_RESERVE_MIB * MIB,
        noted: Callable[[float, int], None] = lambda seconds, requests: None,
    ):
        self._home, self._now, self._reserve, self._noted = home, now, reserve, noted
        self._queues: dict[str, _Queue] = {}
        self._threads = ThreadPoolExecutor(_THREADS, "commit")
        self._looked_at_disk = float("-inf")
        self._free = 0
        self._housekeeping: asyncio.Task[None] | None = None
        self._room = Room(MOST_WAITING)
        self.problem: str | None = None

    def check(self) -> None:
        """Raise Busy if nothing more is taken at present."""
        if self.problem:
            raise Busy(f"The last write failed ({self.problem}). Nothing was kept.", LATER)
        if self.free() < self._reserve:
            raise Busy(
                f"The disk has less than {self._reserve // MIB:,} MiB left. Nothing was kept.",
                LATER,
            )

    @property
    def waiting(self) -> int:
        """Bytes of requests that are being read, or wait for the disk."""
        return self._room.taken

    def take(self, token: str, size: int) -> None:
        """Count so many bytes as waiting, until `give_back`.

        Raises Busy if that is too much for all, or if the token has more than is left for the rest:
        a sender that is slow, or many of one token, keep nobody else out.
        """
        if not self._room.take(token, size):
            raise Busy("Too much of this token waits for the disk. Nothing was kept.", SOON)

    def give_back(self, token: str, size: int) -> None:
        """They do not wait any more."""
        self._room.give_back(token, size)

    def free(self) -> int:
        """Bytes that the disk has left, as of a moment ago."""
        # A stop-watch; no result depends on it.
        now = time.monotonic()
        if now - self._looked_at_disk >= _LOOK_AT_DISK_SECONDS:
            found = os.statvfs(self._home)
            self._free, self._looked_at_disk = found.f_bavail * found.f_frsize, now
        return self._free

    async def commit(self, source: str, lines: bytes) -> None:
        """Put whole lines on the disk. Raises Busy if that failed; then they do not count."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._queues.get(source)
        if queue is None:
            queue = self._queues[source] = _Queue(SegmentWriter(self._home, source, self._now))
        queue.waiting.append((lines, done))
        if not queue.is_writing:
            self._write(queue)
        await done

    def start(self) -> None:
        """Begin to seal old segments and, after a failure, to look whether the disk is back."""
        self._housekeeping = asyncio.get_running_loop().create_task(self._keep_house())

    async def close(self) -> None:
        """Seal all segments; nothing waits any more."""
        if self._housekeeping:
            self._housekeeping.cancel()
        for queue in self._queues.values():
            await self._in_thread(queue.writer.seal)
        self._threads.shutdown()

    def _write(self, queue: _Queue) -> None:
        size = taken = 0
        for lines, _ in queue.waiting:
            size += len(lines)
            taken += 1
            if size >= _MOST_GROUP:
                break
        group, queue.waiting = queue.waiting[:taken], queue.waiting[taken:]
        queue.is_writing = True
        lines = group[0][0] if taken == 1 else b"".join(lines for lines, _ in group)
        begun = time.monotonic()
        job = self._in_thread(partial(queue.writer.commit, lines))
        job.add_done_callback(partial(self._written, queue, [done for _, done in group], begun))

    def _written(
        self,
        queue: _Queue,
        group: list[asyncio.Future[None]],
        begun: float,
        job: asyncio.Future[None],
    ) -> None:
        error = job.exception()
        if error is None:
            self._noted(time.monotonic() - begun, len(group))
        else:
            self.problem = _worded(error)
        for done in group:
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(Busy(f"It could not be written ({_worded(error)}).", LATER))
        queue.is_writing = False
        if queue.waiting:
            self._write(queue)

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(_HOUSEKEEPING_SECONDS)
            for queue in list(self._queues.values()):
                if not queue.is_writing:
                    await self._in_thread(queue.writer.seal_if_old)
            if self.problem:
                try:
                    await self._in_thread(self._probe)
                except OSError as error:
                    self.problem = _worded(error)
                else:
                    self.problem = None

    def _probe(self) -> None:
        folder = self._home / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / _PROBE_NAME
        try:
            with path.open("wb", buffering=0) as file:
                rest = memoryview(_PROBE)
                while rest:
                    rest = rest[os.write(file.fileno(), rest) :]
                os.fdatasync(file.fileno())
        finally:
            with suppress(OSError):
                path.unlink()

    def _in_thread(self, work: Callable[[], None]) -> asyncio.Future[None]:
        return asyncio.get_running_loop().run_in_executor(self._threads, work)


def _worded(error: BaseException) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
