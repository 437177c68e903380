"""Dagster's history of runs in SQLite: the files that it has by default, opened once a process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine


class HistoryInSqlite(SqliteEventLogStorage):
    """As Dagster's own class, which makes an engine and a connection for every statement.

    A run writes hundreds of events: with one engine for each file, a statement is compiled once and
    its file is opened once (decision 0223).
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "HistoryInSqlite":
        """As configured in the settings of the instance: `base_dir`, the folder of the files."""
        return cls(inst_data=inst_data, **config_value)

    def run_connection(self, run_id: str | None = None) -> Any:
        """A connection in a transaction to the file of the run `run_id`."""
        assert run_id is not None, "every event belongs to a run"
        return self._connected(run_id)

    def index_connection(self) -> Any:
        """A connection in a transaction to the file of what is asked across runs."""
        return self._connected(INDEX_SHARD_NAME)

    @contextmanager
    def _connected(self, shard: str) -> Iterator[Connection]:
        if shard not in self._engines:
            # Dagster makes the file and its tables.
            with super().run_connection(shard):
                pass
            self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard),
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
        with self._engines[shard].begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close all files."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()
