"""CSV for people: a spreadsheet computes nothing that is in it (docs/decisions/0203)."""

import pyarrow as pa
import pyarrow.csv

from raw_events.common.text import shown

# What a spreadsheet takes for the beginning of a formula, and the sign that says text.
_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")


def csv_bytes(table: pa.Table) -> bytes:
    """The table as CSV; texts that look like formulas get an apostrophe, numbers stay."""
    columns = [
        pa.array(map(_cell, column.to_pylist()), pa.string())
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        else column
        for column in table.columns
    ]
    buffer = pa.BufferOutputStream()
    pa.csv.write_csv(pa.table(columns, table.column_names), buffer)
    return bytes(buffer.getvalue().to_pybytes())


def _cell(text: str | None) -> str | None:
    if text is None:
        return None
    return ("'" if text.startswith(_BEGINNINGS) else "") + shown(text)
