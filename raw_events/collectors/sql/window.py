"""One window of a SQL collector, read in one snapshot; an error in it names it (S-63)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from raw_events.collectors.errors import BatchRefused, QueryFailed
from raw_events.collectors.sql.databases import Database

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor


@dataclass(frozen=True)
class Window:
    """One window of a collector: its query, its key and how its rows become events.

    `begin`, `end`: of the window, RFC 3339. `bucket`: what aggregates are over, None for single
    rows.
    """

    database: Database
    query: str
    key: tuple[str, ...]
    event_type: str | None
    begin: str
    end: str
    bucket: timedelta | None

    @property
    def text(self) -> str:
        """`[from, to)`, for people."""
        return f"[{self.begin}, {self.end})"

    def open(self, cursor: "Cursor") -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Begin to read it, in one snapshot: its columns, and its rows in batches of one or more.

        Raises Unreachable, SourceError, BatchRefused; so do the batches.
        """
        with self._errors_explained():
            self.database.begin(cursor)
            cursor.execute(self.query)
            stream = cursor.fetch_record_batch()
            return stream.schema, self._batches(stream)

    def _batches(self, stream: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        with self._errors_explained():
            for batch in stream:
                if len(batch):
                    yield batch

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        """What the database says names the window; what rows are to blame for, it may be left out.

        A connection error is none of them.
        """
        name = self.database.collector
        try:
            with self.database.errors_explained():
                yield
        except QueryFailed as error:
            text = (
                f"{name}: the database says: {error.says}, in the window {self.text}. Nothing of "
                "the window landed and the position stays (S-63). Correct the rows or the SELECT"
            )
            if not error.is_of_rows:
                raise QueryFailed(f"{text}.", error.says, False) from error
            raise BatchRefused(
                f"{text}; or meterhouse source skip {name} --reason TEXT leaves this whole window "
                "out.",
                {"from": self.begin, "to": self.end, "says": error.says},
            ) from error


def unreadable(window: Window, cursor: "Cursor") -> str | None:
    """What the database says of the rows of a window, all of them read; None if it gives them."""
    try:
        _, batches = window.open(cursor)
        for _ in batches:
            pass
    except BatchRefused as error:
        return error.stuck["says"]
    window.database.end(cursor)
    return None
