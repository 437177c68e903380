"""NDJSON: one JSON object per line, plain or gzip.

Blank lines, CRLF and a byte-order mark at the start are fine. Of half a gzip file the events that
are whole are landed and the report says so; the line that the cut goes through is rejected as
`not_json`, with its bytes in the quarantine.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from raw_events.common.budget import ChunkTooLarge
from raw_events.common.errors import LandingError
from raw_events.common.source_file import SourceFile
from raw_events.readers.chunk import Chunk
from raw_events.readers.prefetch import prefetched
from raw_events.readers.text import TRUNCATED, TextFile, pieces
from raw_events.validation.line_places import Lines
from raw_events.validation.lines import validate_lines


class NdjsonReader:
    """Reads a file of JSON lines; see readers.chunk.Reader.

    With `is_judged` the age of its events was judged before they were written to it (S-62).
    """

    format = "ndjson"
    header = None

    def __init__(self, source: SourceFile, is_gzip: bool, is_judged: bool = False):
        self._file, self._is_judged = TextFile(source, is_gzip), is_judged
        self.total = self._file.total
        self.notes: list[str] = []

    def chunks(self, con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Chunk]:
        """See readers.chunk.Reader; line_number counts every line of the file from 1."""
        events = 0
        for part in prefetched(self._lines()):
            for lines, validated in _validated(con, part, None if self._is_judged else as_of):
                events += len(validated)
                is_rejected = pc.is_valid(validated["reason"])
                rejected = validated.filter(is_rejected)["line_number"].to_numpy()
                sent = partial(_sent, lines)
                yield Chunk(validated, sent(rejected), self._file.done, sent)
        if self._file.is_truncated:
            self.notes.append(TRUNCATED)
        if not events:
            raise LandingError(
                f"{self._file.path}: there is no event in it, only blank lines or nothing at all."
            )

    def _lines(self) -> Iterator[Lines]:
        number = 1
        for chunk in self._file.chunks():
            for data in pieces(chunk):
                # Gigabytes of nothing are a few kilobytes of gzip.
                if data.strip(b" \t\r\n"):
                    yield Lines.split(data, number)
                number += data.count(b"\n")


def _sent(lines: Lines, numbers: np.ndarray) -> pa.Array:
    return pa.array(map(lines.at, (numbers - lines.first_number).tolist()), pa.large_binary())


def _validated(
    con: duckdb.DuckDBPyConnection, lines: Lines, as_of: datetime | None
) -> Iterator[tuple[Lines, pa.Table]]:
    try:
        yield lines, validate_lines(con, lines, as_of)
    except ChunkTooLarge:
        for half in lines.halves():
            yield from _validated(con, half, as_of)
