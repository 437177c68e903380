"""Dagster's history of runs at less cost.

Dagster writes an event per model and test to SQLite. For every statement it makes a new database
engine, which compiles the statement anew, opens the file anew, and every commit waits for the disk.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from sqlalchemy import Engine, event
from sqlalchemy.pool import SingletonThreadPool

STORAGES = (sqlite_event_log, sqlite_run_storage)


@cache
def keep_engines() -> None:
    """From now on this process has one engine per SQLite file and one connection per thread to it.

    Nobody waits for the disk.

    A power cut may cost history, never billing: the log, the ledger and the marts see to their own
    durability.
    """
    for storage in STORAGES:
        storage.create_engine = _kept(storage.create_engine)
    event.listen(Engine, "connect", _without_waiting_for_the_disk)


def _kept(create_engine: Callable[..., Engine]) -> Callable[..., Engine]:
    engines: dict[str, Engine] = {}

    def engine(url: str, **options: Any) -> Engine:
        # Each storage gives the same options with the same URL.
        if url not in engines:
            kept = create_engine(url, **options | {"poolclass": SingletonThreadPool})
            # Dagster disposes of an engine after every statement; the process's end does here.
            kept.dispose = lambda *_, **__: None
            engines[url] = kept
        return engines[url]

    return engine


def _without_waiting_for_the_disk(connection: object, _record: object) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("pragma synchronous = off")
