"""A CSV file of the price book → text, with the row that each record stands in.

Python's own reader in strict mode names the record of a ragged row or of a quote that is never
closed, where DuckDB's parallel reader counts lines and drops the rejected ones. It reads a million
contracts in three seconds.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa

FILE_ROW = "file_row"
# Larger batches are slower: more lists for the garbage collector to look through.
ROWS_PER_BATCH = 2_000


@dataclass(frozen=True)
class Damage:
    """What is wrong with the file at a row; after a `fatal` damage nothing in it is reliable."""

    row: int
    rule: str
    message: str
    next_step: str
    fatal: bool = True


def read_csv(content: bytes) -> tuple[list[str], pa.Table, list[Damage]]:
    """The header, `file_row` (the header is row 1) with every column as text, and the damages.

    A byte-order mark, CRLF and blank lines are fine; blank lines count as rows. The cells of a
    ragged row are filled up or cut to the header's number.
    """
    damages: list[Damage] = []
    text = _decoded(content, damages)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    batches = []
    for first_row, records in _batches(reader, damages):
        rows: Sequence[int] = range(first_row, first_row + len(records))
        if not all(records):
            rows = [row for row, record in zip(rows, records, strict=True) if record]
            records = [record for record in records if record]
        if not header and records:
            header, *records = records
            rows = rows[1:]
        if set(map(len, records)) - {len(header)}:
            records = [
                _fitted(record, len(header), row, damages)
                for row, record in zip(rows, records, strict=True)
            ]
        if records:
            cells = [pa.array(cells, pa.string()) for cells in zip(*records, strict=True)]
            batches.append(pa.table([pa.array(rows, pa.int64()), *cells], _names(header)))
    empty = pa.table(
        [pa.array([], pa.int64()), *[pa.array([], pa.string())] * len(header)], _names(header)
    )
    return header, pa.concat_tables([empty, *batches]), damages


def _names(header: list[str]) -> list[str]:
    return [FILE_ROW, *(f"cell_{position}" for position in range(len(header)))]


def _decoded(content: bytes, damages: list[Damage]) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"Byte {error.start + 1} of the file is not UTF-8."
    else:
        if "\0" not in text:
            return text
        line = text[: text.index("\0")].count("\n") + 1
        message = "There is a NUL character in it."
    damages.append(Damage(line, "encoding", message, "Save the file as CSV in UTF-8."))
    return ""


def _batches(
    reader: Iterator[list[str]], damages: list[Damage]
) -> Iterator[tuple[int, list[list[str]]]]:
    """Records with the row of the first; what follows a broken quote is not read."""
    first_row = 1
    while True:
        records: list[list[str]] = []
        try:
            # One call for many records: a loop over them would take as long as reading does.
            records.extend(islice(reader, ROWS_PER_BATCH))
        except csv.Error as error:
            damages.append(
                Damage(
                    first_row + len(records),
                    "csv_quotes",
                    f"The row cannot be split into cells: {error}.",
                    'Close every quote, and double a quote inside a quoted cell ("").',
                )
            )
            yield first_row, records
            return
        if not records:
            return
        yield first_row, records
        first_row += len(records)


def _fitted(record: list[str], width: int, row: int, damages: list[Damage]) -> list[str]:
    if len(record) == width:
        return record
    damages.append(
        Damage(
            row,
            "ragged_row",
            f"The row has {len(record)} cells, the header {width}.",
            "Quote a cell that holds a comma, and leave empty cells empty.",
            fatal=False,
        )
    )
    return [*record, *[""] * (width - len(record))][:width]
