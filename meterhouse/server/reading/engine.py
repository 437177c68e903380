"""Where answers are computed: threads of their own, so that events are taken meanwhile.

One DuckDB in memory with a bound on memory and threads, a cursor of it for each request, and a
bound on how many requests wait and how long one may take.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import TypeVar

import duckdb

from meterhouse.server.reading.errors import PublicationGone, Refused
from meterhouse.server.reading.publication import (
    Publication,
    current_publication,
    named_publication,
)
from meterhouse.server.reading.reader import Reader

# The door's own work has the rest of the machine.
WORKERS = 2
MEMORY = "512MB"
WAITING = 32
SECONDS = 20.0

LOG = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class Engine:
    """Answers over the publications of a data directory. `close` ends its threads."""

    def __init__(
        self, home: Path, seconds: float = SECONDS, waiting: int = WAITING, memory: str = MEMORY
    ):
        self.home, self.seconds, self.waiting = Path(home), seconds, waiting
        self._memory = memory
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="reading")
        self._asked = 0
        self._running: set[duckdb.DuckDBPyConnection] = set()
        self._con = duckdb.connect(
            config={
                "memory_limit": memory,
                # Each request has the thread that answers it.
                "threads": 1,
                # What does not fit is refused; nothing is written anywhere.
                "temp_directory": "",
                "autoinstall_known_extensions": False,
            }
        )
        self._con.execute("set TimeZone = 'UTC'")

    async def answer(
        self, work: Callable[[Reader], Answer], at: str | Publication | None = None
    ) -> Answer:
        """`work` over the publication named `at`, or the one that readers see now.

        One that was opened before is taken as it is; if a file of it is needed that is gone, the
        one that readers see now. Raises Refused: 410 if a named one is gone, 503 if too many wait,
        or it takes too long or too much.
        """
        if self._asked >= self.waiting:
            raise Refused(503, "Too many requests are being answered; try again.", 1)
        self._asked += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self.answer_now, work, at)
        finally:
            self._asked -= 1

    def answer_now(
        self, work: Callable[[Reader], Answer], at: str | Publication | None = None
    ) -> Answer:
        """As `answer`, in this thread."""
        try:
            return self._once(work, at)
        except PublicationGone:
            if isinstance(at, str):
                raise
        try:
            # It was removed while it was read: three runs have published since.
            return self._once(work, None)
        except PublicationGone as gone:
            again = "It is published again by: meterhouse run --again"
            raise Refused(503, f"{gone.why} {again}", 60) from gone

    def close(self) -> None:
        """End the threads; what is being computed is interrupted."""
        for con in list(self._running):
            _interrupt(con)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._con.close()

    def _publication(
        self, con: duckdb.DuckDBPyConnection, at: str | Publication | None
    ) -> Publication:
        if isinstance(at, Publication):
            return at
        if at is None:
            return current_publication(con, self.home)
        return named_publication(con, self.home, at)

    def _once(self, work: Callable[[Reader], Answer], at: str | Publication | None) -> Answer:
        con = self._con.cursor()
        alarm = Timer(self.seconds, _interrupt, [con])
        alarm.daemon = True
        alarm.start()
        self._running.add(con)
        publication = None
        try:
            con.execute("set TimeZone = 'UTC'")
            publication = self._publication(con, at)
            return work(Reader(con, self.home, publication))
        except duckdb.InterruptException as error:
            raise Refused(
                503,
                f"This takes longer than {self.seconds:g} seconds; ask for less: fewer days, "
                "customers or ids.",
                10,
            ) from error
        except duckdb.OutOfMemoryException as error:
            raise Refused(
                503,
                f"This takes more than {self._memory} of memory; ask for less: fewer days, "
                "customers or ids.",
                10,
            ) from error
        except UnicodeError as error:
            raise Refused(400, f"A parameter is no text that can be written: {error}.") from error
        except (duckdb.IOException, FileNotFoundError) as error:
            if publication is None or publication.is_incomplete():
                raise PublicationGone(f"{error}.") from error
            raise Refused(503, f"What is published cannot be read ({error}).", 10) from error
        except duckdb.Error as error:
            LOG.exception("A reading request failed")
            first = str(error).splitlines()[0]
            raise Refused(500, f"This could not be worked out ({first}).") from error
        finally:
            alarm.cancel()
            self._running.discard(con)
            con.close()


def _interrupt(con: duckdb.DuckDBPyConnection) -> None:
    # It may have been closed in this moment.
    with suppress(duckdb.Error):
        con.interrupt()
