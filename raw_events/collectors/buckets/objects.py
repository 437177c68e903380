"""Which objects of a bucket were taken: a set that may have millions, told by a digest of it.

The position has how many there are, a digest of the set, and the object that was taken with it; so
it stays small, and the entries of the source, one after the other, have them all. A file beside the
log keeps the set, sixteen bytes an object. It is believed if its digest is the position's; else
what is missing is read from the entries, back to where the file is, or all of it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raw_events.collectors.errors import SourceError
from raw_events.collectors.state import FOLDER
from raw_events.common.files import replaced_file
from raw_events.log.entry import read_entry
from raw_events.log.event_log import EventLog

_BYTES = 16


class Changed(Exception):
    """The object is another one by now, or gone: the next look finds what there is."""


@dataclass(frozen=True)
class BucketObject:
    """An object as the bucket lists it. Changed, it has another ETag and is another file."""

    key: str
    etag: str
    size: int

    @property
    def name(self) -> bytes:
        """Sixteen bytes that tell it from all others."""
        told = "\0".join((self.key, self.etag, str(self.size)))
        return hashlib.sha256(told.encode("utf-8", "surrogateescape")).digest()[:_BYTES]


class Taken:
    """The set of objects that were taken, by their names."""

    def __init__(self, names: Iterable[bytes] = ()):
        self._names: set[bytes] = set()
        self._sum = 0
        for name in names:
            self.add(name)

    def __contains__(self, name: bytes) -> bool:
        return name in self._names

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: bytes) -> None:
        """Into the set, once."""
        if name not in self._names:
            self._names.add(name)
            self._sum = _with(self._sum, name)

    def mark(self, name: bytes | None = None) -> tuple[int, str]:
        """How many there are, and the digest of the set; with one more, if a name is given."""
        if name is None or name in self._names:
            return len(self._names), f"{self._sum:064x}"
        return len(self._names) + 1, f"{_with(self._sum, name):064x}"

    def save(self, path: Path) -> None:
        """Keep it; nothing depends on it but time."""
        with replaced_file(path) as new:
            new.write_bytes(b"".join(sorted(self._names)))


def _with(total: int, name: bytes) -> int:
    # A sum of digests does not depend on their order, and one more costs one addition.
    return (total + int.from_bytes(hashlib.sha256(name).digest())) % 2**256


def file_of(home: Path, source: str) -> Path:
    """Where the set of a source is kept."""
    return home / FOLDER / f"{source}.objects"


def taken_at(home: Path, source: str, position: Any) -> Taken:
    """The objects that were taken up to a position of the log; from the kept set if it is right."""
    if position is None:
        return Taken()
    path = file_of(home, source)
    try:
        data = path.read_bytes()
    except OSError:
        data = b""
    found = Taken(data[at : at + _BYTES] for at in range(0, len(data), _BYTES))
    if found.mark() == mark_of(position):
        return found
    missing: list[bytes] = []
    for moved in _moves(home, source):
        if moved["from"] is not None and found.mark() == mark_of(moved["from"]):
            missing.append(_name(moved["to"]))
            break
        missing.append(_name(moved["to"]))
    else:
        found = Taken()
    for name in missing:
        found.add(name)
    if found.mark() != mark_of(position):
        raise SourceError(
            f"{source}: the entries of the event log do not name the {position['objects']:,} "
            "objects that were taken, so nobody can say which are new. Restore the folder "
            "raw_events/ from a backup; meterhouse verify names what was changed."
        )
    found.save(path)
    return found


def mark_of(position: Any) -> tuple[int, str]:
    """Of a position, what `Taken.mark` gives of its set."""
    return position["objects"], position["digest"]


def _name(position: Any) -> bytes:
    key, etag, size = position["took"]
    return BucketObject(key, etag, size).name


def _moves(home: Path, source: str) -> Iterator[Any]:
    """What the entries of a source recorded, the latest first."""
    log = EventLog(home)
    latest = log.position(source)
    version = latest.version if latest else None
    while version is not None:
        entry = read_entry(log.entry_path(version))
        if entry is None or entry.position is None:
            return
        yield entry.position
        version = entry.position["after"]
