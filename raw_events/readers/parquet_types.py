"""Parquet types as JSON values, exactly (S-10).

| column | value |
|---|---|
| text, also dictionary-encoded | a string |
| integers | a number |
| FLOAT, DOUBLE | the shortest number that reads back the same; NaN and infinities as strings |
| DECIMAL | a number without trailing zeros; a string where it has over 15 significant digits |
| BOOLEAN | true, false |
| DATE, TIME, TIMESTAMP | a string as ISO 8601 has it, with Z where the type has a zone |
| LIST, STRUCT, MAP | arrays and objects of these; slower, because they are taken row by row |
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as is_

from raw_events.common.budget import GROWN_BYTES, ChunkTooLarge
from raw_events.readers.parquet_nested import value_json
from raw_events.validation.event import EXACT_DIGITS
from raw_events.validation.rows import PropertyColumn

Prepare = Callable[[pa.ChunkedArray], pa.ChunkedArray | pa.Array]

_LONG = 10**EXACT_DIGITS
_WHOLE = {"s": 1_000_000, "ms": 1_000}


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text."""
    kind = kind.value_type if is_.is_dictionary(kind) else kind
    return bool(is_.is_string(kind) or is_.is_large_string(kind) or is_.is_string_view(kind))


def instants(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A timestamp column with a zone as BIGINT microseconds; finer digits are cut off."""
    unit = column.type.unit
    numbers = column.cast(pa.int64())
    if unit == "ns":
        # Towards zero; an instant before 1970, where that is not cutting off, is too old anyway.
        return pc.divide(numbers, 1000)
    if unit == "us":
        return numbers
    factor = _WHOLE[unit]
    # Far outside of S-6 either way, and the product must fit.
    limit = 2**62 // factor
    numbers = pc.max_element_wise(numbers, -limit, skip_nulls=False)
    return pc.multiply(pc.min_element_wise(numbers, limit, skip_nulls=False), factor)


def property_column(
    name: str, key_json: str, kind: pa.DataType
) -> tuple[PropertyColumn, Prepare] | None:
    """How column `name` of this type becomes a property; None if it cannot be a JSON value."""

    def plan(value: str, **more: str) -> PropertyColumn:
        return PropertyColumn(key_json, value, **more)

    if is_text(kind):
        return plan(f"to_json({name})::varchar"), lambda c: c.cast(pa.string())
    if is_.is_dictionary(kind):
        inner = property_column(name, key_json, kind.value_type)
        return inner and (inner[0], lambda c: inner[1](c.cast(kind.value_type)))
    if is_.is_null(kind):
        return plan("null"), lambda c: c
    if is_.is_boolean(kind):
        return plan(f"{name}::varchar"), lambda c: c
    if is_.is_integer(kind):
        long = f"case when {name} not between {1 - _LONG} and {_LONG - 1} then {name}::varchar end"
        return plan(f"{name}::varchar", text=long), lambda c: c
    if is_.is_floating(kind):
        return _floating(key_json, name), _float_column
    if is_.is_decimal(kind):
        return _decimal(key_json, name, kind)
    if is_.is_date(kind):
        return plan(f"'\"' || {name}::date || '\"'"), lambda c: c.cast(pa.date32())
    if is_.is_time(kind):
        return plan(f"'\"' || {name}::time || '\"'"), lambda c: c
    if is_.is_timestamp(kind):
        zone = "Z" if kind.tz else ""
        text = f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%f{zone}')"
        return plan(f"'\"' || {text} || '\"'"), _naive_microseconds
    if is_.is_nested(kind) and _is_convertible(kind):
        return plan(name, again=f"{name} is not null"), _nested_column(kind)
    return None


def json_text(name: str, key_json: str) -> tuple[PropertyColumn, Prepare]:
    """How a text column of JSON becomes a property: the value that it is."""
    return PropertyColumn(key_json, name, again=f"{name} is not null"), lambda c: c.cast(
        pa.string()
    )


def numeric_text(name: str, key_json: str) -> tuple[PropertyColumn, Prepare]:
    """How a text column of decimal numbers of any length becomes a property, exactly.

    As DECIMAL: a number without trailing zeros, a string where it has over 15 significant digits;
    NaN and infinities are strings.
    """
    # Regular expressions cost most here: each is asked once, and only where it decides.
    text = f"case when contains({name}, '.') then rtrim(rtrim({name}, '0'), '.') else {name} end"
    is_number = f"regexp_full_match({name}, '-?[0-9]+(\\.[0-9]+)?')"
    digits = f"strlen(ltrim(replace({text}, '.', ''), '-0'))"
    value = (
        f"case when {name} is null then null when {is_number} then "
        f"case when {digits} <= {EXACT_DIGITS} then {text} else '\"' || {text} || '\"' end "
        f"when starts_with(lower({name}), 'nan') then '\"NaN\"' "
        f"when starts_with(lower({name}), 'inf') then '\"Infinity\"' "
        f"when starts_with(lower({name}), '-inf') then '\"-Infinity\"' "
        f"else to_json({name})::varchar end"
    )
    is_tiny = f"starts_with({name}, '0.0000') or starts_with({name}, '-0.0000')"
    is_small = f"{is_number} and {digits} between 1 and {EXACT_DIGITS}"
    small = f"case when {is_tiny} then case when {is_small} then {text} end end"
    return PropertyColumn(key_json, value, text=small), lambda column: column.cast(pa.string())


def given_column(kind: pa.DataType) -> Prepare | None:
    """How a column `properties` of this type becomes JSON text (S-53); None if it cannot.

    A struct is not asked for: its fields are columns by themselves.
    """
    if is_text(kind):
        return _given_text
    return _nested_column(kind) if is_.is_map(kind) and _is_convertible(kind) else None


def _given_text(column: pa.ChunkedArray) -> pa.Array:
    texts = column.cast(pa.string())
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _floating(key_json: str, name: str) -> PropertyColumn:
    text = f"{name}::varchar"
    value = (
        f"case when {name} is null then null when isfinite({name}) then {text} "
        f"when isnan({name}) then '\"NaN\"' "
        f"when {name} > 0 then '\"Infinity\"' else '\"-Infinity\"' end"
    )
    # Shorter ones have at most 15 digits; 0.00001 is printed with an exponent.
    long = (
        f"case when isfinite({name}) and strlen({text}) > {EXACT_DIGITS} "
        f"then regexp_replace({text}, '\\.0$', '') end"
    )
    again = f"(isfinite({name}) and (contains({text}, 'e') or {text} = '-0.0'))"
    return PropertyColumn(key_json, value, text=long, again=again)


def _float_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.float32()) if is_.is_float16(column.type) else column


def _decimal(key_json: str, name: str, kind: pa.DataType) -> tuple[PropertyColumn, Prepare] | None:
    if kind.precision > 38:
        return None
    text = f"{name}::varchar"
    if kind.scale > 0:
        text = f"regexp_replace({text}, '\\.?0+$', '')"
    digits = f"strlen(ltrim(replace({text}, '.', ''), '-0'))"
    value = f"case when {digits} > {EXACT_DIGITS} then '\"' || {text} || '\"' else {text} end"
    small = (
        f"case when {name} <> 0 and abs({name}) < 0.0001 and {digits} <= {EXACT_DIGITS} "
        f"then {text} end"
    )
    target = pa.decimal128(kind.precision, kind.scale)
    return PropertyColumn(key_json, value, text=small), lambda c: c.cast(target)


def _naive_microseconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    # Instants are stored in UTC; without the zone DuckDB prints them as they are.
    return (
        column.cast(pa.timestamp("us", column.type.tz), safe=False)
        .cast(pa.int64())
        .cast(pa.timestamp("us"))
    )


def _is_convertible(kind: pa.DataType) -> bool:
    if is_.is_struct(kind):
        return all(_is_convertible(field.type) for field in kind.fields)
    if is_.is_map(kind):
        return is_text(kind.key_type) and _is_convertible(kind.item_type)
    if is_.is_nested(kind):
        return not is_.is_union(kind) and _is_convertible(kind.value_type)
    return property_column("", "", kind) is not None


def _nested_column(kind: pa.DataType) -> Prepare:
    def convert(column: pa.ChunkedArray) -> pa.Array:
        texts: list[str | None] = []
        grown = 0
        # Value by value: as Python objects a whole column would be ten times as large.
        for value in column:
            texts.append(value_json(value, kind) if value.is_valid else None)
            grown += len(texts[-1] or "")
            if grown > GROWN_BYTES and len(column) > 1:
                raise ChunkTooLarge
        return pa.array(texts, pa.string())

    return convert
