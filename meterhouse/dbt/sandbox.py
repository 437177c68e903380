"""What the SQL of dbt's models can reach: the warehouse and the log files of this run, no more.

An analyst's model runs with the rights of the pipeline. DuckDB is told to open no other file, no
network address and no extension, and then to let nobody tell it otherwise. profiles.yml names this
module as a plugin of dbt-duckdb, so it holds however dbt is started. What a metric may read inside
the warehouse is checked before, from its SQL: meterhouse/metrics/allowed_sql.py.
"""

from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags

from meterhouse.dbt.by_hand import check_filled, find_warehouse, is_by_hand
from meterhouse.ledger.passed_build import forget_passed_build
from meterhouse.warehouse.database import table_exists
from raw_events.common.limits import limit_engine
from raw_events.common.sql import literals

# Order matters: paths can only be named while access is open, and nothing after the lock.
SETTINGS = (
    "set global TimeZone = 'UTC'",
    # Rows have no order but the one asked for: tables are written by all threads, and only once.
    "set preserve_insertion_order = false",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set allow_community_extensions = false",
    "set python_enable_replacements = false",
    "set allowed_paths = $1",
    "set enable_external_access = false",
    "set lock_configuration = true",
)


class Plugin(BasePlugin):
    """dbt-duckdb calls it with each database that it opens."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Started by hand: the warehouse that METERHOUSE_HOME names, from wherever dbt is."""
        if is_by_hand() and self.creds:
            self.creds.path = str(find_warehouse())

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Close the doors, the log files that `events.landed_events` has not read apart."""
        # Before the lock, and as in every other process of the pipeline.
        limit_engine(conn)
        if is_by_hand() and self.creds:
            check_filled(conn, self.creds.path)
            # What a person builds here, a part or with other code, no run has tested.
            forget_passed_build(conn)
        close_doors(conn, log_files(conn, everything=bool(get_flags().FULL_REFRESH)))


def close_doors(con: duckdb.DuckDBPyConnection, files: list[str]) -> None:
    """Let the database of `con` reach `files`, itself and its temporary files, for good."""
    for setting in SETTINGS:
        con.execute(setting.replace("$1", f"[{literals(files)}]"))


def log_files(con: duckdb.DuckDBPyConnection, everything: bool = False) -> list[str]:
    """The log files of the run that are not in the warehouse yet, or all of them."""
    if not table_exists(con, "inputs", "log_files"):
        return []
    query = "select path from inputs.log_files where path is not null"
    if not everything and table_exists(con, "events", "landed_events"):
        query += (
            " and log_version > (select coalesce(max(log_version), -1) from events.landed_events)"
        )
    return [path for (path,) in con.execute(query + " order by log_version").fetchall()]
