"""Rows of Arrow tables with the columns of events, validated: of Parquet files and of databases.

transaction_id, customer_id and event_type are text columns; timestamp is text (RFC 3339) or a
timestamp with a zone. Every other column is a property; its type decides which JSON value it is
(readers/parquet_types.py), and a null is an absent property. A column `properties` has the event's
properties, as JSON text, struct or map, beside those of other columns (S-53).
"""

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from raw_events.common.budget import ChunkTooLarge
from raw_events.common.errors import LandingError
from raw_events.readers.chunk import Chunk
from raw_events.readers.columns import check_count, checked_columns, most_rows
from raw_events.readers.parquet_text import (
    event_line,
    faults_of,
    raw_line,
    taken_apart,
    with_faults,
)
from raw_events.readers.parquet_types import (
    Prepare,
    given_column,
    instants,
    is_text,
    json_text,
    numeric_text,
    property_column,
)
from raw_events.validation.event import IDENTITY_FIELDS
from raw_events.validation.rows import PropertyColumn, rows_as_lines, validate_rows


class ArrowRows:
    """How the rows of tables of one schema become events; `most_rows` of them may be in a chunk.

    `path` is for messages. `numerics`: text columns that hold decimal numbers of any length;
    `jsons`: those that hold JSON. Raises LandingError for a missing or wrongly typed column: no
    event of these rows could be taken.
    """

    def __init__(
        self,
        path: Path,
        schema: pa.Schema,
        numerics: Collection[str] = (),
        jsons: Collection[str] = (),
    ):
        self._path = path
        names = checked_columns(path, schema.names)
        self.most_rows = most_rows(schema.names)
        self._check_required(schema)
        self._dated = [name for name in names if name not in (*IDENTITY_FIELDS, "timestamp")]
        # Of each property: its plan, how its column is prepared, and the path to it in the table.
        self._properties: list[tuple[PropertyColumn, Prepare, tuple[str, ...]]] = []
        self._given: Prepare | None = None
        for name in names:
            kind = schema.field(name).type
            if name != "properties":
                self._add_property((name,), kind, name in numerics, name in jsons)
            elif pa.types.is_struct(kind):
                for field in kind.fields:
                    self._add_property((name, field.name), field.type)
            elif kind != pa.null():
                self._given = given_column(kind)
                if self._given is None:
                    raise self._mistyped(name, kind, "JSON text, a struct or a map (S-53)")
        check_count(path, [plan.key_json for plan, _, _ in self._properties])

    def validated(
        self, con: duckdb.DuckDBPyConnection, batch: pa.Table, done: int, as_of: datetime
    ) -> Iterator[Chunk]:
        """The events of a table whose first row is number done + 1; what is rejected as JSON."""
        faults = faults_of(batch, self._dated)
        numbers = np.arange(done + 1, done + 1 + len(batch))
        whole = batch
        if faults:
            is_whole = np.ones(len(batch), bool)
            is_whole[list(faults)] = False
            whole = batch.filter(pa.array(is_whole))
            numbers = numbers[is_whole]
        try:
            table = pa.table({"line_number": pa.array(numbers), **self._columns(whole)})
            plans = [plan for plan, _, _ in self._properties]
            validated, raw = validate_rows(con, table, plans, as_of)
        except ChunkTooLarge:
            middle = len(batch) // 2
            yield from self.validated(con, batch.slice(0, middle), done, as_of)
            yield from self.validated(con, batch.slice(middle), done + middle, as_of)
            return
        if faults:
            kept = self._kept_lines(con, batch, list(faults))
            validated, raw = with_faults(validated, raw, kept, faults, done + 1)
        sent = partial(rows_as_lines, con, table, plans)
        yield Chunk(validated, raw, done + len(batch), sent)

    def _kept_lines(
        self, con: duckdb.DuckDBPyConnection, batch: pa.Table, rows: list[int]
    ) -> dict[int, bytes]:
        """Rows with faults as lines for the quarantine: events, as they would land (S-7)."""
        whole, cells = taken_apart(batch, rows)
        numbers = np.arange(len(rows))
        table = pa.table({"line_number": pa.array(numbers), **self._columns(whole)})
        plans = [plan for plan, _, _ in self._properties]
        lines = rows_as_lines(con, table, plans, numbers).to_pylist()
        return {
            row: event_line(line, of_row) or raw_line(batch, row)
            for row, line, of_row in zip(rows, lines, cells, strict=True)
        }

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

    def _add_property(
        self,
        path: tuple[str, ...],
        kind: pa.DataType,
        is_numeric: bool = False,
        is_json: bool = False,
    ) -> None:
        key, name = json.dumps(path[-1], ensure_ascii=False), f"p{len(self._properties)}"
        column = property_column(name, key, kind)
        if is_numeric or is_json:
            column = numeric_text(name, key) if is_numeric else json_text(name, key)
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
