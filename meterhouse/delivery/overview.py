"""What became of messages, for people: list, show, send again (S-74)."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.delivery.errors import DeliveryError
from meterhouse.delivery.log import deliveries, view_log
from meterhouse.delivery.outbox import of_publication, published_targets
from meterhouse.delivery.states import ALL, MESSAGES
from meterhouse.delivery.targets import register_targets
from meterhouse.server.reading.reader import Reader
from raw_events.common.sql import literals

Row = dict[str, Any]
# `open`: not delivered yet, or never. `void`: dead or held, and its invoice was taken back since.
OVER = ("delivered", "void")
OUTCOMES = ("open", "waiting", "failed", "dead", "held", *OVER, "all")


@dataclass(frozen=True)
class Selection:
    """Which messages: of these ids (none: all), for one target, with one outcome of OUTCOMES."""

    ids: tuple[str, ...] = ()
    target: str | None = None
    outcome: str = "open"


@dataclass(frozen=True)
class Health:
    """`dead`, `held`: how many messages are; `oldest`: since when the oldest one is on its way that
    nobody has got yet, null if none is."""

    dead: int
    held: int
    oldest: datetime | None


def list_messages(home: Path, selection: Selection, limit: int) -> tuple[list[Row], int]:
    """Messages × targets with what became of each, the newest first, and how many there are.

    Columns: message_id, message_type, subject, target, occurred_at, outcome, attempts, retry_at,
    status, detail.
    """
    with _opened(home) as con:
        where = _where(selection)
        query = f"from ({ALL}) where {where}"
        parameters = {"ids": list(selection.ids), "target": selection.target}
        [(count,)] = con.execute(f"select count(*) {query}", parameters).fetchall()
        found = con.execute(
            f"select * exclude (body) {query} order by occurred_at desc, message_id, target "
            f"limit {int(limit)}",
            parameters,
        )
        return _rows(found), count


def show_message(home: Path, message_id: str) -> tuple[Row, list[Row]]:
    """A message as it was noted, and its attempts and replays in their order.

    Raises DeliveryError if the log has no such message.
    """
    with _opened(home) as con:
        messages = _rows(con.execute(f"from ({MESSAGES}) where message_id = $1", [message_id]))
        if not messages:
            raise _no_such(message_id)
        history = con.execute(
            "from deliveries where message_id = $1 and record <> 'message' "
            "order by recorded_at, target, attempt, record",
            [message_id],
        )
        return messages[0], _rows(history)


def replay(home: Path, selection: Selection, now: datetime) -> list[Row]:
    """Let messages be sent again, with the same id and body: the next pass does it.

    Those that wait or are tried again by themselves are left alone. Raises DeliveryError for an id
    that the log does not have, or that nobody is told.
    """
    with _opened(home) as con:
        parameters = {"ids": list(selection.ids), "target": selection.target}
        found = _rows(con.execute(f"from ({ALL}) where {_where(selection)}", parameters))
        known = {row["message_id"] for row in found}
        for missing in sorted(set(selection.ids) - known):
            raise _no_such(missing)
    again = [row for row in found if row["outcome"] in ("dead", "held", "delivered")]
    deliveries(home).append(
        [
            {
                "record": "replay",
                "message_id": row["message_id"],
                "target": row["target"],
                "attempt": row["attempts"],
                "recorded_at": now,
            }
            for row in again
        ]
    )
    return again


def health(home: Path) -> Health:
    """How deliveries are, for the checks."""
    with _opened(home) as con:
        [(dead, held, oldest)] = con.execute(
            "select count(*) filter (where outcome = 'dead'), "
            "count(*) filter (where outcome = 'held'), "
            f"min(noted_at) filter (where outcome in ('waiting', 'failed')) from ({ALL}) "
            "where not is_disabled"
        ).fetchall()
        return Health(dead, held, oldest)


def differences(home: Path) -> list[Row]:
    """The rows of the published mart provider_reconciliation (S-72). Raises Refused."""

    def rows(reader: Reader) -> list[Row]:
        return reader.rows(
            "select provider, problem, invoice_id, provider_invoice_id "
            "from {provider_reconciliation} order by all"
        )

    return of_publication(home, rows) or []


def _opened(home: Path) -> duckdb.DuckDBPyConnection:
    targets = published_targets(home)
    con = duckdb.connect()
    view_log(con, home)
    register_targets(con, targets)
    return con


def _where(selection: Selection) -> str:
    conditions = ["(len($ids) = 0 or list_contains($ids, message_id))"]
    conditions.append("($target is null or target = $target)")
    if selection.outcome == "open":
        conditions.append(f"outcome not in ({literals(OVER)}) and not is_disabled")
    elif selection.outcome != "all":
        conditions.append(f"outcome = '{selection.outcome}'")
    return " and ".join(conditions)


def _rows(found: duckdb.DuckDBPyConnection) -> list[Row]:
    columns = [name for name, *_ in found.description or []]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _no_such(message_id: str) -> DeliveryError:
    return DeliveryError(
        f"There is no message {message_id!r} for any endpoint that there is now. List them: "
        "meterhouse deliveries list --outcome all"
    )
