"""CSV: a header, then one event per record (RFC 4180, comma, UTF-8), plain or gzip.

Every cell is text; every column besides the required four is a property with a string, and an empty
cell is an absent property. Cells may be quoted and have line feeds inside. A record that does not
fit the header is rejected alone (`not_json`); a quote that is never closed costs its own line only.
Of half a gzip file the whole records are landed, the cut one is rejected.
"""

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb

from raw_events.errors import LandingError
from raw_events.judging.records import RecordJudge, header_names
from raw_events.readers.columns import checked_columns
from raw_events.readers.ndjson import TRUNCATED
from raw_events.readers.prefetch import prefetched
from raw_events.readers.reader import Chunk
from raw_events.readers.records import Records
from raw_events.readers.text import TextFile


class CsvReader:
    """Reads a CSV file; see readers.reader.Reader."""

    format = "csv"

    def __init__(self, path: Path, is_gzip: bool):
        self._file = TextFile(path, is_gzip)
        self.header: str | None = None
        self.total = self._file.total
        self.notes: list[str] = []

    def chunks(self, con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Chunk]:
        """See readers.reader.Reader; line_number is the line on which a record begins."""
        judge, number, kept = None, 1, b""
        for data in prefetched(self._file.chunks()):
            if judge is None:
                judge, data, number = *self._read_header(data), 2
            records = Records.split(kept + data, number, judge.grammar, is_last=False)
            kept, number = records.rest, records.next_number
            yield self._judged(judge, con, records, as_of)
        if judge is None:
            raise LandingError(f"{self._file.path}: there is nothing in it, not even a header.")
        if kept:
            records = Records.split(kept, number, judge.grammar, is_last=True)
            yield self._judged(judge, con, records, as_of)
        if self._file.is_truncated:
            self.notes.append(TRUNCATED)

    def _read_header(self, data: bytes) -> tuple[RecordJudge, bytes]:
        line, _, rest = data.partition(b"\n")
        try:
            self.header = line.removesuffix(b"\r").decode("utf-8")
            names = header_names(self.header)
        except (UnicodeDecodeError, csv.Error) as error:
            path = self._file.path
            raise LandingError(f"{path}: line 1 is not a CSV header: {error}") from error
        checked_columns(self._file.path, names)
        return RecordJudge(names), rest

    def _judged(
        self,
        judge: RecordJudge,
        con: duckdb.DuckDBPyConnection,
        records: Records,
        as_of: datetime,
    ) -> Chunk:
        # What the cut left of the last record may look whole.
        is_cut = self._file.is_truncated and not records.lines.data.endswith(b"\n")
        judged, raw = judge.judge(con, records.lines, records.numbers, as_of, is_cut)
        return Chunk(judged, raw, self._file.done)
