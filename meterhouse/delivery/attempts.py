"""What an answer means, and when a message is sent again (S-74)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# After an attempt that failed: the first is made at once, the last of ten after a day more.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
LONGEST_WAIT = WAITS[-1]
AGAIN = (408, 429)
DELIVERED, FAILED, DEAD, HELD = "delivered", "failed", "dead", "held"


@dataclass(frozen=True)
class Answer:
    """What came of one attempt.

    `status`: the HTTP status, of mail the server's code, null if none came; `detail`: for people,
    without secrets; `retry_after`: what the other side asks to wait; `is_held`: it was not sent,
    and is not tried again until a person has looked at it (S-71); `is_refused`: for good, by a mail
    server, whose codes are not those of HTTP.
    """

    status: int | None
    detail: str
    retry_after: timedelta | None = None
    is_held: bool = False
    is_refused: bool = False


@dataclass(frozen=True)
class Verdict:
    """`outcome`: delivered, failed (sent again at `retry_at`), dead or held."""

    outcome: str
    retry_at: datetime | None = None


def judge(answer: Answer, tries: int, now: datetime) -> Verdict:
    """What follows of the attempt number `tries` since the message was new, or was replayed.

    A status that is neither success nor one that passes by itself is dead at once: a redirect too,
    for none is followed (S-75).
    """
    status = answer.status
    if answer.is_held:
        return Verdict(HELD)
    if status is not None and 200 <= status < 300:
        return Verdict(DELIVERED)
    passes = status is None or status in AGAIN or status >= 500
    if answer.is_refused or not passes or tries > len(WAITS):
        return Verdict(DEAD)
    asked = min(answer.retry_after or timedelta(0), LONGEST_WAIT)
    return Verdict(FAILED, now + max(WAITS[tries - 1], asked))
