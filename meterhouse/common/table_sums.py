"""What a table holds, as a row count and a sum over its rows' hashes (S-48).

The order of rows does not count, and sums of parts add up. Another version of the engine may hash
otherwise, so a note says which one made it.
"""

from collections.abc import Collection
from dataclasses import dataclass

import duckdb

from raw_events.common.sql import identifier

# A note of a table: what a reader of it later compares with. HUGEINT holds 2^63 hashes.
NOTE_COLUMNS = "table_name VARCHAR, engine VARCHAR, rows BIGINT, hashes HUGEINT"


@dataclass(frozen=True)
class TableSum:
    """Number of rows and sum of their hashes."""

    rows: int
    hashes: int

    def __add__(self, other: "TableSum") -> "TableSum":
        return TableSum(self.rows + other.rows, self.hashes + other.hashes)


def table_sum(
    con: duckdb.DuckDBPyConnection,
    table: str,
    condition: str = "true",
    without: Collection[str] = (),
) -> TableSum:
    """The sum over the rows of `table` (schema and name, dotted) for which `condition` holds.

    `without`: columns that do not count. Raises duckdb.Error if the table is not there.
    """
    relation = ".".join(identifier(part) for part in table.split("."))
    left_out = f" exclude ({', '.join(map(identifier, without))})" if without else ""
    rows = f"(select *{left_out} from {relation} where {condition}) as stored"
    [(count, hashes)] = con.execute(
        f"select count(*), coalesce(sum(hash(stored)), 0)::hugeint from {rows}"
    ).fetchall()
    return TableSum(count, hashes)


def note_sum(con: duckdb.DuckDBPyConnection, notes: str, table: str, found: TableSum) -> None:
    """Write into the table `notes` (NOTE_COLUMNS) what `table` holds now."""
    con.execute(f"delete from {notes} where table_name = ?", [table])
    con.execute(
        f"insert into {notes} values (?, version(), ?, ?)", [table, found.rows, found.hashes]
    )


def noted_sums(con: duckdb.DuckDBPyConnection, notes: str) -> dict[str, TableSum]:
    """Table → its sum, as this version of the engine noted them; without those of another."""
    rows = con.execute(
        f"select table_name, rows, hashes from {notes} where engine = version()"
    ).fetchall()
    return {table: TableSum(count, hashes) for table, count, hashes in rows}
