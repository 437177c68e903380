"""What a table holds, as its shape, a row count and a sum over its rows' hashes (S-48).

The order of rows does not count, and sums of parts add up. The hash of a row does not know the
names of its columns, nor where a decimal has its point: that is the shape. Another version of the
engine may hash otherwise, so a note says which one made it.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

import duckdb

from raw_events.common.sql import identifier

# A note of a table: what a reader of it later compares with. HUGEINT holds 2^63 hashes.
NOTE_COLUMNS = "table_name VARCHAR, engine VARCHAR, shape VARCHAR, rows BIGINT, hashes HUGEINT"


@dataclass(frozen=True)
class TableSum:
    """Whether it is a table, with its columns and types in order; rows, and sum of their hashes."""

    shape: str
    rows: int
    hashes: int

    def __add__(self, other: "TableSum") -> "TableSum":
        """With further rows of the same table; its shape stays what it was."""
        return TableSum(self.shape, self.rows + other.rows, self.hashes + other.hashes)


def table_sum(
    con: duckdb.DuckDBPyConnection,
    table: str,
    shape: str,
    condition: str = "true",
    without: Collection[str] = (),
) -> TableSum:
    """The sum over the rows of `table` (schema and name, dotted) for which `condition` holds.

    `shape` is that of `shapes`. `without`: columns that do not count. Raises duckdb.Error if the
    table is not there.
    """
    relation = ".".join(identifier(part) for part in table.split("."))
    left_out = f" exclude ({', '.join(map(identifier, without))})" if without else ""
    rows = f"(select *{left_out} from {relation} where {condition}) as stored"
    [(count, hashes)] = con.execute(
        f"select count(*), coalesce(sum(hash(stored)), 0)::hugeint from {rows}"
    ).fetchall()
    return TableSum(shape, count, hashes)


def shapes(con: duckdb.DuckDBPyConnection, *schemas: str) -> dict[str, str]:
    """Table or view of these schemas (schema and name, dotted) → whether it is a table, and its
    columns with their types in order."""
    # All at once: each such query lists everything that is in the warehouse first.
    found = con.execute(
        """
        with tables as (
            select schema_name, table_name from duckdb_tables()
            where database_name = current_database()
        ),

        listed as (
            select
                schema_name,
                table_name,
                string_agg(column_name || ' ' || data_type, ', ' order by column_index) as columns,
            from duckdb_columns()
            where database_name = current_database() and list_contains($schemas, schema_name)
            group by all
        )

        select
            schema_name || '.' || table_name,
            case when tables.table_name is null then 'VIEW' else 'BASE TABLE' end || ': '
                || columns,
        from listed left join tables using (schema_name, table_name)
        """,
        {"schemas": list(schemas)},
    ).fetchall()
    return dict(found)


def has_notes(con: duckdb.DuckDBPyConnection, notes: str) -> bool:
    """Whether the table `notes` is there as this release writes it."""
    with suppress(duckdb.CatalogException):
        table = con.table(notes)
        columns = zip(table.columns, table.types, strict=True)
        return ", ".join(f"{name} {kind}" for name, kind in columns) == NOTE_COLUMNS
    return False


def note_sum(con: duckdb.DuckDBPyConnection, notes: str, table: str, found: TableSum) -> None:
    """Write into the table `notes` (NOTE_COLUMNS) what `table` holds now."""
    con.execute(f"delete from {notes} where table_name = ?", [table])
    con.execute(
        f"insert into {notes} values (?, version(), ?, ?, ?)",
        [table, found.shape, found.rows, found.hashes],
    )


def noted_sums(con: duckdb.DuckDBPyConnection, notes: str) -> dict[str, TableSum]:
    """Table → its sum, as this version of the engine noted them; without those of another."""
    rows = con.execute(
        f"select table_name, shape, rows, hashes from {notes} where engine = version()"
    ).fetchall()
    return {table: TableSum(*found) for table, *found in rows}
