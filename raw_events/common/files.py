"""Files that are whole or not there: written under another name, made durable, then renamed."""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

# DuckDB reads a file with as many threads as it has row groups.
_ROW_GROUP_ROWS = 122_880
# Of a file's SHA-256, in its name.
DIGITS = 24
LEFTOVER_SECONDS = 24 * 3600


@dataclass(frozen=True)
class StoredFile:
    """A Parquet file in its place. `path` is absolute; `size` in bytes."""

    path: Path
    sha256: str
    size: int
    rows: int


class ParquetFolder:
    """Writes one Parquet file into a folder under a name made of its content.

    Use as a context manager: write() tables, then finish(). Whoever comes to the same name writes
    the same bytes, so a repetition after a crash leaves one file. What is not finished disappears,
    or, after a kill, stays for a day under a name that no reader takes for Parquet.
    """

    def __init__(self, folder: Path, schema: pa.Schema, dictionary: list[str]):
        self.folder, self.rows = folder, 0
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)
        self._temporary = folder / f".writing-{os.getpid()}-{id(self):x}.tmp"
        self._writer = pq.ParquetWriter(
            self._temporary,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=dictionary,
        )

    def __enter__(self) -> "ParquetFolder":
        return self

    def __exit__(self, *_: object) -> None:
        # On a full disk closing fails as the writing before it did, which is what is reported.
        with suppress(OSError):
            self._writer.close()
        self._temporary.unlink(missing_ok=True)

    def write(self, table: pa.Table) -> None:
        """Append rows; `table` has the schema of the file."""
        self._writer.write_table(table, row_group_size=_ROW_GROUP_ROWS)
        self.rows += len(table)

    def finish(self, prefix: str) -> StoredFile | None:
        """Put the file in its place, durably; None (and no file) if it has no rows.

        Its name is `prefix` and the beginning of its SHA-256.
        """
        self._writer.close()
        if not self.rows:
            return None
        digest, size = file_sha256(self._temporary), self._temporary.stat().st_size
        sync_path(self._temporary)
        final = self.folder / f"{prefix}-{digest[:DIGITS]}.parquet"
        self._temporary.replace(final)
        sync_path(self.folder)
        return StoredFile(final, digest, size, self.rows)


def for_owner_and_group_alone() -> None:
    """From now on this process makes files that nobody else may read; a stricter umask stays."""
    os.umask(os.umask(0o077) | 0o027)


def remove_leftovers(folder: Path) -> None:
    """Remove what killed processes were writing: nobody writes one file for a whole day."""
    # The machine's clock decides about files that no reader knows, never about a result (S-4).
    oldest = time.time() - LEFTOVER_SECONDS
    for path in folder.glob(".writing-*.tmp"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                path.unlink()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_path(path: Path) -> None:
    """Ask the disk to keep a file, or the entries of a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """A temporary path that becomes `path`, durably, if the body succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}-{os.getpid()}.tmp")
    try:
        yield temporary
        sync_path(temporary)
        temporary.replace(path)
        sync_path(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
