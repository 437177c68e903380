"""The frozen copy of a price book: typed Parquet under its digest, written once and kept (S-47).

Late usage of a closed period is rated with the book that closed it (S-43), so a frozen book is
never changed and never deleted.
"""

import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from meterhouse.price_book.book import PriceBook
from meterhouse.price_book.digest import content_digest
from meterhouse.price_book.sums import broken_sums, write_sums


@dataclass(frozen=True)
class FrozenBook:
    """The Parquet file of each price-book table and of each lookup of a frozen book."""

    digest: str
    path: Path
    tables: dict[str, Path]
    lookups: dict[str, Path]


def freeze(book: PriceBook, home: Path) -> Path:
    """Writes the book to `home/price_books/<digest>/`, whole or not at all; gives that directory.

    A book that is there already is left as it is. Of two runs that freeze it at once both succeed.
    """
    books = Path(home) / "price_books"
    target = books / book.digest
    if target.is_dir():
        return target
    # A name that no reader takes for a digest, on the same file system as the target.
    draft = books / f".{book.digest}.{uuid.uuid4().hex}"
    (draft / "lookups").mkdir(parents=True)
    try:
        for name in book.tables:
            _write(book, name, draft / f"{name}.parquet")
        for name in book.lookups:
            _write(book, name, draft / "lookups" / f"{name}.parquet")
        _sync(write_sums(draft))
        for directory in (draft / "lookups", draft):
            _sync(directory)
        draft.rename(target)
        _sync(books)
    except OSError:
        if not target.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def read_frozen(home: Path, digest: str) -> FrozenBook:
    """The files of a frozen book; FileNotFoundError when no book of that digest was frozen.

    A file has the columns of the release that froze it: read several books together by name.
    """
    directory = Path(home) / "price_books" / digest
    if not directory.is_dir():
        raise FileNotFoundError(
            f"There is no price book {digest} under {directory.parent}. Restore it from a backup:"
            " invoices that were made with it cannot be explained or corrected without it."
        )
    lookups = _parquet_files(directory / "lookups")
    return FrozenBook(digest, directory, _parquet_files(directory), lookups)


def verify_frozen(home: Path, digest: str) -> list[str]:
    """What is wrong with a frozen book: nothing, or a sentence for each finding (S-47)."""
    try:
        frozen = read_frozen(home, digest)
        broken = broken_sums(frozen.path)
        if broken:
            return broken
        con = duckdb.connect()
        relations = {}
        for prefix, files in (("", frozen.tables), ("lookups.", frozen.lookups)):
            for name, path in files.items():
                relation = f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')"
                columns = con.sql(f"select * from {relation} limit 0").columns
                relations[prefix + name] = (relation, columns)
        found = content_digest(con, relations)
    except (OSError, duckdb.Error) as error:
        return [str(error)]
    if found != digest:
        return [f"The frozen price book {digest} has other content now: its digest is {found}."]
    return []


def _parquet_files(directory: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(directory.glob("*.parquet"))}


def _write(book: PriceBook, name: str, path: Path) -> None:
    with path.open("wb") as file:
        pq.write_table(book.arrow(name), file)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    """Makes a file, or the names in a directory, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
