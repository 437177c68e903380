"""Which release's tables the warehouse holds, and how one of another release is made again.

Everything in the warehouse follows from the log, the price books and the ledger. So a release that
keeps other tables does not convert the old ones: it drops them, and the run computes them again.
"""

import hashlib

import duckdb

from meterhouse.common.progress import reporter
from meterhouse.metrics.model_columns import model_columns
from meterhouse.warehouse.database import table_exists, transaction
from meterhouse.warehouse.errors import WarehouseError
from meterhouse.warehouse.run_costs import COLUMNS as RUN_COLUMNS
from raw_events.common.sql import identifier

# Raise it when kept rows mean something else, although their columns are the same.
LAYOUT = 2
# Models whose rows a run keeps; those of metrics are kept by their own fingerprints.
KEPT_MODELS = (
    ("events", "landed_events"),
    ("events", "event_days"),
    ("usage", "bad_quantity_days"),
    ("usage", "computed_windows"),
    ("usage", "day_states"),
)
# The costs of runs are history, and nothing can be computed from them.
RUNS = "runs"


def warehouse_layout() -> str:
    """This code's layout: its number, and a digest of the columns of the models that are kept."""
    columns = [(model, *model_columns(folder, model).items()) for folder, model in KEPT_MODELS]
    return f"{LAYOUT}:{hashlib.sha256(repr(columns).encode()).hexdigest()[:12]}"


def check_layout(con: duckdb.DuckDBPyConnection) -> None:
    """WarehouseError if another release wrote the warehouse: what only reads it must not guess."""
    if _recorded(con) != warehouse_layout():
        raise WarehouseError(
            "The warehouse was written by another release. Run once, which makes it again from "
            "the log, then ask again: meterhouse run"
        )


def renew_layout(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what another release computed, if one did, and record this code's layout.

    All or nothing. The log, the price books and the ledger are files of their own and stay as they
    are; of the warehouse only the costs of earlier runs stay, where their columns are the same.
    """
    layout, recorded = warehouse_layout(), _recorded(con)
    if recorded == layout:
        return
    schemas = _schemas(con)
    if schemas:
        reporter().say(
            "The warehouse was written by another release of Meterhouse. It is made again from "
            "the log, so this run takes longer; final invoices stay as they are."
        )
    with transaction(con):
        runs = _kept_runs(con)
        for schema in schemas:
            con.execute(f"drop schema {identifier(schema)} cascade")
        con.execute("create schema if not exists inputs")
        con.execute("create table inputs.layout (layout VARCHAR)")
        con.execute("insert into inputs.layout values (?)", [layout])
        if runs:
            con.execute(f"create table inputs.{RUNS} ({RUN_COLUMNS})")
            marks = ", ".join("?" for _ in runs[0])
            con.executemany(f"insert into inputs.{RUNS} values ({marks})", runs)


def _recorded(con: duckdb.DuckDBPyConnection) -> str | None:
    if not table_exists(con, "inputs", "layout"):
        return None
    [(layout,)] = con.execute("select layout from inputs.layout").fetchall()
    return layout


def _schemas(con: duckdb.DuckDBPyConnection) -> list[str]:
    """All schemas of the warehouse with something in them; none in a new file.

    Less `ledger`, whose tables know an earlier release by themselves (meterhouse/ledger/sync.py),
    and are there before the inputs: the price book is checked against them.
    """
    rows = con.execute(
        "select distinct schema_name from (select schema_name from duckdb_tables() union all "
        "select schema_name from duckdb_views() where not internal) "
        "where schema_name not in ('main', 'ledger') order by all"
    )
    return [schema for (schema,) in rows.fetchall()]


def _kept_runs(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    if not table_exists(con, "inputs", RUNS):
        return []
    con.execute(f"create temp table runs_of_this_release ({RUN_COLUMNS})")
    query = (
        "select column_name, data_type from duckdb_columns() where table_name = ? "
        "and schema_name = ? order by column_index"
    )
    ours = con.execute(query, ["runs_of_this_release", "main"]).fetchall()
    con.execute("drop table runs_of_this_release")
    if con.execute(query, [RUNS, "inputs"]).fetchall() != ours:
        return []
    return con.execute(f"from inputs.{RUNS}").fetchall()
