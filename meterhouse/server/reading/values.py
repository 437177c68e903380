"""Values of rows as JSON and CSV have them: numbers of money and usage are texts in JSON, exact."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from meterhouse.html.words import plain
from meterhouse.reports.csv_file import csv_bytes
from meterhouse.server.reading.reader import Row


def encoded(row: Row, groups: Sequence[str] = ()) -> dict[str, Any]:
    """A row for JSON; the columns `groups` become objects."""
    return {
        name: json.loads(value) if name in groups and value is not None else _plain(value)
        for name, value in row.items()
    }


def csv_of(rows: Sequence[Row], names: Sequence[str]) -> bytes:
    """Rows as CSV with a header; a text that looks like a formula gets an apostrophe (S-78)."""
    cells = {
        name: [_cell(row[name]) for row in rows] if rows else pa.array([], pa.string())
        for name in names
    }
    return csv_bytes(pa.table(cells))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value


def _cell(value: Any) -> Any:
    return _plain(value) if isinstance(value, datetime) else value
