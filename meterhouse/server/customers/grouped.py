"""The rows of one published file in memory, those of one customer together.

A page reads some hundred rows of millions. To find them is a look into a dictionary, and to hand
them over takes no copy of the others, so what it costs does not grow with how many customers there
are.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


class Grouped:
    """A table whose rows lie together by `key`; without one all rows are everybody's.

    `key` is a dictionary column. `size` in bytes of memory.
    """

    def __init__(self, table: pa.Table, key: str | None):
        self._places: dict[str, tuple[int, int]] | None = None
        if key is not None:
            # What is nobody's is shown to nobody.
            table = table.filter(pc.is_valid(table[key]))
            table, self._places = _grouped(table, key) if len(table) else (table, {})
        self._table = table
        self.size = table.nbytes

    def rows(self, keys: Iterable[str]) -> list[pa.Table]:
        """The rows of these keys, in parts, with texts as texts."""
        if self._places is None:
            return [_plain(self._table)]
        found = (self._places.get(key) for key in keys)
        return [_plain(self._table.slice(start, rows)) for start, rows in filter(None, found)]


def read_grouped(path: Path, key: str | None, columns: Iterable[str]) -> Grouped:
    """Those of the columns that the file has. Raises OSError, pa.ArrowException."""
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
    wanted = [name for name in columns if name in schema.names]
    # Each text is in memory once, however many rows have it.
    texts = [name for name in wanted if pa.types.is_string(schema.field(name).type)]
    table = pq.read_table(path, columns=wanted, read_dictionary=texts, use_threads=False)
    return Grouped(table.unify_dictionaries(), key)


def _grouped(table: pa.Table, key: str) -> tuple[pa.Table, dict[str, tuple[int, int]]]:
    codes = table[key].combine_chunks()
    of_rows = codes.indices.to_numpy()
    order = np.argsort(of_rows, kind="stable")
    ordered = of_rows[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    counts = np.diff(np.r_[starts, len(ordered)])
    names = codes.dictionary.take(pa.array(ordered[starts])).to_pylist()
    places = dict(zip(names, zip(starts.tolist(), counts.tolist(), strict=True), strict=True))
    return table.take(pa.array(order)).combine_chunks(), places


def _plain(table: pa.Table) -> pa.Table:
    """Only the texts of these rows are looked up."""
    columns = [
        pc.cast(column, column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)
