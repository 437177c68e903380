"""CSV: a header, then one event per record (RFC 4180, comma, UTF-8), plain or gzip.

Every cell is text; every column besides the required four is a property with a string, and an empty
cell is an absent property. A column `properties` has the event's properties as JSON text, beside
those of other columns (S-53).

Cells may be quoted and have line feeds inside. A record that does not fit the header is rejected
alone (`not_json`); a quote that is never closed costs its own line only. Of half a gzip file the
whole records are landed, the cut one is rejected.
"""

import csv
from collections.abc import Iterator
from datetime import datetime
from functools import partial

import duckdb

from raw_events.common.budget import LONGEST_HEADER, ChunkTooLarge
from raw_events.common.errors import LandingError
from raw_events.common.source_file import SourceFile
from raw_events.readers.chunk import Chunk
from raw_events.readers.columns import checked_columns, most_rows
from raw_events.readers.prefetch import prefetched
from raw_events.readers.records import Records
from raw_events.readers.text import TRUNCATED, TextFile, pieces
from raw_events.validation.records import RecordValidator, header_names, sent_records


class CsvReader:
    """Reads a CSV file; see readers.chunk.Reader."""

    format = "csv"

    def __init__(self, source: SourceFile, is_gzip: bool):
        self._file = TextFile(source, is_gzip)
        self.header: str | None = None
        self.total = self._file.total
        self.notes: list[str] = []

    def chunks(self, con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Chunk]:
        """See readers.chunk.Reader; line_number is the line on which a record begins."""
        validator, number, kept = None, 1, b""
        for chunk in prefetched(self._file.chunks()):
            if validator is None:
                validator, chunk, number = *self._read_header(chunk), 2
            for data in pieces(chunk, most_rows(validator.names)):
                if not (kept or data.strip(b" \r\n")):
                    # Gigabytes of nothing are a few kilobytes of gzip.
                    number += data.count(b"\n")
                    continue
                records = Records.split(kept + data, number, validator.grammar, is_last=False)
                kept, number = records.rest, records.next_number
                yield from self._validated(validator, con, records, as_of)
        if validator is None:
            raise LandingError(f"{self._file.path}: there is nothing in it, not even a header.")
        if kept:
            records = Records.split(kept, number, validator.grammar, is_last=True)
            yield from self._validated(validator, con, records, as_of)
        if self._file.is_truncated:
            self.notes.append(TRUNCATED)

    def _read_header(self, data: bytes) -> tuple[RecordValidator, bytes]:
        line, _, rest = data.partition(b"\n")
        if len(line) > LONGEST_HEADER:
            raise LandingError(
                f"{self._file.path}: line 1, the header, is longer than {LONGEST_HEADER >> 20} "
                "MiB, so this is no file of events. Nothing was landed."
            )
        try:
            self.header = line.removesuffix(b"\r").decode("utf-8")
            names = header_names(self.header)
        except (UnicodeDecodeError, csv.Error) as error:
            path = self._file.path
            raise LandingError(f"{path}: line 1 is not a CSV header: {error}") from error
        checked_columns(self._file.path, names)
        return RecordValidator(names), rest

    def _validated(
        self,
        validator: RecordValidator,
        con: duckdb.DuckDBPyConnection,
        records: Records,
        as_of: datetime,
    ) -> Iterator[Chunk]:
        # What the cut left of the last record may look whole.
        is_cut = self._file.is_truncated and not records.lines.data.endswith(b"\n")
        try:
            validated, raw = validator.validate(con, records.lines, records.numbers, as_of, is_cut)
            sent = partial(sent_records, records.lines, records.numbers)
            yield Chunk(validated, raw, self._file.done, sent)
        except ChunkTooLarge:
            for half in records.halves():
                yield from self._validated(validator, con, half, as_of)
