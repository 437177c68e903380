"""The catalogue of docs/webhooks.md: each event, and a message of it that the code has made."""

import json
import tempfile
from pathlib import Path

import duckdb

from meterhouse.delivery.events.catalogue import CATALOGUE
from meterhouse.delivery.log import view_log
from meterhouse.delivery.outbox import note_messages
from tests.unit.meterhouse.delivery.troubles import land_rejected, leave_troubles
from tests.unit.meterhouse.delivery.world import (
    FAILED,
    NOW,
    book,
    endpoint,
    marts_of_everything,
    publish,
)
from tests.unit.meterhouse.delivery.world_money import tell_of_money


def webhook_events() -> str:
    """A section for each event: when it is sent, and the body of one of a made-up publication."""
    lines = [
        "## Every event",
        "",
        "The examples are bodies as they are sent, but for the blanks.",
        "",
    ]
    examples = _examples()
    for event in CATALOGUE:
        lines += [f"### `{event.name}`", "", f"Sent when {event.when}.", ""]
        lines += ["```json", examples[event.name], "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _examples() -> dict[str, str]:
    """The first message of each event."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        home = Path(folder)
        land_rejected(home)
        tell_of_money(home)
        leave_troubles(home)
        publish(home, marts_of_everything(), book(endpoint()))
        note_messages(home, NOW, [FAILED])
        view_log(con, home)
        rows = con.execute(
            "select message_type, body from deliveries where record = 'message' "
            "order by message_type, subject, occurred_at desc"
        ).fetchall()
    found: dict[str, str] = {}
    for name, body in rows:
        found.setdefault(name, json.dumps(json.loads(body), indent=2, ensure_ascii=False))
    return found
