"""What the log of deliveries has: messages, and who is told of them."""

from pathlib import Path
from typing import Any

import duckdb

from meterhouse.delivery.log import view_log
from meterhouse.delivery.outbox import note_messages
from meterhouse.delivery.states import ALL
from meterhouse.delivery.targets import register_targets
from tests.unit.meterhouse.delivery.world import NOW


def noted(home: Path) -> list[dict[str, Any]]:
    """The messages of the log, in the order in which they happened."""
    with duckdb.connect() as con:
        view_log(con, home)
        rows = con.sql("from deliveries where record = 'message' order by occurred_at, message_id")
        return rows.to_arrow_table().to_pylist()


def told(home: Path, endpoint_id: str) -> list[str]:
    """The types of the messages that are for an endpoint, sorted."""
    targets = note_messages(home, NOW)
    with duckdb.connect() as con:
        view_log(con, home)
        register_targets(con, targets)
        rows = con.execute(
            f"select message_type from ({ALL}) where target = $1 and not is_disabled order by all",
            [f"webhook:{endpoint_id}"],
        )
        return [name for (name,) in rows.fetchall()]
