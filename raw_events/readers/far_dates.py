"""Dates and times beyond the years 1 to 9999: RFC 3339 has no text for them, and infinity is one.

PostgreSQL and DuckDB have `infinity`, and a driver gives it as some number of days or microseconds:
written as a date, it would be another one. Such rows are rejected, with the number as it came.
"""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as is_

from raw_events.readers.parquet_nested import FarDate, exact_json

_FIRST, _LAST = date(1, 1, 1), date(9999, 12, 31)
_EPOCH = date(1970, 1, 1)
_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000}


def far_rows(batch: pa.Table, names: list[str]) -> dict[int, str]:
    """Row → the column (of `names`) in which it has such a value, nested ones too."""
    found: dict[int, str] = {}
    for name in names:
        for row in _far(batch[name]).tolist():
            found.setdefault(row, name)
    return found


def _far(column: pa.ChunkedArray) -> np.ndarray:
    """The rows of a column with such a value."""
    kind, none = column.type, np.zeros(0, np.int64)
    if not _is_dated(kind) or not len(column):
        return none
    if is_.is_struct(kind):
        fields = [_far(pc.struct_field(column, at)) for at in range(kind.num_fields)]
        return np.unique(np.concatenate(fields))
    if is_.is_nested(kind):
        return np.array([row for row, it in enumerate(column) if not _is_near(it)], np.int64)
    size = pa.int32() if is_.is_date32(kind) else pa.int64()
    numbers = column.cast(size)
    unit = 1 if is_.is_date32(kind) else _DAY["ms" if is_.is_date64(kind) else kind.unit]
    low, high = (_FIRST - _EPOCH).days * unit, ((_LAST - _EPOCH).days + 1) * unit
    seen = pc.min_max(numbers)
    least, most = seen["min"].as_py(), seen["max"].as_py()
    if least is None or (least >= low and most < high):
        return none
    is_far = pc.or_(pc.less(numbers, low), pc.greater_equal(numbers, high))
    return np.flatnonzero(pc.fill_null(is_far, False).to_numpy())


def _is_dated(kind: pa.DataType) -> bool:
    """Whether it has dates or times that may be so far; nanoseconds reach no further than 2262."""
    if is_.is_struct(kind):
        return any(_is_dated(field.type) for field in kind.fields)
    if is_.is_map(kind):
        return _is_dated(kind.item_type)
    if is_.is_nested(kind):
        return not is_.is_union(kind) and _is_dated(kind.value_type)
    return bool(is_.is_date(kind) or (is_.is_timestamp(kind) and kind.unit != "ns"))


def _is_near(value: pa.Scalar) -> bool:
    try:
        value.as_py()
    except UnicodeDecodeError:
        # A row with such a text is rejected for it.
        return True
    except (OverflowError, ValueError):
        try:
            exact_json(value)
        except FarDate:
            return False
    return True
