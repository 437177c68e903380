"""The log of alerts: what fired and what resolved, once, in the order in which runs saw it (S-76).

An alert never un-fires, so what was told is an input of a run like log and ledger: append-only,
beside them in the data directory. The same runs from nothing append the same rows.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from meterhouse.common.progress import reporter
from meterhouse.warehouse.database import append_rows, table_exists, transaction
from raw_events.log.append_only import AppendOnlyTable
from raw_events.log.sql_types import column_list

_INSTANT = pa.timestamp("us", "UTC")
_QUANTITY = pa.decimal128(28, 10)
ALERTS = pa.schema(
    [
        pa.field("alert_event_id", pa.string(), nullable=False),
        pa.field("alert_id", pa.string(), nullable=False),
        pa.field("change", pa.string(), nullable=False),
        pa.field("occurrence", pa.int32(), nullable=False),
        pa.field("occurred_at", _INSTANT, nullable=False),
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("contract_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("metric", pa.string()),
        pa.field("pricing_group", pa.string()),
        pa.field("pricing_unit", pa.string()),
        pa.field("period_start", pa.date32()),
        pa.field("period_end", pa.date32()),
        pa.field("threshold", _QUANTITY, nullable=False),
        pa.field("clear_at", _QUANTITY),
        pa.field("value", _QUANTITY),
        pa.field("hard_cap", pa.bool_(), nullable=False),
    ]
)
_NAMES = ", ".join(ALERTS.names)
# The table in the warehouse, and up to which entry of the log it is right.
TABLE, VERSION = "inputs.alert_log", "inputs.alert_log_version"
COLUMNS = column_list(ALERTS)


def alert_log(home: Path) -> AppendOnlyTable:
    """The log of a data directory: $METERHOUSE_HOME/alerts."""
    return AppendOnlyTable(home, "alerts", ALERTS, "Alerts of Meterhouse that fired or resolved.")


def sync_alerts(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Make `inputs.alert_log` what the log has; read only where it is not. Raises LogDamaged.

    The table is there already.
    """
    con.execute(f"create table if not exists {VERSION} (version BIGINT)")
    log = alert_log(home)
    version = log.version()
    known = max((number for (number,) in con.execute(f"from {VERSION}").fetchall()), default=-1)
    if known == version:
        return
    if version < known:
        reporter().say(
            f"{log.root} is older than the warehouse: it ends at version {version}, known is "
            f"{known}. What alerts told since is forgotten, and what still holds is told once "
            "more, with the same ids. Restore that folder from a backup, if there is one."
        )
    source = log.source()
    with transaction(con):
        con.execute(f"delete from {TABLE}")
        con.execute(f"insert into {TABLE} select distinct {_NAMES} from {source}")
        _note_version(con, version)


def note_alerts(con: duckdb.DuckDBPyConnection, home: Path) -> int:
    """Append what fired or resolved in the run of the warehouse; how many that is.

    Before its publication, so that what people were shown is never forgotten; a run that ends in
    between has told nobody, and the next one finds it told. Raises LogDamaged, OSError, DeltaError.
    """
    if not table_exists(con, "alerts", "new_alert_events"):
        return 0
    new: pa.Table = con.sql(
        f"select {_NAMES} from alerts.new_alert_events anti join {TABLE} using (alert_event_id) "
        "order by alert_event_id"
    ).to_arrow_table()
    if new.num_rows:
        version = alert_log(home).append_table(new.cast(ALERTS))
        with transaction(con):
            con.register("told_now", new)
            con.execute(f"insert into {TABLE} select {_NAMES} from told_now")
            con.unregister("told_now")
            _note_version(con, version)
    return int(new.num_rows)


def _note_version(con: duckdb.DuckDBPyConnection, version: int) -> None:
    con.execute(f"delete from {VERSION}")
    append_rows(con, VERSION, [(version,)])
