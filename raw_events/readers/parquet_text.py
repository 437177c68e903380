"""Rows that are rejected before their values are looked at, with what they have as it came.

Text in a Parquet file may be no UTF-8: the format does not forbid it and few writers check. A date
may be none that has a text (far_dates.py).
"""

import json

import pyarrow as pa

from raw_events.readers.far_dates import far_rows
from raw_events.readers.parquet_nested import FarDate, exact_json


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
            members.append(f"{json.dumps(name, ensure_ascii=False)}:{_json(value)}")
    return ("{" + ",".join(members) + "}").encode("utf-8", "surrogateescape")


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
    batch: pa.Table,
    faults: dict[int, tuple[str, str]],
    first: int,
) -> tuple[pa.Table, pa.Array]:
    """Put the rows with faults (as of faults_of) among the validated ones."""
    bad = pa.table(
        {
            "line_number": pa.array([first + row for row in faults], pa.int64()),
            "reason": [reason for reason, _ in faults.values()],
            "detail": [detail for _, detail in faults.values()],
        }
    )
    numbers = validated.filter(validated["reason"].is_valid())["line_number"].to_pylist()
    lines = dict(zip(numbers, raw.to_pylist(), strict=True))
    lines |= {first + row: raw_line(batch, row) for row in faults}
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
            return f"({far})"


def _is_readable(value: pa.Scalar) -> bool:
    try:
        value.as_py()
    except UnicodeDecodeError:
        return False
    except (OverflowError, ValueError):
        # A date beyond Python's has no text in it that could be wrong.
        return True
    return True
