"""The log of deliveries: every message once, every attempt to send it, every wish to send it again.

What is due and what became of a message follow from it in SQL (`states.py`); no row ever changes.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from raw_events.log.append_only import AppendOnlyTable

_INSTANT = pa.timestamp("us", "UTC")

# `record` is message, attempt or replay. A message has what stands up to `body`, which is sent as
# it is, byte by byte; the others have what follows. `attempt` counts from 1 for each message and
# target and goes on after a replay, whose own number is that of the attempts before it.
DELIVERIES = pa.schema(
    [
        pa.field("record", pa.string(), nullable=False),
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("message_type", pa.string()),
        pa.field("subject", pa.string()),
        pa.field("sequence", pa.int64()),
        pa.field("customer_id", pa.string()),
        pa.field("occurred_at", _INSTANT),
        pa.field("body", pa.string()),
        pa.field("target", pa.string()),
        pa.field("attempt", pa.int32()),
        pa.field("outcome", pa.string()),
        pa.field("status", pa.int32()),
        pa.field("detail", pa.string()),
        pa.field("retry_at", _INSTANT),
        pa.field("recorded_at", _INSTANT, nullable=False),
    ]
)


def deliveries(home: Path) -> AppendOnlyTable:
    """The log of a data directory: $METERHOUSE_HOME/deliveries."""
    return AppendOnlyTable(
        home, "deliveries", DELIVERIES, "Messages of Meterhouse and attempts to deliver them."
    )


def view_log(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """A view `deliveries` of all rows of the log. Raises LogDamaged."""
    con.execute("set TimeZone = 'UTC'")
    con.execute(f"create or replace temp view deliveries as from {deliveries(home).source()}")
