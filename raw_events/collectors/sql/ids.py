"""The transaction ids of rows, made of their key, and whether one came twice (S-63).

The id is a digest of the collector's name and the values of the key, without the window: read in
other windows, a row has the same id, and S-8 counts it once. A collector of aggregates adds the
window, for its key comes again in each.
"""

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.types as is_

from raw_events.common.sql import literal
from raw_events.readers.parquet_types import is_text

# Of a SHA-256, in hexadecimal digits.
DIGITS = 40
# Kept of each row to find one that comes twice: of five million rows no two have them by chance.
_SHORT_BYTES = 16


class RowIds:
    """Makes the ids of one window, and remembers sixteen bytes of each."""

    def __init__(self, collector: str, key: tuple[str, ...], window: str | None):
        parts = [collector] if window is None else [collector, window]
        # With its length before it each part ends where it ends, whatever is in it.
        said = "".join(f"{len(part.encode())}:{part}" for part in parts)
        texts = [f"strlen(k{n}) || ':' || k{n}" for n in range(len(key))]
        self._key = key
        self._query = f"""
            select left(digest, {DIGITS}) as id, unhex(left(digest, {2 * _SHORT_BYTES})) as short
            from (
                select n, sha256({literal(said)} || {" || ".join(texts)}) as digest from keys
            )
            order by n
        """
        self._seen: list[np.ndarray] = []

    def of(self, con: duckdb.DuckDBPyConnection, table: pa.Table) -> pa.Array | None:
        """The ids of these rows, in their order; None if a column of the key has a null."""
        columns = {f"k{n}": _text(table[name]) for n, name in enumerate(self._key)}
        if any(column.null_count for column in columns.values()):
            return None
        con.register("keys", pa.table({"n": np.arange(len(table)), **columns}))
        made = con.sql(self._query).to_arrow_table()
        con.unregister("keys")
        short = made["short"].combine_chunks().cast(pa.binary(_SHORT_BYTES))
        self._seen.append(np.frombuffer(short.buffers()[1], np.uint64).reshape(-1, 2))
        return made["id"].combine_chunks()

    def has_twice(self) -> bool:
        """Whether two rows had one key, of all that `of` was given."""
        if not self._seen:
            return False
        seen = np.concatenate(self._seen)
        ordered = seen[np.lexsort((seen[:, 1], seen[:, 0]))]
        return bool((ordered[1:] == ordered[:-1]).all(axis=1).any())


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
