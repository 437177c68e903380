"""The rows of one window, read in one snapshot, as a reader that lands them or refuses them all."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from raw_events.collectors.errors import BatchRefused, CollectorFault, ReadAgain, SourceError
from raw_events.collectors.sql.columns import EventColumns
from raw_events.collectors.sql.ids import RowIds
from raw_events.collectors.sql.window import Window
from raw_events.common.budget import CHUNK_BYTES
from raw_events.common.sql import identifier
from raw_events.common.text import shown_row
from raw_events.readers import Chunk
from raw_events.readers.parquet_sizes import row_bytes, slices, weights
from raw_events.readers.prefetch import prefetched

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

# Of one batch: sixteen bytes of each are kept, to find a key that comes twice.
MOST_ROWS = 5_000_000
_CHUNK_BYTES = 2 * CHUNK_BYTES
_ROWS_SHOWN = 5
_CHARACTERS_SHOWN = 300


def _placed(place: str, numbers: np.ndarray) -> tuple[str, ...]:
    return (place,) * len(numbers)


class WindowRows:
    """Gives the rows of an open window; see readers.chunk.Reader.

    An error inside the stream, a key that is null and one that comes twice end the reading with a
    SourceError, and nothing of the window lands (S-63). With more than MOST_ROWS rows, ReadAgain
    after `on_too_many()`.
    """

    format = "ndjson"
    header = None
    total = 0

    def __init__(
        self,
        window: Window,
        schema: pa.Schema,
        batches: Iterator[pa.RecordBatch],
        on_too_many: Callable[[], None],
    ):
        self._window, self._batches, self._on_too_many = window, batches, on_too_many
        self._columns = EventColumns(
            window.database.collector, schema, window.key, window.event_type
        )
        if window.bucket and not pa.types.is_timestamp(schema.field("timestamp").type):
            raise CollectorFault(
                f"Collector {window.database.collector}: `timestamp` of aggregates must be a "
                "timestamp, which says what a row is the aggregate of. Nothing was collected."
            )
        self.notes: list[str] = []

    def chunks(self, con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Chunk]:
        """See readers.chunk.Reader; line_number is the row of the window."""
        window, columns, done = self._window, self._columns, 0
        name = window.database.collector
        ids = RowIds(name, window.key, window.bucket)
        fault: tuple[str, str] | None = None
        # Closed before anything else is asked: what reads ahead does so in a thread.
        with closing(prefetched(self._tables())) as tables:
            for table in tables:
                if done + len(table) > MOST_ROWS:
                    self._on_too_many()
                    raise ReadAgain(f"{name}: {window.text} has more than {MOST_ROWS:,} rows.")
                made = ids.of(con, table)
                if made is None:
                    fault = "is null", _null_keys(window)
                    break
                events = columns.events(table, made)
                for chunk in columns.rows.validated(con, events, done, as_of):
                    place = f"a row of the window {window.text}"
                    yield replace(
                        chunk,
                        places=(place,) * len(chunk.raw),
                        placed=partial(_placed, place),
                    )
                done += len(table)
        if fault is None and ids.has_twice():
            fault = "comes twice", _keys_twice(window)
        if fault:
            raise self._refused(*fault)

    def _tables(self) -> Iterator[pa.Table]:
        """Batches put together, or taken apart, until each is a chunk."""
        kept: list[pa.Table] = []
        size = rows = 0
        columns = self._columns
        for batch in self._batches:
            plain = columns.plain(batch).combine_chunks()
            for whole in plain.to_batches():
                costs = weights(whole, row_bytes(whole))
                for start, end in slices(costs, _CHUNK_BYTES):
                    part = pa.Table.from_batches([whole.slice(start, end - start)])
                    more = int(costs[start:end].sum())
                    for piece in _pieces(part, columns.rows.most_rows):
                        if kept and (
                            size + more > _CHUNK_BYTES or rows + len(piece) > columns.rows.most_rows
                        ):
                            yield pa.concat_tables(kept)
                            kept, size, rows = [], 0, 0
                        kept.append(piece)
                        size, rows = size + more, rows + len(piece)
        if kept:
            yield pa.concat_tables(kept)

    def _refused(self, what: str, query: str) -> SourceError:
        """The key's fault, with rows that show it."""
        database, key, window = self._window.database, self._window.key, self._window.text
        with (
            database.connected() as connection,
            database.errors_explained(),
            connection.cursor() as cursor,
        ):
            database.begin(cursor)
            cursor.execute(query)
            table = cursor.fetch_arrow_table()
        found = table.slice(0, _ROWS_SHOWN).to_pylist()
        rows = [shown_row(row)[:_CHARACTERS_SHOWN] for row in found]
        return BatchRefused(
            f"{database.collector}: the key ({', '.join(key)}) {what} in the window {window}, so "
            "nobody can say which row is which. Nothing of the window landed and the position "
            "stays (S-63). Correct the rows or the key; or meterhouse source skip "
            f"{database.collector} --reason TEXT leaves this whole window out. Such rows:\n"
            + "\n".join(f"  {row}" for row in rows),
            {"from": self._window.begin, "to": self._window.end},
        )


def count_faults(window: Window, cursor: "Cursor") -> tuple[int, bool]:
    """How many rows a window has, and whether its key is null or comes twice in it."""
    with window.database.errors_explained():
        window.database.begin(cursor)
        cursor.execute(f"select count(*) from (\n{window.query}\n) as collected")
        ((count,),) = cursor.fetchall()
        is_faulty = False
        for faults in (_null_keys, _keys_twice):
            cursor.execute(faults(window))
            is_faulty = is_faulty or bool(cursor.fetchall())
    return int(count), is_faulty


def _null_keys(window: Window) -> str:
    is_null = " or ".join(f"{identifier(name)} is null" for name in window.key)
    return f"select * from (\n{window.query}\n) as collected where {is_null} limit {_ROWS_SHOWN}"


def _keys_twice(window: Window) -> str:
    key = (*window.key, "timestamp") if window.bucket else window.key
    names = ", ".join(map(identifier, dict.fromkeys(key)))
    same = " and ".join(f"collected.{identifier(name)} = twice.{identifier(name)}" for name in key)
    return (
        f"select collected.* from (\n{window.query}\n) as collected inner join (select {names} "
        f"from (\n{window.query}\n) as again group by {names} having count(*) > 1 "
        f"order by {names} limit {_ROWS_SHOWN}) as twice on {same} limit {_ROWS_SHOWN}"
    )


def _pieces(table: pa.Table, most: int) -> Iterator[pa.Table]:
    for start in range(0, len(table), most):
        yield table.slice(start, most)
