"""What needs a look today: counts of everything that should be none, each with its list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from meterhouse.common.failures import noted_failures
from meterhouse.delivery.overview import health
from meterhouse.delivery.watched import stale_after
from meterhouse.html.words import moment
from meterhouse.server.office.live_lists import SOURCES
from meterhouse.server.office.money_lists import NOT_SENT
from meterhouse.server.reading.reader import Reader, Row
from meterhouse.server.tokens import Scope
from meterhouse.warehouse.clock import machine_clock
from meterhouse.warehouse.standing import stands_since

_COUNTS = f"""
    select
        (select count(distinct contract_id) from {{held_contracts}}) as held,
        (select count(*) from {{unrated_usage}} where reason = 'no_rate') as unrated,
        (select count(*) from {{bad_quantities}}) as bad_quantities,
        (select count(*) from {{unbilled_event_types}}) as unsold,
        (
            select count(*) from {{alert_states}} where state = 'triggered'
        ) as alerts,
        (
            select coalesce(sum(events), 0)::bigint from {{event_outcomes}}
            where starts_with(outcome, 'rejected:') and received_on > today - 7
        ) as rejected,
        (select count(*) from {{provider_reconciliation}}) as providers,
        (select count(*) from {{ignored_changes}}) as edited,
        (select count(*) from {{reconciliation}} where difference <> 0) as differences,
        (
            select count(*) from {{invoices}}
            where status = 'finalized' and amount_due > 0 and due_on < today
        ) as overdue,
        (select count(*) from {{invoices}} as invoices where {NOT_SENT}) as not_sent,
        (
            select count(*) from {{invoices}}
            where status = 'finalized' and payment_status in (
                'payment_failed', 'uncollectible', 'disputed', 'charged_back'
            ) and amount_due > 0
        ) as failed_payments
    from (select max(as_of)::date as today from {{runs}})
"""
_MONEY = """
    select currency, columns(* exclude (currency))::decimal(20, 4)
    from (
        select
            currency,
            coalesce(sum(total) filter (where status = 'draft'), 0) as drafts,
            sum(amount_due) as owed,
            coalesce(sum(amount_due) filter (where due_on < today), 0) as overdue,
            coalesce(
                sum(amount_due) filter (where due_on between today and today + 7), 0
            ) as due_soon,
            coalesce(
                sum(total) filter (
                    where status = 'finalized'
                        and date_trunc('month', issue_on) = date_trunc('month', today)
                ), 0
            ) as issued
        from {invoices}
        cross join (select max(as_of)::date as today from {runs})
        where status <> 'void'
        group by currency
    )
    order by currency
"""


@dataclass(frozen=True)
class Item:
    """One thing to look at. `level`: `bad` stops money or people, `look` may; `page`: its list."""

    level: str
    count: int
    title: str
    says: str
    page: str
    scope: Scope


@dataclass(frozen=True)
class Today:
    """`items` that are there, the worst first; `clear`: titles of what was looked at and is none;
    `money`: sums by currency, for finance."""

    items: list[Item]
    clear: list[str]
    money: list[Row]
    stands_since: datetime | None


# Count → level, title, what it means, page, of which role.
_LOOKED_AT: dict[str, tuple[str, str, str, str, Scope]] = {
    "stale": (
        "bad", "The last run is too long ago", "Nothing on these pages is newer: start a run, or "
        "see why the schedule does not.", "runs", Scope.OPERATIONS,
    ),
    "failures": (
        "bad", "Runs failed since", "Since the last run that came to its end.", "failures",
        Scope.OPERATIONS,
    ),
    "held": (
        "bad", "Contracts are held", "They are not billed until it is mended.", "held",
        Scope.OPERATIONS,
    ),
    "differences": (
        "bad", "Usage does not add up", "What was metered is not what was billed.",
        "reconciliation", Scope.FINANCE,
    ),
    "dead": (
        "bad", "Messages were given up", "Nobody sends them again by itself.",
        "messages?outcome=dead", Scope.OPERATIONS,
    ),
    "held_messages": (
        "bad", "Invoices are held at a provider", "Its total is not ours, so it was not sent.",
        "messages?outcome=held", Scope.OPERATIONS,
    ),
    "sources": (
        "bad", "Sources are stopped or behind", "Their events are missing from drafts.", "sources",
        Scope.OPERATIONS,
    ),
    "providers": (
        "bad", "A billing provider has something else", "Another amount, twice, or not at all.",
        "providers", Scope.FINANCE,
    ),
    "unrated": (
        "bad", "Usage has no price", "It is metered and not billed.", "unrated?reason=no_rate",
        Scope.OPERATIONS,
    ),
    "overdue": (
        "look", "Invoices are overdue", "Final, and not paid on their day.",
        "invoices?status=overdue", Scope.FINANCE,
    ),
    "failed_payments": (
        "look", "Payments failed", "Or are disputed, or were given up.",
        "invoices?status=owed", Scope.FINANCE,
    ),
    "not_sent": (
        "look", "Invoices are not at their provider", "Within an hour of becoming final they "
        "should be.", "invoices?status=not_sent", Scope.FINANCE,
    ),
    "edited": (
        "look", "Something invoiced was edited", "What is final stays; the difference is listed.",
        "edited", Scope.FINANCE,
    ),
    "rejected": (
        "look", "Events were rejected", "In the last seven days; correct them while they can "
        "still land.", "rejected", Scope.OPERATIONS,
    ),
    "bad_quantities": (
        "look", "Quantities are no numbers", "A metric counts them as nothing.", "bad-quantities",
        Scope.OPERATIONS,
    ),
    "unsold": (
        "look", "Events feed no product", "A product may be forgotten in a contract.", "unsold",
        Scope.OPERATIONS,
    ),
    "alerts": (
        "look", "Alerts have fired", "And hold.", "alerts?state=triggered", Scope.OPERATIONS,
    ),
}  # fmt: skip


def today(reader: Reader, may: Callable[[Scope], bool]) -> Today:
    """What a token that `may` see these scopes is told; of others not even a count."""
    now, since = machine_clock(), stands_since(reader.home)
    counts = {**reader.rows(_COUNTS)[0], **_live(reader.home, since, now)}
    items, clear = [], []
    for name, (level, title, says, page, scope) in _LOOKED_AT.items():
        if not may(scope):
            continue
        if counts[name]:
            if name == "stale" and since is not None:
                says = f"It ended {moment(since)}. {says}"
            items.append(Item(level, counts[name], title, says, page, scope))
        else:
            clear.append(title)
    items.sort(key=lambda item: item.level != "bad")
    return Today(items, clear, reader.rows(_MONEY) if may(Scope.FINANCE) else [], since)


def _live(home: Path, since: datetime | None, now: datetime) -> dict[str, Any]:
    delivered = health(home)
    troubled = [row for row in SOURCES.rows(home, {}, 10_000, 0) if row["status"] != "ok"]
    failed = [each for each in noted_failures(home) if since is None or each.failed_at > since]
    return {
        "stale": int(since is not None and now - since > stale_after()),
        "failures": len(failed),
        "dead": delivered.dead,
        "held_messages": delivered.held,
        "sources": len([row for row in troubled if row["status"] != "never read"]),
    }
