"""What models can reach: the warehouse and the log files of this run, no more.

An analyst's SQL runs with the rights of the pipeline. DuckDB is told to open no other file, no
network address and no extension, and then to let nobody tell it otherwise. What a metric may read
inside the warehouse is checked before, from its SQL: meterhouse/metrics/allowed_sql.py.
"""

import duckdb

from meterhouse.warehouse.database import table_exists
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
# What the log has of an event, for a run without new files: read_parquet([]) is an error.
LOG_COLUMNS = {
    "transaction_id": "VARCHAR",
    "customer_id": "VARCHAR",
    "event_type": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
    "properties": "VARCHAR",
    "property_texts": "VARCHAR",
    "source": "VARCHAR",
    "received_at": "TIMESTAMPTZ",
    "position": "BIGINT",
}


def open_for_models(con: duckdb.DuckDBPyConnection) -> None:
    """Show the models the log files that `events.landed_events` has not read, and close the rest.

    They are the view `inputs.newly_landed`: an explicit list, never a glob, so that a torn or
    foreign file in the folder is never read. For good: `con` reaches nothing else afterwards.
    """
    files = new_log_files(con)
    if table_exists(con, "inputs", "log_files"):
        con.execute(f"create or replace view inputs.newly_landed as {_landed(files)}")
    close_doors(con, files)


def close_doors(con: duckdb.DuckDBPyConnection, files: list[str]) -> None:
    """Let the database of `con` reach `files`, itself and its temporary files, for good."""
    for setting in SETTINGS:
        con.execute(setting.replace("$1", f"[{literals(files)}]"))


def new_log_files(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The log files of the run that are not in the warehouse yet."""
    if not table_exists(con, "inputs", "log_files"):
        return []
    query = "select path from inputs.log_files where path is not null"
    if table_exists(con, "inputs", "run"):
        query += " and log_version <= (select run.log_version from inputs.run as run)"
    if table_exists(con, "events", "landed_events"):
        query += (
            " and log_version > (select coalesce(max(log_version), -1) from events.landed_events)"
        )
    return [path for (path,) in con.execute(query + " order by log_version").fetchall()]


def _landed(files: list[str]) -> str:
    if not files:
        nulls = ", ".join(f'null::{kind} as "{name}"' for name, kind in LOG_COLUMNS.items())
        return f"select null::BIGINT as event_seq, null::BIGINT as log_version, {nulls} where false"
    return (
        "select files.log_version * 1000000000 + raw.position as event_seq, files.log_version, "
        f"raw.* exclude (filename) from read_parquet([{literals(files)}], filename = true) as raw "
        "inner join inputs.log_files as files on raw.filename = files.path"
    )
