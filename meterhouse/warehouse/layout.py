"""Which release's tables the warehouse holds, and how one of another release is made again.

What is billed follows from the log, the price books and the ledger. So a release that keeps other
tables does not convert the old ones: it drops them, and the run computes them again. A run computes
open periods and those with late events; what the marts show of the other final periods, and of the
runs before, is history that no run computes, so it stays.
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
LAYOUT = 3
# Models whose rows a run keeps; those of metrics are kept by their own fingerprints.
KEPT_MODELS = (
    ("events", "landed_events"),
    ("events", "event_days"),
    ("events", "retracted_events"),
    ("events", "event_properties"),
    ("calendar", "carry_days"),
    ("calendar", "carried_events"),
    ("usage", "bad_quantity_days"),
    ("usage", "computed_windows"),
    ("usage", "day_states"),
)
# History: what earlier runs cost; which windows were computed, with the values in schema `metrics`;
# what was no number in them.
WINDOWS = ("usage", "computed_windows")
BAD_QUANTITIES = ("usage", "bad_quantity_days")
WINDOW = "metric, metric_version, contract_id, window_start, window_end"


def warehouse_layout() -> str:
    """This code's layout: its number, and a digest of the columns of the models that are kept."""
    columns = [(model, *model_columns(folder, model).items()) for folder, model in KEPT_MODELS]
    return f"{LAYOUT}:{hashlib.sha256(repr(columns).encode()).hexdigest()[:12]}"


def has_our_layout(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a run of this release wrote the warehouse."""
    return _recorded(con) == warehouse_layout()


def check_layout(con: duckdb.DuckDBPyConnection) -> None:
    """WarehouseError if another release wrote the warehouse: what only reads it must not guess."""
    if not has_our_layout(con):
        raise WarehouseError(
            "The warehouse was written by another release. Run once, which makes it again from "
            "the log, then ask again: meterhouse run"
        )


def renew_layout(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what another release computed, if one did, and record this code's layout.

    All or nothing. The log, the price books and the ledger are files of their own and stay as they
    are. Of the warehouse history stays, where its columns are the same; the windows of periods that
    are rated are due, whatever is stored of them.
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
        _lay_aside(con, "runs", f"create temp table like_ours ({RUN_COLUMNS})", "inputs.runs")
        has_windows = table_exists(con, *WINDOWS)
        if has_windows:
            con.execute(
                f"create temp table aside_windows as select {WINDOW} from {'.'.join(WINDOWS)}"
            )
            ours = _create(BAD_QUANTITIES, "temp table like_ours")
            _lay_aside(con, "bad_quantities", ours, ".".join(BAD_QUANTITIES))
        for schema in schemas:
            # Metric versions never change (S-14): their values are right in any release.
            if schema != "metrics" or not has_windows:
                con.execute(f"drop schema {identifier(schema)} cascade")
        con.execute("create schema if not exists inputs")
        con.execute("create table inputs.layout (layout VARCHAR)")
        con.execute("insert into inputs.layout values (?)", [layout])
        _put_back(con, "runs", f"create table inputs.runs ({RUN_COLUMNS})", "inputs.runs")
        if has_windows:
            con.execute("create schema usage")
            con.execute(_create(WINDOWS, "table " + ".".join(WINDOWS)))
            con.execute(
                f"insert into {'.'.join(WINDOWS)} by name "
                "select *, '' as fingerprint from aside_windows"
            )
            con.execute("drop table aside_windows")
            target = ".".join(BAD_QUANTITIES)
            _put_back(con, "bad_quantities", _create(BAD_QUANTITIES, f"table {target}"), target)


def _recorded(con: duckdb.DuckDBPyConnection) -> str | None:
    if not table_exists(con, "inputs", "layout"):
        return None
    [(layout,)] = con.execute("select layout from inputs.layout").fetchall()
    return str(layout)


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


def _create(model: tuple[str, str], what: str) -> str:
    columns = (f"{identifier(name)} {type_}" for name, type_ in model_columns(*model).items())
    return f"create {what} ({', '.join(columns)})"


def _lay_aside(con: duckdb.DuckDBPyConnection, name: str, ours: str, table: str) -> None:
    """Copy a table to `aside_<name>` if its columns are those that `ours` creates as like_ours."""
    if not table_exists(con, *table.split(".")):
        return
    con.execute(ours)
    same = con.sql("from like_ours").description == con.sql(f"from {table}").description
    con.execute("drop table like_ours")
    if same:
        con.execute(f"create temp table aside_{name} as from {table}")


def _put_back(con: duckdb.DuckDBPyConnection, name: str, create: str, table: str) -> None:
    if table_exists(con, "main", f"aside_{name}"):
        con.execute(create)
        con.execute(f"insert into {table} from aside_{name}")
        con.execute(f"drop table aside_{name}")
