"""Databases through ADBC: connected by driver, read-only, with their errors in words.

| driver | what it is | what protects the window beside `lag` |
|---|---|---|
| postgresql | PostgreSQL 10 and later | its open transactions (postgres.py) |
| duckdb | a DuckDB file, opened read-only | its lock: nobody writes meanwhile |
| any other | the name or path of an ADBC driver | nothing: `lag` alone (S-63) |
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from raw_events.collectors.connection import NOT_SAID, address, is_plain
from raw_events.collectors.errors import MissingExtra, QueryFailed, SourceError, Unreachable
from raw_events.collectors.head import Head

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection, Cursor

POSTGRES, DUCKDB = "postgresql", "duckdb"
APPLICATION = "meterhouse collector"
_FORMS = {
    POSTGRES: "'%Y-%m-%dT%H:%M:%S.%fZ'::timestamptz",
    DUCKDB: "'%Y-%m-%dT%H:%M:%S.%fZ'::timestamptz",
}
_FORM = "timestamp '%Y-%m-%d %H:%M:%S.%f'"
_MISNAMED = {
    "postgres": POSTGRES,
    "pg": POSTGRES,
    "psql": POSTGRES,
    "pgsql": POSTGRES,
    "adbc_driver_postgresql": POSTGRES,
    "duck": DUCKDB,
    "adbc_driver_duckdb": DUCKDB,
}
# What the driver manager says of a library that it does not find.
_NO_DRIVER = re.compile(r"dlopen\(\)|[Cc]ould not load|LoadLibrary|[Dd]river (manifest )?not found")
# SQLSTATE: connection exceptions, the server goes down or comes up, too many connections.
_TRANSIENT_STATE = re.compile(r"08...|57P0[1-3]|53300")
# libpq gives no SQLSTATE where there is no connection yet.
_TRANSIENT_TEXT = re.compile(
    r"Connection refused|Is the server running|timeout expired|timed out|[Cc]onnection reset"
    r"|server closed the connection"
    r"|connection to server was lost|SSL connection has been closed|Network is unreachable"
    r"|No route to host|database system is (starting up|shutting down|in recovery mode)"
    r"|too many clients|could not receive data|no connection to the server"
    r"|Could not set lock on file|Temporary failure in name resolution"
)
# What no row is to blame for: the query is wrong, a table or a right is missing, it took too long,
# the server has no room. To leave a window out would be no help.
_NOT_OF_ROWS_STATE = re.compile(r"(42|53|57|58)...")
_NOT_OF_ROWS_TEXT = re.compile(r"(Parser|Binder|Catalog|Permission|IO|Out of Memory) Error")


@dataclass(frozen=True)
class Database:
    """How a collector reaches its database: `variable` of the environment has the address."""

    collector: str
    variable: str
    driver: str
    form: str
    timeout: timedelta

    @classmethod
    def of(cls, head: Head) -> "Database":
        """From the settings `connection`, `driver`, `instant_format` and `timeout`."""
        driver = head.text("driver", POSTGRES)
        if driver.lower() in _MISNAMED:
            raise head.fault(
                f"`driver` is {POSTGRES}, {DUCKDB}, or the name of an ADBC driver such as "
                f"adbc_driver_sqlite; for {driver} write {_MISNAMED[driver.lower()]}"
            )
        form = head.text("instant_format", _FORMS.get(driver, _FORM))
        timeout = head.duration("timeout", "10m")
        return cls(head.name, head.variable("connection"), driver, form, timeout)

    @contextmanager
    def connected(self) -> Iterator["Connection"]:
        """A connection without a transaction. Raises Unreachable, SourceError."""
        with self.errors_explained(is_connecting=True):
            connection = self._connect()
        try:
            yield connection
        finally:
            with suppress(Exception):
                connection.close()

    def begin(self, cursor: "Cursor") -> None:
        """Begin to read: one snapshot, no writing, an end to waiting."""
        if self.driver == POSTGRES:
            cursor.execute("begin transaction isolation level repeatable read read only")
            cursor.execute(f"set local statement_timeout = {self.timeout // timedelta(0, 0, 1000)}")
            cursor.execute("set local timezone = 'UTC'")
        elif self.driver == DUCKDB:
            cursor.execute("set timezone = 'UTC'")
            cursor.execute("begin transaction read only")

    def end(self, cursor: "Cursor") -> None:
        """The reading is over; another one may begin. Raises as `connected`."""
        if self.driver in (POSTGRES, DUCKDB):
            with self.errors_explained():
                cursor.execute("rollback")

    @contextmanager
    def errors_explained(self, is_connecting: bool = False) -> Iterator[None]:
        """Turn an error of the driver into Unreachable or SourceError, in the database's words.

        Not in its words `is_connecting` to what cannot be taken apart beyond doubt: it may name a
        part of a password.
        """
        # Within a stream of rows some drivers say it through Arrow.
        errors = _library().Error, OSError, pa.ArrowException
        try:
            yield
        except (ConnectionError, TimeoutError):
            raise
        except errors as error:
            said = " ".join(str(error).split())
            state = getattr(error, "sqlstate", None) or ""
            is_transient = _TRANSIENT_STATE.fullmatch(state) or _TRANSIENT_TEXT.search(said)
            is_no_driver = self.driver not in (POSTGRES, DUCKDB) and _NO_DRIVER.search(said)
            cause: Exception | None = error
            where = os.environ.get(self.variable, "").strip()
            # The address of a DuckDB is a path.
            if is_connecting and self.driver != DUCKDB and not is_plain(where):
                said, cause = NOT_SAID, None
            if is_transient:
                raise Unreachable(
                    f"{self.collector}: the database cannot be reached ({said}). Nothing of "
                    f"this batch was landed; {self.variable} has its address."
                ) from cause
            if is_no_driver:
                raise SourceError(
                    f"{self.collector}: there is no ADBC driver {self.driver} on this machine. "
                    f"`driver` is {POSTGRES}, {DUCKDB}, or the name or path of an ADBC driver that "
                    "is installed (docs/collectors.md)."
                ) from cause
            raise QueryFailed(
                f"{self.collector}: the database says: {said}. Nothing of this batch was landed, "
                "and the position stays.",
                said,
                not (_NOT_OF_ROWS_STATE.fullmatch(state) or _NOT_OF_ROWS_TEXT.search(said)),
            ) from cause

    def _connect(self) -> "Connection":
        where = address(self.collector, self.variable, "postgresql://user:password@host/database")
        library = _library()
        if self.driver == POSTGRES:
            try:
                from adbc_driver_postgresql import dbapi
            except ImportError:
                raise _missing(self.collector, "adbc-driver-postgresql") from None
            connection: Connection = dbapi.connect(where, autocommit=True)
            with connection.cursor() as cursor:
                cursor.execute(f"set application_name = '{APPLICATION} {self.collector}'")
            return connection
        if self.driver == DUCKDB:
            from adbc_driver_duckdb import driver_path

            path = where.removeprefix("duckdb://")
            opened: Connection = library.connect(
                driver=driver_path(),
                entrypoint="duckdb_adbc_init",
                db_kwargs={"path": path, "access_mode": "read_only"},
                autocommit=True,
            )
            return opened
        other: Connection = library.connect(driver=self.driver, db_kwargs={"uri": where})
        return other


def _library() -> Any:
    try:
        from adbc_driver_manager import dbapi
    except ImportError:
        raise _missing("A SQL collector", "adbc-driver-manager") from None
    return dbapi


def _missing(what: str, library: str) -> MissingExtra:
    return MissingExtra(
        f"{what}: the library {library} is not installed: pip install 'meterhouse[postgres]'."
    )
