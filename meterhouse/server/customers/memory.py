"""What customers' answers read, in memory: a page then takes milliseconds, not a third of a second.

A thread loads each new publication beside the one before, and of it only the files that are other
ones. Until it is there, answers are of the publication before: each is of one alone. Where one is
larger than MEMORY, answers read the files themselves.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, TypeVar

import duckdb
import pyarrow as pa

from meterhouse.server.customers.documents import Documents
from meterhouse.server.customers.loaded import Identity, Loaded, TooLarge, load
from meterhouse.server.customers.own import Own
from meterhouse.server.reading.engine import Engine
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.publication import Publication, current_publication
from meterhouse.server.reading.reader import Reader
from meterhouse.warehouse.generations import published_folder

if TYPE_CHECKING:
    from meterhouse.server.customers.grouped import Grouped

LOG = logging.getLogger(__name__)
Answer = TypeVar("Answer")

MIB = 1024 * 1024
# Of what is loaded, and of the queries over it.
MEMORY, QUERIES = 1_000 * MIB, "512MB"
LOOK_SECONDS = 0.5
# A hundred people who open a page in the same moment are answered one after the other.
WAITING = 256
# The publication that readers see, and the one that pages of lists still ask for.
KEPT = 2


class Memory:
    """Answers for customers over the publications of a data directory."""

    def __init__(self, home: Path, most: int = MEMORY):
        self._home, self._most = Path(home), most
        self.engine, self.documents = Engine(home, waiting=WAITING, memory=QUERIES), Documents(home)
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()
        self._newest: Publication | None = None
        self._lock = Lock()
        self._stop, self._thread = Event(), Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        """Begin to load what is published."""
        self._thread.start()

    def close(self) -> None:
        """End; what is being answered is interrupted."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self.engine.close()

    async def answer(
        self, customer: str, work: Callable[[Own], Answer], at: str | None = None
    ) -> Answer:
        """`work` over what is the customer's; raises Refused as Engine.answer does."""
        return await self.engine.answer(self._asked(customer, work), at or self._newest)

    def answer_now(
        self, customer: str, work: Callable[[Own], Answer], at: str | None = None
    ) -> Answer:
        """As `answer`, in this thread."""
        return self.engine.answer_now(self._asked(customer, work), at or self._newest)

    def load(self) -> None:
        """Load what is published now, if it is not loaded, and which documents there are.

        Raises Refused, OSError.
        """
        self.documents.refresh()
        with self._lock, duckdb.connect() as con:
            con.execute("set TimeZone = 'UTC'")
            at = current_publication(con, self._home)
            if at.name not in self._loaded:
                self._keep(at)
            if self._thread.is_alive():
                self._newest = at if at.name in self._loaded else None

    def _keep(self, at: Publication) -> None:
        known: dict[Identity, Grouped] = {}
        for one in self._loaded.values():
            known.update(one.identities)
        try:
            loaded = load(self._home, at, known, self._most)
        except TooLarge:
            LOG.warning("Publication %s is larger than what is kept in memory", at.name)
            return
        self._loaded[at.name] = loaded
        while len(self._loaded) > KEPT:
            self._loaded.popitem(last=False)

    def _asked(self, customer: str, work: Callable[[Own], Answer]) -> Callable[[Reader], Answer]:
        def asked(reader: Reader) -> Answer:
            loaded = self._loaded.get(reader.at.name)
            documents = self.documents.of(customer)
            return work(Own(reader.con, reader.home, reader.at, customer, loaded, documents))

        return asked

    def _follow(self) -> None:
        seen: tuple[int, int] | None = None
        while not self._stop.is_set():
            # A stop-watch; no result depends on it.
            began = time.monotonic()
            try:
                folder = published_folder(self._home)
                found = folder.stat() if folder else None
                state = (found.st_ino, found.st_ctime_ns) if found else None
                self.documents.refresh()
                if state is not None and state != seen:
                    self.load()
                    seen = state
            except (Refused, OSError, pa.ArrowException, duckdb.Error):
                self._newest = None
                LOG.exception("What is published could not be loaded; answers read its files")
            self._stop.wait(max(LOOK_SECONDS, 2 * (time.monotonic() - began)))
