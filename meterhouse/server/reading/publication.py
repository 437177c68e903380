"""One publication, opened once for a request: its marts, its moment and its price book."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from meterhouse.server.reading.errors import PublicationGone, Refused
from meterhouse.warehouse.generations import FOLDER, generations, published_folder
from meterhouse.warehouse.mark_files import FILE
from meterhouse.warehouse.publication_name import publication_name, published_files
from raw_events.common.sql import literal

_LAST_RUN = """
    select
        arg_max(as_of, run_number) as as_of,
        arg_max(log_version, run_number) as log_version,
        arg_max(price_book, run_number) as price_book,
        -- the first run since which the price book is what it is
        min(as_of) filter (where run_number > coalesce(changed, 0)) as book_since
    from {runs}, (
        select max(run_number) as changed
        from {runs}
        where price_book <> (select arg_max(price_book, run_number) from {runs})
    )
"""


@dataclass(frozen=True)
class Publication:
    """`name` is of this content alone: a generation's number may come again with another one.

    `as_of`, `log_version` and `price_book` are those of the run that published; `book_since` is the
    moment of the first run that had this price book. `files` are those that were published: one of
    them that is gone means that the publication is being removed, not that it has no rows.
    """

    name: str
    folder: Path
    files: frozenset[str]
    as_of: datetime
    log_version: int
    price_book: str
    book_since: datetime

    def is_incomplete(self) -> bool:
        """Whether a file of it is gone by now."""
        return not all((self.folder / name).is_file() for name in self.files)


# What was read of publications: it takes a third of a small answer, and never changes.
_KEPT: dict[tuple[Path, int, int], Publication] = {}
_MOST = 8


def current_publication(con: duckdb.DuckDBPyConnection, home: Path) -> Publication:
    """What readers see now. Raises Refused (503) while nothing is published."""
    folder = published_folder(home)
    if folder is None:
        raise Refused(503, "Nothing is published yet; the first run does it: meterhouse run", 60)
    return _opened(con, folder)


def named_publication(con: duckdb.DuckDBPyConnection, home: Path, name: str) -> Publication:
    """The publication of an earlier answer. Raises PublicationGone if it is not kept any more."""
    number = name.split("-", maxsplit=1)[0]
    for known in generations(Path(home) / FOLDER):
        if str(known) == number:
            found = _opened(con, Path(home) / FOLDER / number)
            if found.name == name:
                return found
    raise PublicationGone


def _opened(con: duckdb.DuckDBPyConnection, folder: Path) -> Publication:
    try:
        found = (folder / FILE).stat()
    except OSError:
        # Of release 0.1, or on its way out.
        return _read(con, folder)
    key = folder, found.st_ino, found.st_mtime_ns
    # Two threads may read the same at once: both read the same.
    known = _KEPT.get(key)
    if known is None:
        known = _read(con, folder)
        if len(_KEPT) >= _MOST:
            _KEPT.clear()
        _KEPT[key] = known
    return known


def _read(con: duckdb.DuckDBPyConnection, folder: Path) -> Publication:
    known = _published_files(folder)
    runs = f"read_parquet({literal(folder / 'runs.parquet')})"
    [(as_of, log_version, price_book, since)] = con.execute(_LAST_RUN.format(runs=runs)).fetchall()
    if as_of is None:
        raise Refused(503, f"{folder} says of no run; publish again: meterhouse run --again", 60)
    files = frozenset(known)
    name = publication_name(folder, known)
    return Publication(name, folder, files, as_of, log_version, price_book, since)


def _published_files(folder: Path) -> dict[str, str]:
    try:
        return published_files(folder)
    except ValueError as error:
        if not (folder / FILE).is_file():
            raise PublicationGone(str(error)) from error
        raise Refused(503, str(error), 60) from error
