"""Just what the models of `alerts` read, in a database, and a run of these models alone.

The benchmark of alerts and their tests fill it with what drafts, balances and usage would give.
"""

from functools import cache

import duckdb

from meterhouse.common.model_sql import model_sql
from meterhouse.price_book.kinds import find_kind
from meterhouse.price_book.schema import TABLES
from meterhouse.warehouse.alert_log import ALERTS, COLUMNS

BOOK = "book"
_sql = cache(model_sql)
MODELS = (
    *((name, "alerts") for name in ("alert_rules", "replaced_alerts")),
    *((name, "alerts") for name in ("anomalous_days", "watched_usage", "watched_balances")),
    *((name, "alerts") for name in ("watched_anomalies", "alert_values", "alert_evaluations")),
    *((name, "alerts") for name in ("evaluated_alerts", "new_alert_events")),
    *((name, "marts") for name in ("alert_events", "alert_states")),
    ("usage_anomalies", "marts"),
)
VIEWS = (
    *("alert_rules", "replaced_alerts", "watched_anomalies", "alert_values"),
    "evaluated_alerts",
)
GIVEN = {
    "inputs.run": "as_of timestamptz, price_book varchar",
    "inputs.alert_log": COLUMNS,
    "contracts_on_hold": "contract_id varchar",
    "open_periods": (
        "contract_id varchar, customer_id varchar, period_start date, period_end date"
    ),
    "draft_invoices": (
        "invoice_type varchar, contract_id varchar, customer_id varchar, currency varchar, "
        "period_start date, period_end date, subtotal decimal(20, 4), total decimal(20, 4)"
    ),
    "product_segments": (
        "contract_id varchar, period_start date, metric varchar, metric_version integer, "
        "measured_to date"
    ),
    "cumulative_usage": (
        "contract_id varchar, period_start date, metric varchar, metric_version integer, "
        "measured_at date, metric_group varchar, quantity decimal(28, 10)"
    ),
    "metric_values": (
        "metric varchar, metric_version integer, contract_id varchar, window_start date, "
        "window_end date, metric_group varchar, quantity decimal(28, 10)"
    ),
    "billable_metrics": "metric varchar, metric_version integer, rollup varchar",
    "commit_segments": (
        "commit_id varchar, segment integer, contract_id varchar, type varchar, "
        "pricing_unit varchar, starting_on date, ending_before date"
    ),
    "commit_movements": (
        "commit_id varchar, segment integer, entry_type varchar, amount decimal(20, 4)"
    ),
}


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Every table that alerts read, empty."""
    con.execute("set TimeZone = 'UTC'")
    con.execute("create schema inputs")
    con.execute("create schema price_book")
    for name in ("alerts", "contracts"):
        columns = ", ".join(
            f'"{column.name}" {find_kind(column.kind).sql_type}' for column in TABLES[name].columns
        )
        con.execute(f"create table price_book.{name} (price_book varchar, {columns})")
    for name, columns in GIVEN.items():
        con.execute(f"create table {name} ({columns})")
    con.execute("create view contracts_to_rate as select contract_id from price_book.contracts")
    con.execute(
        "create view active_contracts as from price_book.contracts "
        "anti join contracts_on_hold using (contract_id)"
    )


def run_alerts(con: duckdb.DuckDBPyConnection) -> None:
    """The models of alerts, in their order; what fired or resolved is told then, as a run does."""
    for name, _ in MODELS:
        run_model(con, name)
    note_told(con)


def run_model(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """One of them."""
    folder = dict(MODELS)[name]
    kind = "view" if folder == "marts" or name in VIEWS else "table"
    con.execute(f"create or replace {kind} {name} as ({_sql(name, folder)})")


def note_told(con: duckdb.DuckDBPyConnection) -> None:
    """What this run told is what the next one knows."""
    names = ", ".join(ALERTS.names)
    con.execute(f"insert into inputs.alert_log select {names} from new_alert_events")
