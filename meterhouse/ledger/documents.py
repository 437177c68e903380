"""Ledger rows put together from the flat tables of `due.py`: each invoice with its lists inside.

In parts of so many rows that memory does not grow with how many are due. The lists are cut
from sorted rows by where each invoice begins: gathering them by SQL (`list(struct)`) copies every
cell of every row, one by one, which was the slowest step of a run.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from meterhouse.ledger.chain import document_sql
from meterhouse.ledger.columns import Fields
from meterhouse.ledger.due import TABLES
from meterhouse.ledger.schema import (
    APPLICATION,
    AUTOMATIC,
    BREAKDOWN,
    COUNTED,
    DUE_INVOICE,
    LEDGER_ROW,
    LINE,
    SLICE,
    UNRATED,
)

# Rows of all these tables. A part becomes one row group of the file; a single invoice is never cut.
ROWS_PER_PART = 500_000
PARTS = """
    select min(sequence), max(sequence)
    from (
        select sequence, (sum(rows) over (order by sequence) - rows) // {rows_per_part} as part
        from (select sequence, count(*) as rows from ({sequences}) group by sequence)
    )
    group by part
    order by part
"""
DOCUMENTS_AT_ONCE = 2_048
# A line's place among all: its invoice's sequence, then its number, a 32-bit integer.
_NUMBERS = 2**31


def due_parts(con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[pa.Table]:
    """Columns of LEDGER_ROW but the chain's two, in the order of the sequence, part by part."""
    sequences = " union all ".join(f"select sequence from {table}" for table in TABLES)
    query = PARTS.format(rows_per_part=ROWS_PER_PART, sequences=sequences)
    for first, last in con.execute(query).fetchall():
        yield _part(con, first, last, as_of)


def contents(con: duckdb.DuckDBPyConnection, part: pa.Table) -> list[str]:
    """Step 2 of the chain's recipe (chain.py) for each row of a part, in its order.

    Python's SHA-256 is faster than DuckDB's; few documents at a time stay in the cache.
    """
    found = {}
    for batch in _documents(con, part, "sequence", LEDGER_ROW):
        _, offsets, texts = batch.column(1).buffers()
        bounds, view = np.frombuffer(offsets, np.int32).tolist(), memoryview(texts)
        for row, sequence in enumerate(batch.column(0).to_pylist(), batch.column(1).offset):
            text = view[bounds[row] : bounds[row + 1]]
            found[sequence] = hashlib.sha256(text).hexdigest()
    return [found[sequence] for sequence in part["sequence"].to_pylist()]


def documents(con: duckdb.DuckDBPyConnection, part: pa.Table, fields: Fields) -> dict[str, str]:
    """Invoice id → its JSON document (chain.py) of the columns `fields`, for the rows of a part."""
    found: dict[str, str] = {}
    for batch in _documents(con, part, "invoice_id", fields):
        found.update(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    return found


def _documents(
    con: duckdb.DuckDBPyConnection, part: pa.Table, key: str, fields: Fields
) -> Iterator[pa.RecordBatch]:
    con.register("part_rows", part)
    try:
        document = document_sql("part_rows", fields)
        rows = con.sql(f"select {key}, {document} as document from part_rows")
        yield from rows.to_arrow_reader(DOCUMENTS_AT_ONCE)
    finally:
        con.unregister("part_rows")


def _part(con: duckdb.DuckDBPyConnection, first: int, last: int, as_of: datetime) -> pa.Table:
    own = ", ".join(f'"{name}"' for name, spec in DUE_INVOICE.items() if isinstance(spec, str))
    invoices = _rows(
        con,
        "sequence, 'finalized' as event, null::varchar as reason, null::varchar as voided_by, "
        "null::varchar as credit_note_number, "
        f"timestamptz '{as_of.isoformat()}' as finalized_at, {own}",
        "due",
        "sequence",
        (first, last),
    )
    begins = np.arange(first, last + 2)
    lists = {
        "lines": _lines(con, begins),
        "unrated": _list(
            con, "due_unrated", UNRATED, "period_start, product_id, pricing_group, reason", begins
        ),
        "slices": _list(
            con, "due_slices", SLICE, "period_start, product_id, pricing_group, service_start",
            begins,
        ),
        "applications": _list(
            con, "due_applications", APPLICATION, "line_number, commit_id, segment", begins
        ),
        "counted": _list(
            con, "due_counted", COUNTED,
            "commit_id, segment, period_start, product_id, pricing_group, service_start, "
            "converted_unit",
            begins,
        ),
        "automatic_commits": _list(con, "due_automatic", AUTOMATIC, "commit_id", begins),
    }  # fmt: skip
    for name, column in lists.items():
        invoices = invoices.append_column(name, column)
    return invoices


def _lines(con: duckdb.DuckDBPyConnection, begins: np.ndarray) -> pa.Array:
    bounds = (begins[0], begins[-2])
    lines = _rows(con, f"sequence, {_names(LINE)}", "due_lines", "sequence, line_number", bounds)
    # A breakdown of a line that is not there would move those of the lines after it.
    parts = _rows(
        con,
        f"sequence, line_number, {_names(BREAKDOWN)}",
        "due_breakdowns semi join due_lines using (sequence, line_number)",
        "sequence, line_number, presentation_group",
        bounds,
    )
    places = np.append(_line_places(lines), np.iinfo(np.int64).max)
    breakdowns = _cut(parts, BREAKDOWN, np.searchsorted(_line_places(parts), places))
    offsets = np.searchsorted(lines["sequence"].to_numpy(), begins)
    return _cut(lines, LINE, offsets, {"breakdowns": breakdowns})


def _list(
    con: duckdb.DuckDBPyConnection,
    table: str,
    fields: dict[str, Any],
    order: str,
    begins: np.ndarray,
) -> pa.Array:
    bounds = (begins[0], begins[-2])
    rows = _rows(con, f"sequence, {_names(fields)}", table, f"sequence, {order}", bounds)
    return _cut(rows, fields, np.searchsorted(rows["sequence"].to_numpy(), begins))


def _rows(
    con: duckdb.DuckDBPyConnection, columns: str, source: str, order: str, bounds: tuple[Any, ...]
) -> pa.Table:
    return con.sql(
        f"select {columns} from {source} where sequence between {bounds[0]} and {bounds[1]} "
        f"order by {order}"
    ).to_arrow_table()


def _cut(
    rows: pa.Table,
    fields: dict[str, Any],
    offsets: np.ndarray,
    more: "dict[str, pa.Array] | None" = None,
) -> pa.Array:
    """Rows as a list of structs per invoice or line; `offsets` has where each of them begins."""
    columns = {name: rows[name].combine_chunks() for name in fields} | (more or {})
    structs = pa.StructArray.from_arrays(list(columns.values()), list(columns))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs)


def _line_places(rows: pa.Table) -> np.ndarray:
    places: np.ndarray = rows["sequence"].to_numpy() * _NUMBERS + rows["line_number"].to_numpy()
    return places


def _names(fields: dict[str, Any]) -> str:
    return ", ".join(f'"{name}"' for name in fields)
