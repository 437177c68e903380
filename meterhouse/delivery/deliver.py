"""One pass: note what is new, send what is due, note what came of it (S-70, S-74).

Attempts are noted in entries of many, a few seconds after they were made at most. A process that
ends before is followed by one that sends those again, with the same ids and bytes: the other side
knows them, and the log says once that each was delivered.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event
from time import monotonic
from typing import Any, Protocol, runtime_checkable

import duckdb

from meterhouse.delivery.attempts import Answer, judge
from meterhouse.delivery.billing.send import billing_sender
from meterhouse.delivery.delivered import Delivered
from meterhouse.delivery.errors import DeliveryError, MissingExtra
from meterhouse.delivery.lock import delivery_lock
from meterhouse.delivery.log import deliveries, view_log
from meterhouse.delivery.mail.send import MailSender
from meterhouse.delivery.mail.told import told_lately
from meterhouse.delivery.outbox import FailedRun, note_messages
from meterhouse.delivery.states import DUE
from meterhouse.delivery.targets import Target, register_targets
from meterhouse.delivery.webhooks.send import WebhookSender
from raw_events.common.hidden import without_secrets

# A pass ends before the next one is due; what is left that one sends.
SECONDS = 240.0
AT_ONCE = 8
NOTED_SECONDS, NOTED_ATTEMPTS = 5.0, 200
MOST = 10_000
# Messages without an answer in a row, after which an endpoint is left alone until the next pass.
SILENT = 3

Row = dict[str, Any]
Clock = Callable[[], datetime]


class Sender(Protocol):
    """Sends messages to one target."""

    def send(self, message_id: str, body: str, now: datetime) -> Answer:
        """Send one once; whatever happens is an Answer."""


@runtime_checkable
class Collecting(Protocol):
    """A sender that sends several messages as one, of the types that it takes together."""

    def takes_together(self, message_type: str) -> bool:
        """Whether those of a type are."""

    def send_together(self, rows: Sequence[Row], now: datetime) -> list[Answer]:
        """Send them once; an Answer for each."""


Senders = Callable[[Path, Target], Sender]


def sender_of(home: Path, target: Target) -> Sender:
    """The sender of a target. Raises DeliveryError, or MissingExtra."""
    if target.target.startswith("provider:"):
        return billing_sender(home, target.endpoint_id)
    if target.target.startswith("mail:"):
        return MailSender(target.url, lambda now: told_lately(home, target.target, now))
    return WebhookSender(target.endpoint_id, target.url)


def deliver(
    home: Path,
    clock: Clock,
    failed_runs: Iterable[FailedRun] = (),
    senders: Senders = sender_of,
    seconds: float = SECONDS,
) -> Delivered:
    """Note and send what is due, for at most about `seconds`.

    `clock` gives the machine's time in UTC. Raises DeliveryInProgress if another process delivers,
    Refused or LogDamaged if what is published or the log of deliveries cannot be read.
    """
    until = monotonic() + seconds
    with delivery_lock(home):
        done = Delivered()
        deliveries(home).merge()
        targets = note_messages(home, clock(), failed_runs)
        ready: dict[str, Sender] = {}
        for target in targets:
            if not target.disabled:
                try:
                    ready[target.target] = senders(home, target)
                except (DeliveryError, MissingExtra) as error:
                    done.troubles.append(str(error))
        while ready and monotonic() < until:
            rows = due(home, targets, clock(), list(ready))
            if not rows:
                break
            silent = _send(home, rows, ready, clock, until, done)
            for name in silent:
                ready.pop(name)
                done.silent.append(name)
    return done


def due(home: Path, targets: Sequence[Target], now: datetime, names: Sequence[str]) -> list[Row]:
    """Messages × targets that are to be sent now, at most MOST, the oldest first."""
    with duckdb.connect() as con:
        view_log(con, home)
        register_targets(con, targets)
        found = con.execute(
            f"select * from ({DUE}) where list_contains($names, target) limit {MOST}",
            {"now": now, "names": list(names)},
        )
        columns = [name for name, *_ in found.description or []]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _send(
    home: Path,
    rows: list[Row],
    ready: Mapping[str, Sender],
    clock: Clock,
    until: float,
    done: Delivered,
) -> set[str]:
    """Send; the targets that are not asked again in this pass."""
    by_target: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_target[row["target"]].append(row)
    made: SimpleQueue[Row] = SimpleQueue()
    stop = Event()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="delivery") as pool:
        # A target has one thread: a slow one keeps nobody else waiting.
        working = {
            target: pool.submit(_to_one, ready[target], each, clock, until, made, stop)
            for target, each in by_target.items()
        }
        try:
            while _note(home, made, list(working.values()), done):
                pass
        finally:
            # What cannot be noted is not sent either.
            stop.set()
    return {target for target, each in working.items() if each.result()}


def _to_one(
    sender: Sender,
    rows: list[Row],
    clock: Clock,
    until: float,
    made: "SimpleQueue[Row]",
    stop: Event,
) -> bool:
    """Attempts to one target, each put into `made`; whether it did not answer."""
    silent = 0
    for group in _groups(sender, rows):
        if stop.is_set() or monotonic() >= until:
            break
        answers = _answers(sender, group, clock())
        now = clock()
        for row, answer in zip(group, answers, strict=True):
            verdict = judge(answer, row["tries"] + 1, now)
            made.put(
                {
                    "record": "attempt",
                    "message_id": row["message_id"],
                    "target": row["target"],
                    "attempt": row["attempts"] + 1,
                    "outcome": verdict.outcome,
                    "status": answer.status,
                    "detail": without_secrets(answer.detail),
                    "retry_at": verdict.retry_at,
                    "recorded_at": now,
                }
            )
        silent = 0 if answers[-1].status is not None else silent + 1
        if silent >= SILENT:
            return True
    return False


def _groups(sender: Sender, rows: list[Row]) -> Iterator[list[Row]]:
    """What is sent at once: a message, or all that go together."""
    together: list[Row] = []
    if isinstance(sender, Collecting):
        together = [row for row in rows if sender.takes_together(row["message_type"])]
    if together:
        yield together
    kept = {row["message_id"] for row in together}
    yield from ([row] for row in rows if row["message_id"] not in kept)


def _answers(sender: Sender, rows: list[Row], now: datetime) -> list[Answer]:
    [row, *more] = rows
    try:
        if isinstance(sender, Collecting) and sender.takes_together(row["message_type"]):
            return sender.send_together(rows, now)
        return [sender.send(row["message_id"], row["body"], now)]
    except Exception as error:
        # Whatever a library finds in one message, the others are sent.
        return [Answer(None, f"{type(error).__name__}: {error}") for _ in (row, *more)]


def _note(
    home: Path, made: "SimpleQueue[Row]", working: Sequence["Future[bool]"], done: Delivered
) -> bool:
    """Append the attempts of some seconds as one entry of the log; whether more may come."""
    rows: list[Row] = []
    begun = monotonic()
    ended = False
    while not ended and len(rows) < NOTED_ATTEMPTS and monotonic() - begun < NOTED_SECONDS:
        over = all(each.done() for each in working)
        try:
            rows.append(made.get(timeout=0.02))
        except Empty:
            # Nothing is put after all are over.
            ended = over
    deliveries(home).append(rows)
    for row in rows:
        done.note(row["target"], row["outcome"], f"{row['status'] or ''} {row['detail']}".strip())
    return not ended
