"""The frozen copy of a price book: typed Parquet under its digest, written once and kept (S-47).

Late usage of a closed period is rated with the book that closed it (S-43), so a frozen book is
never changed and never deleted.
"""

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from meterhouse.price_book.book import PriceBook
from meterhouse.price_book.digest import content_digest
from meterhouse.price_book.sums import NAME, broken_sums, write_sums
from raw_events.common.files import sync_path
from raw_events.common.sql import literal


@dataclass(frozen=True)
class FrozenBook:
    """A frozen price book: `path` holds `<table>.parquet` and `lookups/<name>.parquet`, typed."""

    digest: str
    path: Path

    @property
    def tables(self) -> dict[str, Path]:
        """Price-book table → its file, with the columns of the release that froze it."""
        return _parquet_files(self.path)

    @property
    def lookups(self) -> dict[str, Path]:
        """Lookup table → its file."""
        return _parquet_files(self.path / "lookups")


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
        sync_path(write_sums(draft))
        for directory in (draft / "lookups", draft):
            sync_path(directory)
        draft.rename(target)
        sync_path(books)
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
    return FrozenBook(digest, directory)


def verify_frozen(home: Path, digest: str) -> list[str]:
    """What is wrong with a frozen book: nothing, or a sentence for each finding (S-47)."""
    try:
        frozen = read_frozen(home, digest)
        broken = broken_sums(frozen.path)
        if not (frozen.path / NAME).is_file():
            broken = [f"{frozen.path / NAME} is missing: restore it from a backup"]
        if broken:
            return broken
        con = duckdb.connect()
        relations = {}
        for prefix, files in (("", frozen.tables), ("lookups.", frozen.lookups)):
            for name, path in files.items():
                relation = f"read_parquet({literal(path)})"
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
    pq.write_table(book.arrow(name), path)
    sync_path(path)
