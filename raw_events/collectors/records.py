"""Records of a stream, each one event as JSON, as a reader that lands them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa

from raw_events.common.budget import ChunkTooLarge
from raw_events.readers import Chunk
from raw_events.validation.line_places import Lines
from raw_events.validation.lines import validate_lines


@dataclass(frozen=True)
class Record:
    """`value`: the bytes of one event; `place`: where it stood, for people (partition 0, offset 17)
    and for the quarantine (S-65)."""

    value: bytes
    place: str


class RecordsReader:
    """Reads lists of records, each a chunk; see readers.chunk.Reader.

    A list must be bounded by whoever makes it: budget.CHUNK_BYTES and CHUNK_EVENTS are sizes that
    fit. line_number counts the records of the batch from 1.
    """

    format = "ndjson"
    header = None

    def __init__(self, parts: Iterable[list[Record]], total: int = 0):
        self._parts, self.total = parts, total
        self.notes: list[str] = []

    def chunks(self, con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Chunk]:
        """See readers.chunk.Reader."""
        done = 0
        for records in self._parts:
            if records:
                yield from _validated(con, records, done, as_of)
                done += len(records)


def _validated(
    con: duckdb.DuckDBPyConnection, records: list[Record], done: int, as_of: datetime
) -> Iterator[Chunk]:
    lines = Lines.of([record.value for record in records])
    try:
        validated = _with_blank_ones(validate_lines(con, lines, as_of), records)
    except ChunkTooLarge:
        middle = len(records) // 2
        yield from _validated(con, records[:middle], done, as_of)
        yield from _validated(con, records[middle:], done + middle, as_of)
        return
    rejected = validated.filter(validated["reason"].is_valid())["line_number"].to_pylist()
    raw = pa.array([records[index].value for index in rejected], pa.large_binary())
    places = [records[index].place for index in rejected]
    numbers = pa.array([index + done + 1 for index in validated["line_number"].to_pylist()])
    validated = validated.set_column(0, "line_number", numbers)

    def of(numbers: np.ndarray) -> list[Record]:
        return [records[number - done - 1] for number in numbers.tolist()]

    yield Chunk(
        validated,
        raw,
        done + len(records),
        lambda numbers: pa.array([one.value for one in of(numbers)], pa.large_binary()),
        tuple(places),
        lambda numbers: tuple(one.place for one in of(numbers)),
    )


def _with_blank_ones(validated: pa.Table, records: list[Record]) -> pa.Table:
    """In a file a blank line is nothing; in a stream somebody sent it, and it is kept (S-7)."""
    if len(validated) == len(records):
        return validated
    found = set(validated["line_number"].to_pylist())
    blank = [index for index in range(len(records)) if index not in found]
    faults = pa.table(
        {
            "line_number": pa.array(blank, pa.int64()),
            "reason": ["not_json"] * len(blank),
            "detail": ["the record is empty"] * len(blank),
        }
    )
    together = pa.concat_tables([validated, faults], promote_options="default")
    return together.sort_by("line_number")
