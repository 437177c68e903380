"""NDJSON: one JSON object per line, plain or gzip.

Blank lines, CRLF and a byte-order mark at the start are fine. Of half a gzip file the events that
are whole are landed and the report says so; the line that the cut goes through is rejected as
`not_json`, with its bytes in the quarantine.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from raw_events.common.errors import LandingError
from raw_events.readers.chunk import Chunk
from raw_events.readers.prefetch import prefetched
from raw_events.readers.text import TRUNCATED, TextFile
from raw_events.validation.lines import Lines, validate_lines


class NdjsonReader:
    """Reads a file of JSON lines; see readers.chunk.Reader."""

    format = "ndjson"
    header = None

    def __init__(self, path: Path, is_gzip: bool):
        self._file = TextFile(path, is_gzip)
        self.total = self._file.total
        self.notes: list[str] = []

    def chunks(self, con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Chunk]:
        """See readers.chunk.Reader; line_number counts every line of the file from 1."""
        events = 0
        for lines in prefetched(self._lines()):
            validated = validate_lines(con, lines, as_of)
            events += len(validated)
            rejected = validated.filter(pc.is_valid(validated["reason"]))["line_number"].to_numpy()
            indexes = (rejected - lines.first_number).tolist()
            raw = pa.array(map(lines.at, indexes), pa.large_binary())
            yield Chunk(validated, raw, self._file.done)
        if self._file.is_truncated:
            self.notes.append(TRUNCATED)
        if not events:
            raise LandingError(
                f"{self._file.path}: there is no event in it, only blank lines or nothing at all."
            )

    def _lines(self) -> Iterator[Lines]:
        number = 1
        for data in self._file.chunks():
            lines = Lines.split(data, number)
            number += len(lines.ends)
            yield lines
