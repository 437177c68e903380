"""Parquet: one event per row.

What its columns must be: readers/arrow_rows.py.

line_number is the row, from 1. A file with a missing or wrongly typed column is refused as a whole:
no event in it could be taken.
"""

from collections.abc import Iterator
from datetime import datetime

import duckdb
import pyarrow as pa

from raw_events.common.budget import (
    CHUNK_BYTES,
    LONGEST_ROW,
    MOST_REPEATED,
    UNPACKED_FREELY,
)
from raw_events.common.errors import LandingError
from raw_events.common.source_file import SourceFile
from raw_events.readers.arrow_rows import ArrowRows
from raw_events.readers.chunk import Chunk
from raw_events.readers.parquet_pages import NoPages, TooMuchAtOnce
from raw_events.readers.parquet_rows import BoundedBatches, open_parquet
from raw_events.readers.parquet_sizes import has_short_rows, row_bytes, slices, weights
from raw_events.readers.prefetch import prefetched

# Of decoded columns; they take less room than text.
_CHUNK_BYTES = 2 * CHUNK_BYTES
# Each row costs time, also one of nulls, of which a page has a million in a few bytes.
_ROW_BYTES = 64


class ParquetReader:
    """Reads a Parquet file; see readers.chunk.Reader. What it rejects is kept as JSON lines."""

    format = "ndjson"
    header = None

    def __init__(self, source: SourceFile):
        self._path, self._size = source.path, source.size
        self.notes: list[str] = []
        self._opened = source.open()
        try:
            self._file = open_parquet(self._opened)
        except (pa.ArrowException, OSError) as error:
            self._opened.close()
            raise self._damaged(error) from error
        self.total = self._file.metadata.num_rows
        self._rows = ArrowRows(source.path, self._file.schema_arrow)

    def chunks(self, con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Chunk]:
        """See readers.chunk.Reader; `done` and `total` are rows."""
        done = 0
        with self._opened:
            for batch in prefetched(self._chunks()):
                yield from self._rows.validated(con, batch, done, as_of)
                done += len(batch)

    def _chunks(self) -> Iterator[pa.Table]:
        """What the footer says of sizes is only said: batches are put together as they come."""
        kept: list[pa.RecordBatch] = []
        size = rows = 0
        try:
            for batch, more in self._batches():
                if kept and (
                    size + more > _CHUNK_BYTES or rows + len(batch) > self._rows.most_rows
                ):
                    yield pa.Table.from_batches(kept)
                    kept, size, rows = [], 0, 0
                kept.append(batch)
                size, rows = size + more, rows + len(batch)
        except TooMuchAtOnce as error:
            raise LandingError(f"{self._path}: {error}. Nothing was landed (S-67).") from error
        except NoPages as error:
            raise self._damaged("its pages are not where its footer says") from error
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error
        if kept:
            yield pa.Table.from_batches(kept)

    def _batches(self) -> Iterator[tuple[pa.RecordBatch, int]]:
        """Batches, each with what it costs in bytes: a chunk at most, or one row."""
        unpacked = 0
        for read in BoundedBatches(self._opened, self._file).batches(self._rows.most_rows):
            batch = _plain(read)
            if has_short_rows(batch):
                unpacked += batch.nbytes + _ROW_BYTES * len(batch)
                self._check_repeated(unpacked)
                yield batch, batch.nbytes
                continue
            sizes = row_bytes(batch)
            self._check_cells(int(sizes.max(initial=0)))
            costs = weights(batch, sizes)
            unpacked += int(costs.sum()) + _ROW_BYTES * len(batch)
            self._check_repeated(unpacked)
            for start, end in slices(costs, _CHUNK_BYTES):
                yield batch.slice(start, end - start), int(costs[start:end].sum())

    def _check_cells(self, size: int) -> None:
        if size > LONGEST_ROW:
            raise LandingError(
                f"{self._path}: a row of it has {size >> 20:,} MiB, so this is no file of events. "
                "Nothing was landed; an event has at most 1 MiB (S-5)."
            )

    def _check_repeated(self, unpacked: int) -> None:
        if unpacked > max(UNPACKED_FREELY, MOST_REPEATED * self._size):
            raise LandingError(
                f"{self._path}: its rows come to more than {MOST_REPEATED:,} times its size, which "
                "no file of events does. Nothing was landed; get the file again."
            )

    def _damaged(self, error: Exception | str) -> LandingError:
        return LandingError(
            f"{self._path}: this is not a Parquet file, or it is damaged ({error}). Nothing was "
            "landed; get the file again."
        )


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Texts that a dictionary says once, where they stand: only so their size is seen."""
    columns = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)
