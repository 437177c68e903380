"""Text in a Parquet file that is not UTF-8: the format does not forbid it and few writers check."""

import json

import pyarrow as pa

from raw_events.readers.parquet_nested import exact_json


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


def with_faults(
    validated: pa.Table, raw: pa.Array, batch: pa.Table, faults: list[int], first: int
) -> tuple[pa.Table, pa.Array]:
    """Put the rows that are not UTF-8 among the validated ones."""
    bad = pa.table(
        {
            "line_number": pa.array([first + row for row in faults], pa.int64()),
            "reason": ["bad_encoding"] * len(faults),
            "detail": ["a text of the row is not UTF-8"] * len(faults),
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
        return exact_json(value)


def _is_readable(value: pa.Scalar) -> bool:
    try:
        value.as_py()
    except UnicodeDecodeError:
        return False
    except (OverflowError, ValueError):
        # A date beyond Python's has no text in it that could be wrong.
        return True
    return True
