"""What the publication of world.py has of troubles: rejected events, and what broke."""

import json
from datetime import UTC, datetime
from pathlib import Path

from meterhouse.delivery.log import deliveries
from raw_events.log.entry import Batch
from raw_events.log.event_log import EventLog
from tests.unit.meterhouse.delivery.world import FINAL_AT


def land_rejected(home: Path, batch_id: str = "batch-1") -> None:
    """A batch of the log of which two events were rejected."""
    received = datetime(2026, 2, 10, 4, tzinfo=UTC)
    reasons = {"bad_timestamp": 1, "missing_field": 1}
    batch = Batch(batch_id, f"{batch_id}.ndjson", "gateway", received, 0, 2, reasons)
    EventLog(home).append(batch)


def leave_troubles(home: Path) -> None:
    """Marts that nobody renewed, a source that is stopped, and a message that was given up."""
    (home / "sources").mkdir(parents=True)
    stopped = {"kind": "sql", "last_success": "2026-02-09T03:00:00+00:00",
               "last_error": "shop: the database refuses the password."}  # fmt: skip
    (home / "sources" / "shop.json").write_text(json.dumps(stopped))
    moments = {"as_of": "2026-02-09T02:00:00+00:00", "recorded_at": "2026-02-09T02:00:04+00:00"}
    (home / "standing.json").write_text(json.dumps(moments))
    told = {"message_id": "msg_5d0c", "recorded_at": FINAL_AT}
    deliveries(home).append([
        {**told, "record": "message", "message_type": "invoice.voided", "subject": "invoice:z-1",
         "sequence": 1, "customer_id": "z", "occurred_at": FINAL_AT, "body": "{}"},
        {**told, "record": "attempt", "target": "webhook:crm", "attempt": 1, "outcome": "dead",
         "status": 410, "detail": "Gone"},
    ])  # fmt: skip
