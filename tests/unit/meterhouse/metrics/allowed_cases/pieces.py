"""Pieces that the texts of metrics in these tests are put together from, and its check."""

import duckdb

from meterhouse.metrics.allowed_sql import sql_problems

HEAD = "select contract_id, window_start, window_end, "
EVENTS = " from {{ billable_events() }} "
TAIL = f" as quantity{EVENTS}group by all"
OVER = "over (partition by contract_id, window_start, window_end order by "
TIES = "can leave two rows equal"
JOINED = "joins events without their window"
E = "with e as (select * from {{ billable_events() }})"


def on(left: str, right: str) -> str:
    """The condition that ties two tables by their window."""
    return "on " + " and ".join(
        f"{left}.{name} = {right}.{name}" for name in ("contract_id", "window_start", "window_end")
    )


def of(table: str) -> str:
    """The window of one table of a join."""
    return f"select {table}.contract_id, {table}.window_start, {table}.window_end, "


def problems_of(sql: str, con: duckdb.DuckDBPyConnection) -> list[str]:
    """What is refused in a metric's file of this text, which declares the lookup model_weights."""
    return sql_problems(sql, {"model_weights"}, con)
