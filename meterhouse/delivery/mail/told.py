"""What one mailbox was told of already: the same standing trouble is one mail a day (S-76).

Until it ends: what was over and came again is news.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from meterhouse.delivery.log import view_log
from meterhouse.delivery.mail.troubles import Trouble, trouble
from meterhouse.delivery.states import MESSAGES
from meterhouse.price_book.delivery_tables import TROUBLES
from meterhouse.warehouse.standing import stands_since
from raw_events.common.sql import literals

A_DAY = timedelta(days=1)
NOT_MAILED = "not mailed"
# A run that ends with something held notes that it stands, and a moment later what is held.
_SAME_RUN = timedelta(minutes=1)


@dataclass(frozen=True)
class Told:
    """`at`: what a mail said → when the last one did; `delivered`: target → when it last took a
    message; `stands`: when a run last came to its end."""

    at: dict[tuple[str, ...], datetime]
    delivered: dict[str, datetime]
    stands: datetime | None

    def since(self, found: Trouble) -> datetime | None:
        """When a mail told of the same trouble, if it has not ended since; None: it is news."""
        told = self.at.get(found.key)
        return None if told is None or self._has_ended(found, told) else told

    def _has_ended(self, found: Trouble, told: datetime) -> bool:
        if found.message_type == "message.dead":
            return self.delivered.get(found.key[1], told) > told
        if found.message_type == "run.failed":
            failed = datetime.fromisoformat(found.timestamp)
            # A run came to its end between the two.
            return self.stands is not None and told < self.stands < failed - _SAME_RUN
        return False


def told_lately(home: Path, target: str, now: datetime) -> Told:
    """What mails to `target` said within a day before `now`. Raises LogDamaged."""
    with duckdb.connect() as con:
        view_log(con, home)
        rows = con.execute(
            f"""
            select messages.message_id, messages.body, max(attempts.recorded_at)
            from deliveries as attempts
            inner join ({MESSAGES}) as messages on attempts.message_id = messages.message_id
            where attempts.record = 'attempt' and attempts.target = $target
                and attempts.outcome = 'delivered' and attempts.recorded_at > $since
                and not starts_with(coalesce(attempts.detail, ''), '{NOT_MAILED}')
                and messages.message_type in ({literals(TROUBLES)})
            group by all
            """,
            {"target": target, "since": now - A_DAY},
        ).fetchall()
        delivered = con.execute(
            "select target, max(recorded_at) from deliveries "
            "where record = 'attempt' and outcome = 'delivered' "
            # a mail that was not sent says nothing of whether its mailbox takes any
            f"and not starts_with(coalesce(detail, ''), '{NOT_MAILED}') group by target"
        ).fetchall()
    at: dict[tuple[str, ...], datetime] = {}
    for message_id, body, when in rows:
        key = trouble(message_id, body).key
        at[key] = max(when, at.get(key, when))
    return Told(at, dict(delivered), stands_since(home))
