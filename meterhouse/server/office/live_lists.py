"""Lists of what stands in the data directory now, of no publication: messages, rejected events,
sources, runs that failed. The commands that mend them are `meterhouse deliveries`, `quarantine` and
`source`; nothing is changed here.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from meterhouse.common.failures import noted_failures
from meterhouse.common.killed import LIVE, RUN, killed
from meterhouse.common.settings import collectors
from meterhouse.delivery import overview as deliveries
from meterhouse.server.office.columns import Ask, Column
from meterhouse.server.office.listing import LiveListing
from meterhouse.server.reading.reader import Row
from meterhouse.server.tokens import Scope
from meterhouse.warehouse.clock import machine_clock
from raw_events.collectors.overview import overview, seconds_behind
from raw_events.quarantine.actions import Selection, list_rejected

_OUTCOME = Ask(
    "outcome",
    "Outcome",
    (
        ("open", "Not delivered"), ("dead", "Given up"), ("held", "Held"), ("failed", "Failed"),
        ("waiting", "Waiting"), ("delivered", "Delivered"), ("void", "Void"), ("all", "All"),
    ),
)  # fmt: skip


def _messages(home: Path, asked: dict[str, Any], rows: int, skip: int) -> list[Row]:
    selection = deliveries.Selection(target=asked["target"], outcome=asked["outcome"] or "open")
    found, _ = deliveries.list_messages(home, selection, skip + rows)
    return found[skip:]


MESSAGES = LiveListing(
    "messages",
    "Messages to others",
    Scope.OPERATIONS,
    "Webhooks, mail and invoices for billing providers that nobody has got yet, the newest first. "
    "Given up: mend the receiver, then meterhouse deliveries replay ID. Held: the provider comes "
    "to another amount; meterhouse deliveries show ID has both.",
    "Everything was delivered.",
    _messages,
    (
        Column("message_type", "What"),
        Column("subject", "About"),
        Column("target", "To"),
        Column("outcome", "Outcome", "outcome"),
        Column("attempts", "Attempts", "number"),
        Column("occurred_at", "Happened", "moment"),
        Column("retry_at", "Next attempt", "moment"),
        Column("status", "Answer"),
        Column("detail", "Detail"),
        Column("message_id", "Id", "id"),
    ),
    (_OUTCOME, Ask("target", "To")),
)


def _rejected(home: Path, asked: dict[str, Any], rows: int, skip: int) -> list[Row]:
    status = asked["status"] or "open"
    selection = Selection(
        reason_code=asked["code"],
        source=asked["source"],
        status=None if status == "all" else status,
    )
    found = list_rejected(home, selection, skip + rows)[skip:]
    names = [column.name for column in REJECTED.columns]
    return [{name: getattr(event, name) for name in names} for event in found]


REJECTED = LiveListing(
    "rejected",
    "Rejected events",
    Scope.OPERATIONS,
    "What came in and was not landed. To correct: meterhouse quarantine export FILE, edit, "
    "meterhouse quarantine replay --corrected FILE. One as it came: meterhouse quarantine show ID.",
    "No event waits here.",
    _rejected,
    (
        Column("reason_code", "Code", "words"),
        Column("reason", "Why"),
        Column("source", "Source"),
        Column("file_name", "File"),
        Column("line_number", "Line", "number"),
        Column("received_at", "Received", "moment"),
        Column("status", "Status", "words"),
        Column("id", "Id", "id"),
    ),
    (
        Ask("code", "Code"),
        Ask("source", "Source"),
        Ask(
            "status",
            "Status",
            (("open", "Open"), ("replayed", "Replayed"), ("waived", "Waived"), ("all", "All")),
        ),
    ),
)


def _sources(home: Path, _: dict[str, Any], rows: int, skip: int) -> list[Row]:
    now = machine_clock()
    found = [
        {
            "name": each.name,
            "status": each.status,
            "seconds_behind": seconds_behind(each.state, now),
            "last_success": each.state.last_success,
            "error": each.fault or each.state.last_error,
            "note": each.state.note or each.hint,
        }
        for each in overview(home, collectors(), now)
    ]
    found.sort(key=lambda row: (row["status"] == "ok", row["name"]))
    return found[skip : skip + rows]


SOURCES = LiveListing(
    "sources",
    "Sources",
    Scope.OPERATIONS,
    "Collectors, and how far each has read; those in trouble come first. meterhouse source list "
    "says more.",
    "There is no collector.",
    _sources,
    (
        Column("name", "Source"),
        Column("status", "Status", "source_status"),
        Column("seconds_behind", "Behind", "duration"),
        Column("last_success", "Read last", "text_moment"),
        Column("error", "Error"),
        Column("note", "Note"),
    ),
)


def _failures(home: Path, _: dict[str, Any], rows: int, skip: int) -> list[Row]:
    found = [*noted_failures(home), *filter(None, (killed(home, RUN), killed(home, LIVE)))]
    newest = sorted(found, key=lambda each: (each.failed_at, each.run_id), reverse=True)
    return [asdict(each) for each in newest[skip : skip + rows]]


FAILURES = LiveListing(
    "failures",
    "Runs that failed",
    Scope.OPERATIONS,
    "The last runs of meterhouse run and meterhouse live that came to no end, or ended with "
    "something held or stopped. Dagster has its own history beside.",
    "No run has failed.",
    _failures,
    (
        Column("failed_at", "When", "moment"),
        Column("job", "What"),
        Column("error", "Why"),
        Column("run_id", "Id", "id"),
    ),
)
LISTS = (MESSAGES, REJECTED, SOURCES, FAILURES)
