"""Rows that are rejected before their values are looked at, with what they have as it came.

Text in a Parquet file may be no UTF-8: the format does not forbid it and few writers check. A date
may be none that has a text (far_dates.py).
"""

import json

import pyarrow as pa

from raw_events.readers.far_dates import far_rows
from raw_events.readers.parquet_nested import FarDate, exact_json
from raw_events.validation.event import FIELDS


def faulty_rows(batch: pa.Table) -> list[int]:
    """Rows with a text that is not UTF-8, nested ones too; by rows only if there is one."""
    rows: set[int] = set()
    for column in batch.columns:
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            rows.update(row for row, value in enumerate(column) if not _is_readable(value))
    return sorted(rows)


def raw_line(batch: pa.Table, row: int) -> bytes:
    """A row as a line of JSON with the bytes of its texts as they are."""
    members = []
    for name, column in zip(batch.column_names, batch.columns, strict=True):
        value = column[row]
        if value.is_valid:
            members.append(_member(name, _json(value)))
    return b"{" + b",".join(members) + b"}"


def taken_apart(batch: pa.Table, rows: list[int]) -> tuple[pa.Table, list[dict[str, str]]]:
    """These rows without the cells that have no JSON, and for each row those cells as they came."""
    columns, cells = {}, [dict[str, str]() for _ in rows]
    for name, column in zip(batch.column_names, batch.columns, strict=True):
        kept: list[int | None] = []
        for row, of_row in zip(rows, cells, strict=True):
            value = column[row]
            # Of an instant there is always a text (common/infinity.py).
            text = None if _is_instant(name, value) else _unsound(value)
            if text is not None:
                of_row[name] = text
            kept.append(None if text is not None else row)
        columns[name] = column.take(pa.array(kept, pa.int64()))
    return pa.table(columns, schema=batch.schema), cells


def event_line(line: bytes, cells: dict[str, str]) -> bytes | None:
    """The line of JSON of an event with those cells in their places; None if they have none."""
    try:
        properties = json.loads(line).get("properties")
    except ValueError:
        return None
    if not isinstance(properties, dict | None) or (properties and "properties" in cells):
        return None
    outer = [_member(name, cells[name]) for name in cells if name in FIELDS]
    inner = [_member(name, cells[name]) for name in cells if name not in FIELDS]
    if inner and "properties" in cells:
        return None
    if inner and properties:
        line = line[:-2] + b"," + b",".join(inner) + b"}}"
    elif inner:
        outer.append(b'"properties":{' + b",".join(inner) + b"}")
    if not outer:
        return line
    begin = line[:-1] + b"," if len(line) > 2 else line[:-1]
    return begin + b",".join(outer) + b"}"


def _member(name: str, text: str) -> bytes:
    return f"{json.dumps(name, ensure_ascii=False)}:{text}".encode("utf-8", "surrogateescape")


def _is_instant(name: str, value: pa.Scalar) -> bool:
    return name == "timestamp" and pa.types.is_timestamp(value.type)


def _unsound(value: pa.Scalar) -> str | None:
    """What a cell has that has no JSON; None if it has JSON, or nothing."""
    if isinstance(value, pa.DictionaryScalar):
        value = value.value
    if not value.is_valid:
        return None
    if not _is_readable(value):
        return _json(value)
    try:
        value.as_py()
    except (OverflowError, ValueError):
        try:
            exact_json(value)
        except FarDate as far:
            return str(far)
    return None


def faults_of(batch: pa.Table, properties: list[str]) -> dict[int, tuple[str, str]]:
    """Row → (reason, detail) of each that cannot be looked at; `properties`: those columns."""
    far = far_rows(batch, properties)
    found = {
        row: (
            "not_json",
            f"column {name} has a date beyond the years 1 to 9999, or infinity, which JSON has no "
            "text for",
        )
        for row, name in far.items()
    }
    bad = ("bad_encoding", "a text of the row is not UTF-8")
    return dict(sorted({**found, **dict.fromkeys(faulty_rows(batch), bad)}.items()))


def with_faults(
    validated: pa.Table,
    raw: pa.Array,
    kept: dict[int, bytes],
    faults: dict[int, tuple[str, str]],
    first: int,
) -> tuple[pa.Table, pa.Array]:
    """Put the rows with faults (as of faults_of) among the validated ones; `kept`: their lines."""
    bad = pa.table(
        {
            "line_number": pa.array([first + row for row in faults], pa.int64()),
            "reason": [reason for reason, _ in faults.values()],
            "detail": [detail for _, detail in faults.values()],
        }
    )
    numbers = validated.filter(validated["reason"].is_valid())["line_number"].to_pylist()
    lines = dict(zip(numbers, raw.to_pylist(), strict=True))
    lines |= {first + row: kept[row] for row in faults}
    together = pa.concat_tables([validated, bad], promote_options="default").sort_by("line_number")
    return together, pa.array([lines[number] for number in sorted(lines)], pa.large_binary())


def _json(value: pa.Scalar) -> str:
    if isinstance(value, pa.DictionaryScalar):
        value = value.value
    if hasattr(value, "as_buffer"):
        text = value.as_buffer().to_pybytes().decode("utf-8", "surrogateescape")
        return json.dumps(text, ensure_ascii=False)
    if not _is_readable(value):
        return '"not UTF-8"'
    try:
        return json.dumps(value.as_py(), ensure_ascii=False, default=str)
    except (OverflowError, ValueError):
        try:
            return exact_json(value)
        except FarDate as far:
            # No JSON: replayed as it is, it is rejected again.
            return str(far)


def _is_readable(value: pa.Scalar) -> bool:
    try:
        value.as_py()
    except UnicodeDecodeError:
        return False
    except (OverflowError, ValueError):
        # A date beyond Python's has no text in it that could be wrong.
        return True
    return True
