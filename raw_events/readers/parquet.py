"""Parquet: one event per row.

transaction_id, customer_id and event_type are text columns; timestamp is text (RFC 3339) or a
timestamp with a zone. Every other column is a property; its type decides which JSON value it is
(readers/parquet_types.py), and a null is an absent property. A column `properties` has the event's
properties, as JSON text, struct or map, beside those of other columns (S-53).

line_number is the row, from 1. A file with a missing or wrongly typed column is refused as a whole:
no event in it could be taken.
"""

import json
from collections.abc import Iterator
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from raw_events.common.budget import (
    CHUNK_BYTES,
    LONGEST_ROW,
    MOST_REPEATED,
    UNPACKED_FREELY,
    ChunkTooLarge,
)
from raw_events.common.errors import LandingError
from raw_events.common.source_file import SourceFile
from raw_events.readers.chunk import Chunk
from raw_events.readers.columns import check_count, checked_columns, most_rows
from raw_events.readers.parquet_pages import NoPages, TooMuchAtOnce
from raw_events.readers.parquet_rows import BoundedBatches, open_parquet
from raw_events.readers.parquet_sizes import has_short_rows, row_bytes, slices, weights
from raw_events.readers.parquet_text import faulty_rows, raw_line
from raw_events.readers.parquet_types import (
    Prepare,
    given_column,
    instants,
    is_text,
    property_column,
)
from raw_events.readers.prefetch import prefetched
from raw_events.validation.event import IDENTITY_FIELDS
from raw_events.validation.rows import PropertyColumn, validate_rows

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
        schema = self._file.schema_arrow
        self._names = checked_columns(source.path, schema.names)
        self._rows = most_rows(schema.names)
        self._check_required(schema)
        # Of each property: its plan, how its column is prepared, and the path to it in the file.
        self._properties: list[tuple[PropertyColumn, Prepare, tuple[str, ...]]] = []
        self._given: Prepare | None = None
        for name in self._names:
            kind = schema.field(name).type
            if name != "properties":
                self._add_property((name,), kind)
            elif pa.types.is_struct(kind):
                for field in kind.fields:
                    self._add_property((name, field.name), field.type)
            elif kind != pa.null():
                self._given = given_column(kind)
                if self._given is None:
                    raise self._mistyped(name, kind, "JSON text, a struct or a map (S-53)")
        check_count(source.path, [plan.key_json for plan, _, _ in self._properties])

    def chunks(self, con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Chunk]:
        """See readers.chunk.Reader; `done` and `total` are rows."""
        done = 0
        with self._opened:
            for batch in prefetched(self._chunks()):
                yield from self._validated(con, batch, done, as_of)
                done += len(batch)

    def _validated(
        self, con: duckdb.DuckDBPyConnection, batch: pa.Table, done: int, as_of: datetime
    ) -> Iterator[Chunk]:
        faults = faulty_rows(batch)
        numbers = np.arange(done + 1, done + 1 + len(batch))
        whole = batch
        if faults:
            is_whole = np.ones(len(batch), bool)
            is_whole[faults] = False
            whole = batch.filter(pa.array(is_whole))
            numbers = numbers[is_whole]
        try:
            table = pa.table({"line_number": pa.array(numbers), **self._columns(whole)})
            plans = [plan for plan, _, _ in self._properties]
            validated, raw = validate_rows(con, table, plans, as_of)
        except ChunkTooLarge:
            middle = len(batch) // 2
            yield from self._validated(con, batch.slice(0, middle), done, as_of)
            yield from self._validated(con, batch.slice(middle), done + middle, as_of)
            return
        if faults:
            validated, raw = _with_faults(validated, raw, batch, faults, done + 1)
        yield Chunk(validated, raw, done + len(batch))

    def _chunks(self) -> Iterator[pa.Table]:
        """What the footer says of sizes is only said: batches are put together as they come."""
        kept: list[pa.RecordBatch] = []
        size = rows = 0
        try:
            for batch, more in self._batches():
                if kept and (size + more > _CHUNK_BYTES or rows + len(batch) > self._rows):
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
        for read in BoundedBatches(self._opened, self._file).batches(self._rows):
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

    def _columns(self, batch: pa.Table) -> dict[str, pa.ChunkedArray]:
        columns = {
            f"f{index}": batch[name].cast(pa.string()) for index, name in enumerate(IDENTITY_FIELDS)
        }
        timestamp = batch["timestamp"]
        columns["f3"] = (
            timestamp.cast(pa.string()) if is_text(timestamp.type) else instants(timestamp)
        )
        for index, (_, prepare, (name, *inside)) in enumerate(self._properties):
            column = pc.struct_field(batch[name], inside) if inside else batch[name]
            columns[f"p{index}"] = prepare(column)
        if self._given:
            columns["given"] = self._given(batch["properties"])
        return columns

    def _add_property(self, path: tuple[str, ...], kind: pa.DataType) -> None:
        key = json.dumps(path[-1], ensure_ascii=False)
        column = property_column(f"p{len(self._properties)}", key, kind)
        if column is None:
            wanted = "a type that JSON has a value for, such as text"
            raise self._mistyped(".".join(path), kind, wanted)
        self._properties.append((*column, path))

    def _check_required(self, schema: pa.Schema) -> None:
        for name in IDENTITY_FIELDS:
            # A column of nulls alone has no type: its rows are rejected, one by one.
            if not is_text(schema.field(name).type) and schema.field(name).type != pa.null():
                raise self._mistyped(name, schema.field(name).type, "text")
        kind = schema.field("timestamp").type
        if pa.types.is_timestamp(kind) and kind.tz is None:
            wanted = "a timestamp with a zone (without one it names no instant), or RFC 3339 text"
            raise self._mistyped("timestamp", kind, wanted)
        if not is_text(kind) and not pa.types.is_timestamp(kind):
            raise self._mistyped("timestamp", kind, "a timestamp with a zone, or RFC 3339 text")

    def _mistyped(self, name: str, kind: pa.DataType, wanted: str) -> LandingError:
        return LandingError(
            f"{self._path}: column {name} is of type {kind}; it must be {wanted} (S-5). Nothing "
            "was landed; write the column so and land the file again."
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


def _with_faults(
    validated: pa.Table, raw: pa.Array, batch: pa.Table, faults: list[int], first: int
) -> tuple[pa.Table, pa.Array]:
    """Put the rows that are not UTF-8 among the validated ones."""
    bad = pa.table(
        {
            "line_number": pa.array([first + row for row in faults], pa.int64()),
            "reason": ["bad_encoding"] * len(faults),
            "detail": ["a text of the row is not UTF-8"] * len(faults),
        }
    )
    numbers = validated.filter(validated["reason"].is_valid())["line_number"].to_pylist()
    lines = dict(zip(numbers, raw.to_pylist(), strict=True))
    lines |= {first + row: raw_line(batch, row) for row in faults}
    together = pa.concat_tables([validated, bad], promote_options="default").sort_by("line_number")
    return together, pa.array([lines[number] for number in sorted(lines)], pa.large_binary())
