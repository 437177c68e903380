"""Marts of a publication as tables of a PostgreSQL schema, exchanged in one transaction (S-79).

All tables are written into the schema `<name>_next`, which takes the place of `<name>` by renaming.
For the moment of the exchange every table of the old schema is locked: so no statement finds one
table of the old and one of the new, and no transaction that has read one goes on in the other.

Schemas of ours have a comment; one without it is somebody's, and is left alone.
"""

import re
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from meterhouse.exports.errors import ExportError, ExportRefused
from meterhouse.exports.published import Published, plain_columns, with_publication
from raw_events.common.sql import identifier, literal, literals

SCHEMA = "meterhouse"
_AT_ONCE = 50_000
# Shorter than PostgreSQL's deadlock_timeout (1 s): who waits for us is never the one to give up.
_LOCK_MILLISECONDS = 500
EXCHANGE_SECONDS = 300.0
_OURS = "Written by meterhouse export postgres; replaced as a whole with each export."
_NAME = re.compile("[a-z_][a-z0-9_]{0,49}")
# Of the table that names the publication of all others.
NAMES = "publication"


def export_postgres(
    home: Path, address: str, schema: str = SCHEMA, seconds: float = EXCHANGE_SECONDS
) -> Published:
    """Write all marts, and the table `publication`; gives the publication.

    `address` is of libpq (postgresql://…). The exchange is tried for `seconds`, while readers hold
    the tables. Raises ExportError, and then the schema is what it was; ExportRefused for a schema
    that no export made.
    """
    if not _NAME.fullmatch(schema):
        raise ExportRefused(
            f"{schema!r} is no name of a schema: small letters (a to z), digits and _, 50 at most."
        )
    try:
        import adbc_driver_postgresql.dbapi as postgres
    except ImportError as error:
        raise ExportRefused(
            "PostgreSQL is written by a library that is not installed: pip install"
            " 'meterhouse[postgres]'"
        ) from error
    try:
        with closing(postgres.connect(address)) as connection:
            return with_publication(
                home, lambda published: _write(connection, published, schema, seconds)
            )
    except postgres.Error as error:
        raise ExportError(
            f"PostgreSQL refused: {_first_line(error)}. The schema {schema} is "
            "what it was; correct it and export again."
        ) from error


def _write(connection: Any, published: Published, schema: str, seconds: float) -> Published:
    new, old = f"{schema}_next", f"{schema}_old"
    with closing(connection.cursor()) as cursor:
        _be_alone(cursor, schema)
        _check_ours(cursor, (schema, new, old))
        # What an export before left, which was interrupted.
        cursor.execute(f"drop schema if exists {identifier(new)} cascade")
        cursor.execute(f"create schema {identifier(new)}")
        cursor.execute(f"comment on schema {identifier(new)} is {literal(_OURS)}")
        connection.commit()
        for mart, source in published.marts.items():
            columns = plain_columns(published.columns(mart), escape=False, nul=False)
            rows = published.con.sql(f"select {columns} from {source}").to_arrow_reader(_AT_ONCE)
            cursor.adbc_ingest(mart, rows, mode="create", db_schema_name=new)
        _name(cursor, published, new)
        connection.commit()
        _retried(
            connection, seconds, lambda: _exchange(cursor, published, schema, new, old), schema
        )
        # Readers of the old tables end when they end; what cannot go yet goes the next time.
        try:
            cursor.execute(f"set lock_timeout = {_LOCK_MILLISECONDS}")
            cursor.execute(f"drop schema if exists {identifier(old)} cascade")
            connection.commit()
        except Exception:
            connection.rollback()
    return published


def _be_alone(cursor: Any, schema: str) -> None:
    """Until this connection ends: two at once would write into one schema."""
    lock = literal(f"meterhouse export {schema}")
    cursor.execute(f"select pg_try_advisory_lock(hashtextextended({lock}, 0))")
    if not cursor.fetchone()[0]:
        raise ExportError(
            f"Another export writes the schema {schema} just now. When it is done, export again."
        )


def _check_ours(cursor: Any, schemas: tuple[str, ...]) -> None:
    cursor.execute(
        "select nspname from pg_namespace n where nspname in "
        f"({literals(schemas)}) and obj_description(n.oid, 'pg_namespace') is distinct from "
        f"{literal(_OURS)} and exists (select from pg_class c where c.relnamespace = n.oid "
        "union all select from pg_proc p where p.pronamespace = n.oid) order by nspname"
    )
    others = [name for (name,) in cursor.fetchall()]
    if others:
        raise ExportRefused(
            f"The schema {others[0]} was made by no export, and it would be replaced with all that "
            "is in it. Name another with --schema, or drop it yourself."
        )


def _name(cursor: Any, published: Published, schema: str) -> None:
    said = published.described()
    values = ", ".join(f"{literal(text)} as {identifier(name)}" for name, text in said.items())
    cursor.execute(
        f"create table {identifier(schema)}.{NAMES} as select {values}, now() as exported_at"
    )


def _exchange(cursor: Any, published: Published, schema: str, new: str, old: str) -> None:
    """In one transaction; the lists of tables are those that are there, whatever made them."""
    cursor.execute(f"set local lock_timeout = {_LOCK_MILLISECONDS}")
    cursor.execute(f"drop schema if exists {identifier(old)} cascade")
    cursor.execute(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        f"where n.nspname = {literal(schema)} and c.relkind in ('r', 'p') order by c.relname"
    )
    tables = [f"{identifier(schema)}.{identifier(name)}" for (name,) in cursor.fetchall()]
    if tables:
        cursor.execute(f"lock table {', '.join(tables)} in access exclusive mode")
    cursor.execute(f"select 1 from pg_namespace where nspname = {literal(schema)}")
    if cursor.fetchall():
        cursor.execute(f"alter schema {identifier(schema)} rename to {identifier(old)}")
    cursor.execute(f"alter schema {identifier(new)} rename to {identifier(schema)}")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _retried(connection: Any, seconds: float, exchange: Callable[[], None], schema: str) -> None:
    """Until no reader holds a table in the moment."""
    until = time.monotonic() + seconds
    while True:
        try:
            exchange()
            connection.commit()
            return
        except Exception as error:
            connection.rollback()
            busy = "lock timeout" in str(error) or "deadlock" in str(error)
            if not busy:
                raise
            if time.monotonic() >= until:
                raise ExportError(
                    f"Readers held tables of {schema} for {seconds:g} seconds without a pause, so "
                    "the new ones could not take their place. They are what they were; end long "
                    "transactions and export again."
                ) from error
            time.sleep(0.1)
