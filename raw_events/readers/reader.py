"""What a reader is, and which one reads a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from raw_events.errors import LandingError


@dataclass(frozen=True)
class Chunk:
    """A part of a file, in its order.

    `judged` has the columns of judging.rules.judge_fields; `raw` the bytes (BLOB) of the rejected
    events, in the order in which they stand in `judged`. `done` of the reader's `total` are read.
    """

    judged: pa.Table
    raw: pa.Array
    done: int


class Reader(Protocol):
    """Reads one file once. `format` and `header` are what a replay needs to read `raw` again.

    `notes` are sentences for the report, complete after the last chunk.
    """

    format: str
    header: str | None
    total: int
    notes: list[str]

    def chunks(self, con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Chunk]:
        """The events of the file, judged as of `as_of`. Raises LandingError."""


def open_reader(path: Path) -> Reader:
    """The reader for a file, by its name. Raises LandingError for a name that says nothing."""
    # Here, because the readers need the Chunk above.
    from raw_events.readers.csv import CsvReader
    from raw_events.readers.ndjson import NdjsonReader
    from raw_events.readers.parquet import ParquetReader

    suffixes = [suffix.lower() for suffix in path.suffixes]
    is_gzip = suffixes[-1:] == [".gz"]
    kind = (suffixes[:-1] if is_gzip else suffixes)[-1:]
    if kind in ([".ndjson"], [".jsonl"]):
        return NdjsonReader(path, is_gzip)
    if kind == [".csv"]:
        return CsvReader(path, is_gzip)
    if kind == [".parquet"] and not is_gzip:
        return ParquetReader(path)
    raise LandingError(
        f"{path}: the name does not say what is in the file. Files of events end in .ndjson, "
        ".jsonl or .csv (each also with .gz), or in .parquet."
    )
