"""The scratch folder of a measurement: events and price books, made when they are needed."""

import contextlib
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.generate.events import Stream
from benchmarks.generate.files import write_ndjson, write_parquet
from benchmarks.generate.price_book import write_price_book

Result = TypeVar("Result")


def apart(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function in a process of its own, so that this one stays small (benchmarks.cost)."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


@dataclass
class Bench:
    """Where things are made, how often each is measured, and since when."""

    scratch: Path
    rounds: int = 3
    memory_limit: str = "4GB"
    started: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """A line of progress."""
        seconds = int(time.monotonic() - self.started)
        print(f"[{seconds // 60:3d}:{seconds % 60:02d}] {text}", flush=True)

    def ndjson(self, stream: Stream) -> Path:
        """The folder with the stream's NDJSON files."""
        return self._files(stream, "ndjson", write_ndjson)

    def parquet(self, stream: Stream) -> Path:
        """The folder with the stream's Parquet files."""
        return self._files(stream, "parquet", write_parquet)

    def book(self, name: str, customers: int, starting_on: str) -> Path:
        """The folder with a price book."""
        folder = self.scratch / "books" / f"{name}-{customers}-{starting_on}"
        if not folder.exists():
            apart(write_price_book, folder, name, customers, starting_on)
        return folder

    def fresh(self, name: str) -> Path:
        """An empty folder of that name; what it held is deleted."""
        folder = self.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def _files(
        self, stream: Stream, kind: str, write: Callable[[Stream, Path], list[Path]]
    ) -> Path:
        name = f"{stream.mix}-{stream.first}-{stream.count}-{stream.start}-{stream.customers}"
        folder = self.scratch / kind / name.replace(" ", "-").replace(":", "")
        if not folder.exists():
            self.say(f"{stream.count:,} events as {kind}, {stream.start} to {stream.end}")
            apart(write, stream, folder)
            # The measured processes shall not wait until the generated files are on the disk.
            os.sync()
        return folder


@contextlib.contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A folder under `parent` that other users (PostgreSQL's) can read; deleted at the end."""
    folder = parent / f"run-{os.getpid()}"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
