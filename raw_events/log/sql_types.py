"""Columns of a schema of the append-only tables as DuckDB names their types."""

from collections.abc import Iterable

import pyarrow as pa

_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
}


def typed_columns(schema: pa.Schema) -> dict[str, str]:
    """Name → type of each column, in order. Raises KeyError for a type that no table has."""
    return {field.name: _type(field.type) for field in schema}


def column_list(schema: pa.Schema, names: Iterable[str] | None = None) -> str:
    """Columns as `create table` takes them: all, or those of `names`, in their order."""
    types = typed_columns(schema)
    return ", ".join(f"{name} {types[name]}" for name in (types if names is None else names))


def _type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    return _TYPES[kind]
