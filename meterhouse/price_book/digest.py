"""What a price book says, as one number: the same in any order of rows or columns, CSV or Parquet.

A row is written as its cells that are not null, in the order of their names, each as a netstring
(`length:text`), so no text can pass for another. A new column or table that a price book does not
use leaves its digest as it was.
"""

import hashlib

import duckdb

from raw_events.common.sql import identifier, literal


def row_text(columns: list[str]) -> str:
    """The SQL that writes a row of these columns for the digest."""
    cells = []
    for name in sorted(columns):
        cell = f"{identifier(name)}::varchar"
        written = f"concat({literal(_netstring_of(name))}, strlen({cell}), ':', {cell})"
        cells.append(f"case when {cell} is not null then {written} end")
    # concat leaves out nulls, and is ten times as fast here as a chain of ||.
    return f"concat({', '.join(cells)})"


def _netstring_of(name: str) -> str:
    return f"{len(name.encode())}:{name}"


def content_digest(
    con: duckdb.DuckDBPyConnection, relations: dict[str, tuple[str, list[str]]]
) -> str:
    """The SHA-256 (hex) over tables: name in the book → (relation to select from, its columns).

    A table counts by the digests of its rows in their order as text; an empty one does not count.
    """
    digest = hashlib.sha256()
    for name in sorted(relations):
        relation, columns = relations[name]
        [(found,)] = con.execute(
            f"""
            select sha256(array_to_string(list_sort(list(row_digest)), ''))
            from (select sha256({row_text(columns)}) as row_digest from {relation})
            """
        ).fetchall()
        if found:
            digest.update(f"{_netstring_of(name)}{found}\n".encode())
    return digest.hexdigest()
