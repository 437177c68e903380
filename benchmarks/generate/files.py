"""Files of events: NDJSON and Parquet, written by DuckDB in a process that is not measured."""

from collections.abc import Callable
from pathlib import Path

import duckdb

from benchmarks.generate.events import Stream, json_events, typed_events

FILE_EVENTS = 2_500_000


def write_ndjson(stream: Stream, folder: Path) -> list[Path]:
    """The stream as NDJSON files of at most FILE_EVENTS events, in the order they are sent."""
    return _write(stream, folder, "ndjson", "format json", json_events)


def write_parquet(stream: Stream, folder: Path) -> list[Path]:
    """The same as Parquet files, each property a column."""
    return _write(stream, folder, "parquet", "format parquet", typed_events)


def _write(
    stream: Stream,
    folder: Path,
    suffix: str,
    options: str,
    query: Callable[[Stream, int, int], str],
) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    end = stream.first + stream.count
    paths = []
    for first in range(stream.first, end, FILE_EVENTS):
        path = folder / f"{first:010d}.{suffix}"
        count = min(FILE_EVENTS, end - first)
        with duckdb.connect() as con:
            con.execute("set enable_progress_bar = false")
            con.execute(f"copy ({query(stream, first, count)}) to '{path}' ({options})")
        paths.append(path)
    return paths
