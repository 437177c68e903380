"""Rows of a database as rows of events: which columns they must have, and how each is taken.

| column | becomes |
|---|---|
| customer_id | text; whole numbers and UUIDs as text |
| timestamp | an instant: a timestamp with a zone, or RFC 3339 text |
| event_type | the event's type, where the settings do not name one for all |
| properties | JSON text, a struct or a map with properties |
| any other | the property of its name (readers/parquet_types.py); numerics and JSON as they are |

The transaction id is made of the key (ids.py).
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.types as is_

from raw_events.collectors.errors import CollectorFault
from raw_events.readers.arrow_rows import ArrowRows
from raw_events.readers.parquet_types import is_text, property_column

_UUID_BYTES = 16
_DASHES = (4, 6, 8, 10)


class EventColumns:
    """Takes the batches of one query. Raises CollectorFault if its columns are not an event's."""

    def __init__(
        self, collector: str, schema: pa.Schema, key: tuple[str, ...], event_type: str | None
    ):
        self._collector, self._key, self._event_type = collector, key, event_type
        names = schema.names
        for name in sorted({name for name in names if names.count(name) > 1}):
            raise self._fault(f"two columns are called {name}; name one of them otherwise")
        needed = ("customer_id", "timestamp", *key, *(() if event_type else ("event_type",)))
        for name in needed:
            if name not in names:
                of = " (a column of the key)" if name in key else ""
                raise self._fault(f"the SELECT gives no column {name}{of}: it gives {names}")
        if "transaction_id" in names:
            raise self._fault("transaction_id is made of the key; leave that column out")
        if event_type and "event_type" in names:
            raise self._fault("event_type is a setting and a column; leave one of them out")
        self._numerics = [field.name for field in schema if _is_numeric(field.type)]
        plain = pa.schema([(field.name, _plain_type(field.type)) for field in schema])
        self._check_types(plain)
        self._schema = plain
        given = {name: pa.string() for name in ("transaction_id", "event_type")}
        given |= {name: plain.field(name).type for name in names}
        if not is_text(given["customer_id"]):
            given["customer_id"] = pa.string()
        jsons = [field.name for field in schema if _is_json(field.type)]
        self.rows = ArrowRows(Path(collector), pa.schema(given), self._numerics, jsons)

    def plain(self, batch: pa.RecordBatch) -> pa.Table:
        """The same rows without extension types; UUIDs are text."""
        columns = [_plain(column) for column in batch.columns]
        return pa.table(dict(zip(self._schema.names, columns, strict=True)), schema=self._schema)

    def events(self, table: pa.Table, ids: pa.Array) -> pa.Table:
        """Rows of `plain` with the columns that ArrowRows takes."""
        columns = {"transaction_id": ids}
        if self._event_type:
            columns["event_type"] = pa.repeat(self._event_type, len(table))
        columns |= {name: table[name] for name in table.column_names}
        if not is_text(table["customer_id"].type):
            columns["customer_id"] = table["customer_id"].cast(pa.string())
        return pa.table(columns)

    def _check_types(self, schema: pa.Schema) -> None:
        for name in ("customer_id", "event_type", *self._key):
            if name not in schema.names:
                continue
            kind, is_key = schema.field(name).type, name in self._key
            if is_text(kind) or is_.is_integer(kind) or is_.is_null(kind):
                continue
            if is_key and (is_.is_date(kind) or is_.is_timestamp(kind) or is_.is_decimal(kind)):
                continue
            wanted = "text, a whole number, a date or a timestamp" if is_key else "text"
            raise self._mistyped(name, kind, f"{wanted}; cast it in the SELECT")
        kind = schema.field("timestamp").type
        if is_.is_timestamp(kind) and kind.tz is None:
            raise self._mistyped(
                "timestamp", kind, "a timestamp with a zone: write `x at time zone 'UTC'`"
            )
        if not is_.is_timestamp(kind) and not is_text(kind):
            raise self._mistyped("timestamp", kind, "a timestamp with a zone, or RFC 3339 text")
        for field in schema:
            if field.name != "properties" and property_column("p", "", field.type) is None:
                wanted = "a type that JSON has a value for: cast it in the SELECT, to text say"
                raise self._mistyped(field.name, field.type, wanted)

    def _mistyped(self, name: str, kind: pa.DataType, wanted: str) -> CollectorFault:
        return self._fault(f"column {name} is of type {kind}; it must be {wanted}")

    def _fault(self, what: str) -> CollectorFault:
        return CollectorFault(f"Collector {self._collector}: {what}. Nothing was collected (S-63).")


def _is_numeric(kind: pa.DataType) -> bool:
    """PostgreSQL's numeric comes as text, because it may be longer than any decimal of Arrow."""
    return isinstance(kind, pa.OpaqueType) and kind.type_name == "numeric"


def _is_json(kind: pa.DataType) -> bool:
    if isinstance(kind, pa.OpaqueType):
        return kind.type_name in ("json", "jsonb")
    return isinstance(kind, pa.BaseExtensionType) and kind.extension_name == "arrow.json"


def _is_uuid(kind: pa.DataType) -> bool:
    return isinstance(kind, pa.BaseExtensionType) and kind.extension_name == "arrow.uuid"


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if _is_uuid(kind):
        return pa.string()
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def _plain(column: pa.Array) -> pa.Array:
    if not isinstance(column.type, pa.BaseExtensionType):
        return column
    return _uuid_text(column.storage) if _is_uuid(column.type) else column.storage


def _uuid_text(column: pa.Array) -> pa.Array:
    """Sixteen bytes each, as 8-4-4-4-12 digits."""
    rows = len(column)
    start = column.offset * _UUID_BYTES
    data = np.frombuffer(column.buffers()[1] or b"", np.uint8)[start : start + rows * _UUID_BYTES]
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    text = np.full((rows, 36), ord("-"), np.uint8)
    at = 0
    for index, bytes_of in enumerate(data.reshape(rows, _UUID_BYTES).T):
        at += index in _DASHES
        text[:, at], text[:, at + 1] = digits[bytes_of >> 4], digits[bytes_of & 15]
        at += 2
    offsets = np.arange(0, (rows + 1) * 36, 36, dtype=np.int32)
    made = pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(text.tobytes()))
    if not column.null_count:
        return made
    return pa.compute.if_else(column.is_valid(), made, pa.scalar(None, pa.string()))
