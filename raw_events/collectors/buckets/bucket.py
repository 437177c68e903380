"""A bucket whose objects are files of events: each one is a batch, like a file of the drop folder.

One that cannot be read is set aside with its report and never stops the others (S-67).
"""

import os
import time
from collections.abc import Iterator, Sized
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from raw_events.collectors.buckets.objects import (
    BucketObject,
    Changed,
    Taken,
    file_of,
    mark_of,
    taken_at,
)
from raw_events.collectors.buckets.store import Bucket
from raw_events.collectors.errors import NothingToSkip, ReadAgain, SourceError
from raw_events.collectors.head import Head
from raw_events.collectors.records import RecordsReader
from raw_events.collectors.source import Skip, Source, SourceBatch
from raw_events.collectors.state import FOLDER, TRIES, StateFile
from raw_events.common.errors import LandingError
from raw_events.common.files import LEFTOVER_SECONDS
from raw_events.common.source_file import SourceFile
from raw_events.common.text import counted, shown, shown_lines
from raw_events.ingest.landing import faults_explained
from raw_events.readers import Chunk, Reader, open_reader

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDINGS = (".ndjson", ".jsonl", ".csv", ".ndjson.gz", ".jsonl.gz", ".csv.gz", ".parquet")


def source_of(name: str, head: Head, body: str) -> Source:
    """The collector of a file. Raises CollectorFault for what it does not say rightly."""
    return BucketSource(name, head)


class BucketSource:
    """See source.Source."""

    kind = "bucket"
    asks_for_lag = True

    def __init__(self, name: str, head: Head):
        self.name = name
        self._bucket = Bucket(name, head.variable("connection"))
        self.cadence, self.alert_after = head.paces("5m")
        head.done()
        self.note: str | None = None
        self._home = Path()
        self._taken: Taken | None = None
        # What one listing has that was not taken, the next one last.
        self._waiting: list[BucketObject] = []
        self._strange = 0
        self._offered: bytes | None = None
        self._refused: dict[bytes, str] = {}
        self._spool: Path | None = None

    def look_into(self, home: Path) -> None:
        """See source.ReadsItsLog."""
        self._home = home

    def read(self, position: Any, as_of: datetime) -> SourceBatch | None:
        """See source.Source; a batch is an object."""
        self._remove_spooled()
        taken = self._at(position)
        while self._waiting:
            found = self._waiting[-1]
            to = self._position(taken, found)
            refused = self._refused.get(found.name)
            try:
                reader: Reader = RecordsReader([]) if refused else self._reader(found)
            except Changed:
                self._waiting.pop()
                continue
            except SourceError:
                raise
            except LandingError as error:
                refused = self._set_aside(found, str(error))
                reader = RecordsReader([])
            self._offered = found.name
            to |= {"refused": refused[:500]} if refused else {}
            is_last = len(self._waiting) == 1
            return SourceBatch(reader, to, shown(found.key), is_last, True, refused)
        return None

    def lag(self, position: Any, as_of: datetime) -> "Mapping[str, int]":
        """Objects that were not taken yet."""
        taken = self._at(position)
        if position is not None:
            taken.save(file_of(self._home, self.name))
        self.note = self._noted()
        return {"records": len(self._waiting)}

    def skip(self, position: Any, as_of: datetime) -> Skip:
        """Leave out the next object, if processes end while they read it."""
        taken = self._at(position)
        if StateFile(self._home, self.name).read().begun < TRIES or not self._waiting:
            raise NothingToSkip(
                f"{self.name}: nothing is in the way: an object that cannot be read is set aside "
                "by itself. meterhouse source list has the last error."
            )
        found = self._waiting[-1]
        to = self._position(taken, found)
        return Skip(to, f"object {shown(found.key)} ({found.size:,} bytes)")

    def close(self) -> None:
        """See source.Source."""
        self._remove_spooled()
        self._taken, self._waiting, self._offered = None, [], None
        self._bucket.close()

    def _at(self, position: Any) -> Taken:
        """What was taken up to a position; what waits after it, from one listing for many reads."""
        if position is not None and position["bucket"] != self._bucket.url:
            raise SourceError(
                f"{self.name}: it was reading {position['bucket']}, and its address is now "
                f"{self._bucket.url}. Another bucket or prefix is another collector: give it a "
                "file of its own, under another name."
            )
        wanted = Taken().mark() if position is None else mark_of(position)
        if self._taken is not None and self._offered is not None:
            if self._taken.mark(self._offered) == wanted and self._waiting:
                self._taken.add(self._offered)
                self._waiting.pop()
            self._offered = None
        if self._taken is None or self._taken.mark() != wanted:
            # Known once it is listed: a listing that fails is tried again.
            self._taken = None
            taken = taken_at(self._home, self.name, position)
            self._list(taken)
            self._taken = taken
        return self._taken

    def _position(self, taken: Taken, found: BucketObject) -> dict[str, Any]:
        objects, digest = taken.mark(found.name)
        return {
            "bucket": self._bucket.url,
            "objects": objects,
            "digest": digest,
            "took": [found.key, found.etag, found.size],
        }

    def _list(self, taken: Taken) -> None:
        waiting, strange = [], 0
        for found in self._bucket.objects():
            if not found.key.lower().endswith(ENDINGS):
                strange += not found.key.endswith("/")
            elif found.name not in taken:
                waiting.append(found)
        self._waiting, self._strange = waiting[::-1], strange

    def _noted(self) -> str | None:
        notes = []
        if self._strange:
            notes.append(
                f"{counted(self._strange, 'object')} left alone: the name ends in no form of events"
            )
        if aside := len(list(self._aside().glob("*.report.txt"))):
            what = counted(aside, "object")
            notes.append(
                f"{what} set aside, with reports, in {self._aside().name} (until they are deleted "
                "there)"
            )
        return "; ".join(notes) or None

    def _reader(self, found: BucketObject) -> Reader:
        folder = self._home / FOLDER / f"{self.name}.spool"
        folder.mkdir(parents=True, exist_ok=True)
        _remove_old(folder)
        ending = next(it for it in reversed(ENDINGS) if found.key.lower().endswith(it))
        self._spool = folder / f"{os.getpid()}-{id(self):x}{ending}"
        self._bucket.download(found, self._spool)
        file = SourceFile(self._spool)
        # In messages it has the name that people know.
        file.path = Path(shown(found.key))
        with faults_explained(file.path):
            return _ObjectReader(self, found, open_reader(file, ending), file.path)

    def refuse(self, found: BucketObject, error: LandingError) -> None:
        """The object is set aside; read again, the position passes over it."""
        self._refused[found.name] = self._set_aside(found, str(error))

    def keep_note(self, found: BucketObject, text: str) -> None:
        """What is whole in it was landed: a person is told of the rest."""
        self._set_aside(found, text)

    def _set_aside(self, found: BucketObject, why: str) -> str:
        self._aside().mkdir(parents=True, exist_ok=True)
        name = f"{found.name.hex()[:12]}-{shown(Path(found.key).name)[-50:]}"
        if self._spool is not None and self._spool.exists():
            why = why.replace(str(self._spool), shown(found.key))
            (self._aside() / name).unlink(missing_ok=True)
            (self._aside() / name).hardlink_to(self._spool)
        report = f"{found.key}\n{shown_lines(why)}\n"
        (self._aside() / f"{name}.report.txt").write_text(report, "utf-8", "replace")
        return why

    def _aside(self) -> Path:
        return self._home / FOLDER / f"{self.name}.refused"

    def _remove_spooled(self) -> None:
        if self._spool is not None:
            self._spool.unlink(missing_ok=True)
            self._spool = None


class _ObjectReader:
    """Reads one object; what cannot be read ends with ReadAgain, and it is refused."""

    def __init__(self, source: BucketSource, found: BucketObject, reader: Reader, path: Path):
        self._source, self._found, self._reader, self._path = source, found, reader, path
        self.format, self.header, self.notes = reader.format, reader.header, reader.notes
        self.total = reader.total

    def chunks(self, con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Chunk]:
        """See readers.chunk.Reader."""
        try:
            with faults_explained(self._path):
                for chunk in self._reader.chunks(con, as_of):
                    places = self._placed(range(len(chunk.raw)))
                    yield replace(chunk, places=places, placed=self._placed)
        except LandingError as error:
            self._source.refuse(self._found, error)
            raise ReadAgain(f"{self._source.name}: {self._found.key} is set aside.") from error
        if self._reader.notes:
            self._source.keep_note(self._found, "\n".join(self._reader.notes))

    def _placed(self, numbers: Sized) -> tuple[str, ...]:
        return (f"in object {shown(self._found.key)}",) * len(numbers)


def _remove_old(folder: Path) -> None:
    """What killed processes have left."""
    oldest = time.time() - LEFTOVER_SECONDS
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                path.unlink()
