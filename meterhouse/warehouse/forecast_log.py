"""The log of forecasts: what was expected, and what it came to, append-only (S-85).

Beside log and ledger in the data directory, `forecasts/`. A forecast is made in a job of its own
(meterhouse/forecast); a run reads of the log the newest forecasts and the sums of what became of
earlier ones, when there is more in it than the warehouse knows. No invoice is made of it.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from meterhouse.common.progress import reporter
from meterhouse.warehouse.database import append_rows, transaction
from raw_events.log.append_only import AppendOnlyTable
from raw_events.log.sql_types import column_list

_INSTANT = pa.timestamp("us", "UTC")
_QUANTITY, _AMOUNT = pa.decimal128(28, 10), pa.decimal128(20, 4)
# What a record is: `forecast`, or the `outcome` of one, with the same key. `kind`: `product`,
# `spend`, `total`, `commit`. Columns are nullable where a record or a kind has none.
SCHEMA = pa.schema(
    [
        pa.field("record", pa.string(), nullable=False),
        pa.field("as_of", _INSTANT, nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("contract_id", pa.string(), nullable=False),
        pa.field("period_start", pa.date32(), nullable=False),
        pa.field("period_end", pa.date32(), nullable=False),
        pa.field("product_id", pa.string()),
        pa.field("commit_id", pa.string()),
        pa.field("segment", pa.int32()),
        pa.field("pricing_unit", pa.string(), nullable=False),
        pa.field("method", pa.string()),
        pa.field("quantity_so_far", _QUANTITY),
        pa.field("quantity_low", _QUANTITY),
        pa.field("quantity_middle", _QUANTITY),
        pa.field("quantity_high", _QUANTITY),
        pa.field("amount_so_far", _AMOUNT, nullable=False),
        pa.field("amount_low", _AMOUNT, nullable=False),
        pa.field("amount_middle", _AMOUNT, nullable=False),
        pa.field("amount_high", _AMOUNT, nullable=False),
        pa.field("granted", _AMOUNT),
        pa.field("exceeds", pa.string()),
        pa.field("exceeds_on", pa.date32()),
        # of an outcome
        pa.field("tenth", pa.int32()),
        pa.field("run_rate", _AMOUNT),
        pa.field("actual_quantity", _QUANTITY),
        pa.field("actual_amount", _AMOUNT),
    ]
)
NAMES = ", ".join(SCHEMA.names)
FORECAST_NAMES = [name for name in SCHEMA.names if name not in ("record", *SCHEMA.names[-4:])]
FORECAST_COLUMNS = column_list(SCHEMA, FORECAST_NAMES)
OUTCOME_COLUMNS = (
    "period_month DATE, kind VARCHAR, day_of_period INTEGER, pricing_unit VARCHAR, "
    "forecasts BIGINT, inside BIGINT, actual_amount DECIMAL(28,4), error DECIMAL(28,4), "
    "run_rate_error DECIMAL(28,4), bias DECIMAL(28,4)"
)
FORECASTS, OUTCOMES = "inputs.forecasts", "inputs.forecast_outcomes"
VERSION = "inputs.forecast_log_version"
_OUTCOMES = """
    select
        date_trunc('month', period_end - 1)::date as period_month,
        kind,
        (as_of::date - period_start + 1)::integer as day_of_period,
        pricing_unit,
        count(*) as forecasts,
        count(*) filter (actual_amount between amount_low and amount_high) as inside,
        sum(actual_amount)::decimal(28, 4) as actual_amount,
        sum(abs(actual_amount - amount_middle))::decimal(28, 4) as error,
        sum(abs(actual_amount - run_rate))::decimal(28, 4) as run_rate_error,
        sum(amount_middle - actual_amount)::decimal(28, 4) as bias,
    from {source}
    where record = 'outcome'
    group by all
"""


def forecast_log(home: Path) -> AppendOnlyTable:
    """The log of a data directory: $METERHOUSE_HOME/forecasts."""
    return AppendOnlyTable(home, "forecasts", SCHEMA, "What Meterhouse expected of open periods.")


def forecast_version(con: duckdb.DuckDBPyConnection) -> int:
    """Up to which entry of the log the warehouse has read it; -1 if of none."""
    con.execute(f"create table if not exists {VERSION} (version BIGINT)")
    return max((number for (number,) in con.execute(f"from {VERSION}").fetchall()), default=-1)


def sync_forecasts(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Make the tables of forecasts what the log has; read only where they are not.

    A log that cannot be read is no reason for a run to fail: what was read before stands, and a
    line says so.
    """
    log = forecast_log(home)
    version = log.version()
    if forecast_version(con) == version:
        return
    try:
        source = log.source()
        with transaction(con):
            con.execute(f"delete from {FORECASTS}")
            con.execute(
                f"insert into {FORECASTS} select {', '.join(FORECAST_NAMES)} from {source} "
                f"where record = 'forecast' and as_of = (select max(as_of) from {source} "
                "where record = 'forecast')"
            )
            con.execute(f"delete from {OUTCOMES}")
            con.execute(f"insert into {OUTCOMES} by name {_OUTCOMES.format(source=source)}")
            con.execute(f"delete from {VERSION}")
            append_rows(con, VERSION, [(version,)])
    except Exception as error:
        reporter().say(f"Forecasts are those that were read before; the log cannot be: {error}")
