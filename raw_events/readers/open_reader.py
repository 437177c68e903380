"""Which reader reads a file: its name says."""

from pathlib import Path

from raw_events.common.errors import LandingError
from raw_events.common.source_file import SourceFile
from raw_events.readers.chunk import Reader
from raw_events.readers.csv import CsvReader
from raw_events.readers.ndjson import NdjsonReader
from raw_events.readers.parquet import ParquetReader


def open_reader(source: SourceFile, ending: str | None = None) -> Reader:
    """The reader for a file, by its name. Raises LandingError for a name that says nothing.

    `ending` says it where the name is not that of a file (`in/.ndjson` of a bucket).
    """
    path = source.path
    suffixes = [suffix.lower() for suffix in Path(f"x{ending}" if ending else path).suffixes]
    is_gzip = suffixes[-1:] == [".gz"]
    kind = (suffixes[:-1] if is_gzip else suffixes)[-1:]
    if kind in ([".ndjson"], [".jsonl"]):
        return NdjsonReader(source, is_gzip)
    if kind == [".csv"]:
        return CsvReader(source, is_gzip)
    if kind == [".parquet"] and not is_gzip:
        return ParquetReader(source)
    raise LandingError(
        f"{path}: the name does not say what is in the file. Files of events end in .ndjson, "
        ".jsonl or .csv (each also with .gz), or in .parquet."
    )
