"""One publication in memory: of each file that customers read, its rows by whose they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from meterhouse.common.mart_files import mart_names, part_names
from meterhouse.price_book.freeze import read_frozen
from meterhouse.server.customers.grouped import Grouped, read_grouped
from meterhouse.server.customers.own import KEYS
from meterhouse.server.reading.columns import BOOK, MARTS
from meterhouse.server.reading.publication import Publication

# What tells a file: a part that did not change is the same file in the next publication.
Identity = tuple[int, int, int, int]


class TooLarge(Exception):
    """The publication does not fit into the memory that there is for it."""


@dataclass(frozen=True)
class Loaded:
    """`files`: mart, or `book.<table>` → its files in memory."""

    at: Publication
    files: Mapping[str, list[Grouped]]
    identities: Mapping[Identity, Grouped] = field(repr=False)

    def rows(self, table: str, keys: Iterable[str]) -> pa.Table | None:
        """The rows of these keys in all files; None where no file has a row of them."""
        wanted = list(dict.fromkeys(keys))
        found = [part for file in self.files[table] for part in file.rows(wanted)]
        return pa.concat_tables(found, promote_options="default") if found else None


def load(home: Path, at: Publication, known: Mapping[Identity, Grouped], most: int) -> Loaded:
    """Read the files of a publication, those that are not known yet.

    Raises TooLarge beyond `most` bytes of memory, OSError or pa.ArrowException for a file that
    cannot be read, FileNotFoundError for a price book that is missing.
    """
    identities: dict[Identity, Grouped] = {}
    files: dict[str, list[Grouped]] = {}
    book = read_frozen(home, at.price_book).path
    for table, key in KEYS.items():
        name = table.removeprefix("book.")
        is_book = name != table
        paths = [book / f"{name}.parquet"] if is_book else _paths(at, name)
        columns = (BOOK if is_book else MARTS)[name]
        files[table] = []
        for path in paths:
            identity = _identity(path)
            found = known.get(identity) or identities.get(identity)
            if found is None:
                found = read_grouped(path, key, columns)
            identities[identity] = found
            files[table].append(found)
            if sum(one.size for one in identities.values()) > most:
                raise TooLarge(at.name)
    return Loaded(at, files, identities)


def _paths(at: Publication, mart: str) -> list[Path]:
    """Parts, where there are: most of them are those of the publication before."""
    names = part_names(at.files, mart) or mart_names(at.files, mart)
    return [at.folder / name for name in names]


def _identity(path: Path) -> Identity:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
