"""Nested values of Parquet files as JSON, row by row."""

import json
import math
from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types as is_

from raw_events.common.infinity import INFINITE, INFINITE_DAYS, true_number
from raw_events.validation.event import EXACT_DIGITS


class FarDate(ValueError):
    """A date beyond the years 1 to 9999; its text is infinity, or the number that stands for it."""


def value_json(value: pa.Scalar, kind: pa.DataType) -> str:
    """JSON of a value that is not null, `kind` its type. Raises UnicodeDecodeError."""
    try:
        return _json(value.as_py(maps_as_pydicts=None), kind)
    except (UnicodeDecodeError, FarDate):
        raise
    except (OverflowError, ValueError):
        return exact_json(value)


def exact_json(value: pa.Scalar) -> str:
    """JSON of a value with nanoseconds, which are cut off.

    Raises FarDate for a date beyond the years 1 to 9999 (far_dates.py).
    """
    kind = value.type
    if not value.is_valid:
        return "null"
    if is_.is_struct(kind):
        return "{" + ",".join(f"{_quoted(k)}:{exact_json(v)}" for k, v in value.items()) + "}"
    if is_.is_map(kind):
        pairs = zip(value.values.field(0), value.values.field(1), strict=True)
        return "{" + ",".join(f"{_quoted(k.as_py())}:{exact_json(v)}" for k, v in pairs) + "}"
    if is_.is_nested(kind):
        return "[" + ",".join(map(exact_json, value.values)) + "]"
    if is_.is_date(kind):
        days = value.value if is_.is_date32(kind) else value.value // 86_400_000
        return _quoted(_near(np.datetime64(days, "D"), days, "days", INFINITE_DAYS))
    if is_.is_timestamp(kind):
        unit, number = (kind.unit, value.value)
        if unit == "ns":
            unit, number = "us", number // 1000
        text = _near(np.datetime64(number, unit), number, unit, INFINITE)
        return _quoted(text + ("Z" if kind.tz else ""))
    if is_.is_time(kind):
        return _quoted(str(value.cast(pa.string())))
    return _json(value.as_py(), kind)


def _near(moment: np.datetime64, number: int, unit: str, infinite: Mapping[int, str]) -> str:
    if number in infinite:
        raise FarDate(infinite[number])
    year = int(moment.astype("datetime64[Y]").astype(np.int64)) + 1970
    if not 1 <= year <= 9999:
        number = true_number(number) if unit == "us" else number
        raise FarDate(f"({number} {unit} since 1970-01-01)")
    return str(moment)


def _json(value: Any, kind: pa.DataType) -> str:
    if value is None:
        return "null"
    if is_.is_struct(kind):
        pairs = ((f.name, value[f.name], f.type) for f in kind.fields)
        return "{" + ",".join(f"{_quoted(k)}:{_json(v, t)}" for k, v, t in pairs) + "}"
    if is_.is_map(kind):
        pairs = ((key, item, kind.item_type) for key, item in value)
        return "{" + ",".join(f"{_quoted(k)}:{_json(v, t)}" for k, v, t in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_json(item, kind.value_type) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float_text(value, kind)
    if isinstance(value, Decimal):
        text = f"{value:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        digits = len(text.replace(".", "").lstrip("-0"))
        return f'"{text}"' if digits > EXACT_DIGITS else text
    if isinstance(value, str):
        return _quoted(value)
    if getattr(value, "tzinfo", None):
        value = value.astimezone(UTC).replace(tzinfo=None)
        return _quoted(value.isoformat() + "Z")
    return _quoted(value.isoformat())


def _float_text(value: float, kind: pa.DataType) -> str:
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    return repr(value) if is_.is_float64(kind) else str(np.float32(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
