"""Opening the warehouse's DuckDB file."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow

from meterhouse.warehouse.errors import RunInProgress
from raw_events.common.limits import limit_engine
from raw_events.common.sql import identifier


@contextmanager
def open_warehouse(home: Path, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to $HOME/warehouse.duckdb in UTC, closed at the end.

    A DuckDB file admits one process; raises RunInProgress, naming it, if another one has it.
    """
    path = Path(home) / "warehouse.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        con = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise
        raise RunInProgress(
            f"{path} is open in another program ({error}). One process at a time can use the "
            "warehouse: wait for the run to end or close that program. The published marts "
            f"({path.parent / 'marts'}) can be read at any time."
        ) from error
    try:
        limit_engine(con)
        con.execute("set TimeZone = 'UTC'")
        yield con
    finally:
        con.close()


@contextmanager
def kept_open(home: Path) -> Iterator[None]:
    """While this lasts the warehouse's file stays open, if it can be: to open it again is free.

    It takes a checkpoint otherwise, a dozen times a run. Not around a build, which closes the
    database's doors for good (dbt/doors.py).
    """
    with ExitStack() as stack:
        # Whoever opens it next says why it cannot be.
        with suppress(RunInProgress, duckdb.Error):
            stack.enter_context(open_warehouse(home))
        yield


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing: commit at the end, roll back on any error."""
    con.begin()
    try:
        yield
        con.commit()
    except BaseException:
        con.rollback()
        raise


def table_exists(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Whether the warehouse has that table or view."""
    # Temporary ones too. Not duckdb_tables() or information_schema, which list everything first.
    name = f"{identifier(schema)}.{identifier(table)}"
    for relation in (name, f"temp.{name}"):
        with suppress(duckdb.CatalogException):
            con.table(relation)
            return True
    return False


def append_rows(con: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    """Append tuples in the order of the table's columns, through Arrow with the table's types."""
    if not rows:
        return
    schema = con.sql(f"from {table} limit 0").to_arrow_table().schema
    columns = [
        pyarrow.array(values, field.type)
        for values, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    con.register("appended_rows", pyarrow.table(columns, schema=schema))
    try:
        con.execute(f"insert into {table} from appended_rows")
    finally:
        con.unregister("appended_rows")
