"""What customers' answers read, in memory: a page then takes milliseconds, not a third of a second.

A thread loads each new publication beside the one before, so that no request waits for it. Until it
is there, and where it is larger than LARGEST, answers read the files themselves.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Lock, Thread
from types import MappingProxyType
from typing import TypeVar

import duckdb

from meterhouse.common.mart_files import mart_names
from meterhouse.server.customers.own import OWN, OWN_OF_BOOK, Own, table_name
from meterhouse.server.reading.engine import Engine
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.reader import Reader
from meterhouse.warehouse.generations import published_folder
from raw_events.common.sql import identifier

LOG = logging.getLogger(__name__)
Answer = TypeVar("Answer")

MEMORY = "1GB"
# Bytes of the files; in memory they are about four times that.
LARGEST = 100 * 1024 * 1024
LOOK_SECONDS = 1.0
# The publication that readers see, and the one that pages of lists still ask for.
KEPT = 2
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Memory:
    """Answers for customers over the publications of a data directory."""

    def __init__(self, home: Path, largest: int = LARGEST):
        self._home, self._largest = Path(home), largest
        self.engine = Engine(home, memory=MEMORY)
        self._loaded: OrderedDict[str, dict[str, str]] = OrderedDict()
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
        return await self.engine.answer(lambda reader: self._worked(reader, customer, work), at)

    def answer_now(
        self, customer: str, work: Callable[[Own], Answer], at: str | None = None
    ) -> Answer:
        """As `answer`, in this thread."""
        return self.engine.answer_now(lambda reader: self._worked(reader, customer, work), at)

    def load(self) -> None:
        """Load what is published now, if it is not loaded. Raises Refused."""
        self.engine.answer_now(self._load)

    def _worked(self, reader: Reader, customer: str, work: Callable[[Own], Answer]) -> Answer:
        loaded = self._loaded.get(reader.at.name, _NOTHING)
        try:
            return work(Own(reader.con, reader.home, reader.at, customer, loaded))
        except duckdb.CatalogException:
            # Two runs have published since this answer began, and its tables went; its files stay.
            if loaded is _NOTHING:
                raise
            return work(Own(reader.con, reader.home, reader.at, customer, _NOTHING))

    def _load(self, reader: Reader) -> None:
        name = reader.at.name
        with self._lock:
            if name in self._loaded:
                return
            sizes = [
                (reader.at.folder / file).stat().st_size
                for mart in OWN
                for file in mart_names(reader.at.files, mart)
            ]
            tables: dict[str, str] = {}
            if sum(sizes) <= self._largest:
                reader.con.execute(f"create schema if not exists {identifier(name)}")
                for mart, narrowed in OWN.items():
                    # So that the rows of one customer lie together, and the rest is passed over.
                    order = narrowed.split(maxsplit=1)[0]
                    query = f"from {reader.relation(mart)} order by {order}"
                    tables[mart] = _made(reader, name, mart, query)
                for book in OWN_OF_BOOK:
                    query = f"from {reader.relation(book, True)}"
                    tables[f"book.{book}"] = _made(reader, name, f"book.{book}", query)
            self._loaded[name] = tables
            while len(self._loaded) > KEPT:
                old, _ = self._loaded.popitem(last=False)
                reader.con.execute(f"drop schema if exists {identifier(old)} cascade")

    def _follow(self) -> None:
        seen: tuple[int, int] | None = None
        while not self._stop.is_set():
            # A stop-watch; no result depends on it.
            began = time.monotonic()
            try:
                folder = published_folder(self._home)
                found = folder.stat() if folder else None
                state = (found.st_ino, found.st_ctime_ns) if found else None
                if state is not None and state != seen:
                    self.load()
                    seen = state
            except (Refused, OSError, duckdb.Error):
                LOG.exception("What is published could not be loaded; answers read its files")
            self._stop.wait(max(LOOK_SECONDS, 10 * (time.monotonic() - began)))


def _made(reader: Reader, schema: str, name: str, query: str) -> str:
    table = table_name(schema, name)
    reader.con.execute(f"create or replace table {table} as {query}")
    return table
