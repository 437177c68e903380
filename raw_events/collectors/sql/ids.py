"""The transaction ids of rows, made of their key, and whether one came twice (S-63).

The id is a digest of the collector's name and the values of the key, without the window: read in
other windows, a row has the same id, and S-8 counts it once. A collector of aggregates adds what it
aggregates over (the hour that the row's timestamp is in), for its key comes again in each.
"""

from datetime import timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as is_

from raw_events.common.sql import literal
from raw_events.readers.parquet_types import instants, is_text

# Of a SHA-256, in hexadecimal digits.
DIGITS = 40
# Kept of each row to find one that comes twice: of five million rows no two have them by chance.
_SHORT_BYTES = 16


class RowIds:
    """Makes the ids of one window, and remembers sixteen bytes of each."""

    def __init__(self, collector: str, key: tuple[str, ...], bucket: timedelta | None):
        # With its length before it each part ends where it ends, whatever is in it.
        said = f"{len(collector.encode())}:{collector}"
        parts = len(key) + (bucket is not None)
        texts = [f"strlen(k{n}) || ':' || k{n}" for n in range(parts)]
        self._bucket = bucket
        self._key = key
        self._query = f"""
            select n, left(digest, {DIGITS}) as id, unhex(left(digest, {2 * _SHORT_BYTES})) as short
            from (
                select n, sha256({literal(said)} || {" || ".join(texts)}) as digest from keys
            )
        """
        self._seen: list[np.ndarray] = []

    def of(self, con: duckdb.DuckDBPyConnection, table: pa.Table) -> pa.Array | None:
        """The ids of these rows, in their order; None if a column of the key has a null."""
        columns = {f"k{n}": _text(table[name]) for n, name in enumerate(self._key)}
        if self._bucket:
            columns[f"k{len(self._key)}"] = _begins(table["timestamp"], self._bucket)
        if any(column.null_count for column in columns.values()):
            return None
        con.register("keys", pa.table({"n": np.arange(len(table)), **columns}))
        made = con.sql(self._query).to_arrow_table()
        con.unregister("keys")
        places = made["n"].to_numpy()
        # Sorting them costs as much as making them, and they nearly always come in their order.
        if not (places[1:] > places[:-1]).all():
            made = made.sort_by("n")
        short = made["short"].combine_chunks().cast(pa.binary(_SHORT_BYTES))
        self._seen.append(np.frombuffer(short.buffers()[1], np.uint64).reshape(-1, 2))
        return made["id"].combine_chunks()

    def has_twice(self) -> bool:
        """Whether two rows had one key, of all that `of` was given."""
        if not self._seen:
            return False
        seen = np.concatenate(self._seen)
        # Half of the bytes tell nearly always, and sort in a twentieth of the time.
        halves = np.sort(seen[:, 0])
        if not (halves[1:] == halves[:-1]).any():
            return False
        ordered = seen[np.lexsort((seen[:, 1], seen[:, 0]))]
        return bool((ordered[1:] == ordered[:-1]).all(axis=1).any())


def _begins(timestamps: pa.ChunkedArray, bucket: timedelta) -> pa.ChunkedArray:
    """The number of each instant's bucket since 1970; a row without an instant is rejected."""
    size = bucket // timedelta(microseconds=1)
    # Whole numbers, towards zero: an instant before 1970 is too old anyway.
    return pc.fill_null(pc.divide(instants(timestamps), size).cast(pa.string()), "none")


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A value of a key as text that no setting of a session changes."""
    kind = column.type
    if is_.is_timestamp(kind):
        unit = pa.timestamp("us", kind.tz)
        return column.cast(unit, safe=False).cast(pa.int64()).cast(pa.string())
    if is_.is_date(kind):
        return column.cast(pa.date32()).cast(pa.string())
    if is_text(kind) and is_.is_dictionary(kind):
        return column.cast(kind.value_type).cast(pa.string())
    return column.cast(pa.string())
