"""Small histories of one commit that waits for its payment (S-73), and the days that it serves.

A year of monthly usage invoices; purchases, their voids, and what came back of them. `served_days`
asks the models, `expected_days` works it out day by day.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import duckdb
import pyarrow as pa

from benchmarks.commit_warehouse import create_tables, insert
from meterhouse.common.model_sql import model_sql

DAY = timedelta(days=1)
# Of these statuses it matters when they came to be; others change nothing.
RANKS = {"paid": 4, "refunded": 7, "charged_back": 8}
SETTLED = {"paid": True, "refunded": False, "charged_back": False}
ALWAYS = date(9999, 1, 1)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


@dataclass(frozen=True)
class Segment:
    """Access of the commit, and of which segment it takes over what is left."""

    starting_on: date
    ending_before: date
    rolls_over_from: int | None = None


@dataclass(frozen=True)
class Event:
    """What came back: of which invoice, when it happened, with which entry it was known, and by
    which one it was withdrawn."""

    invoice_id: str
    status: str
    happened_on: date
    version: int
    withdrawn: int | None = None


@dataclass(frozen=True)
class Invoice:
    """A final invoice: a purchase (`issue_on`), or usage of a period. `version`: of the payments
    that its run had read. `entry`: what became final together."""

    invoice_id: str
    entry: int
    issue_on: date
    period: tuple[date, date] | None = None
    version: int = -1
    total: int = 100
    voided_on: date | None = None


@dataclass(frozen=True)
class History:
    segments: tuple[Segment, ...]
    purchases: dict[date, int] = field(default_factory=dict)
    invoices: tuple[Invoice, ...] = ()
    events: tuple[Event, ...] = ()

    def add(self, *new: Invoice | Event) -> "History":
        return replace(
            self,
            invoices=(*self.invoices, *(one for one in new if isinstance(one, Invoice))),
            events=(*self.events, *(one for one in new if isinstance(one, Event))),
        )

    def withdraw(self, event: Event, version: int) -> "History":
        taken = replace(event, withdrawn=version)
        return replace(self, events=tuple(taken if it is event else it for it in self.events))

    def void(self, invoice_id: str, day: date) -> "History":
        return replace(
            self,
            invoices=tuple(
                replace(one, voided_on=day) if one.invoice_id == invoice_id else one
                for one in self.invoices
            ),
        )


def served_days(histories: Sequence[History]) -> list[dict[int, set[date]]]:
    """Of each history, segment → its days of service, as calendar.gate_stretches has them."""
    found = [{number: set[date]() for number in _numbered(one)} for one in histories]
    rows = _asked(
        histories, "select commit_id, segment, serves_from, serves_before from gate_stretches"
    )
    for commit, segment, first, last in rows:
        stretch = {first + DAY * n for n in range((last - first).days)}
        assert stretch and not stretch & found[int(commit)][segment], "stretches share no day"
        found[int(commit)][segment] |= stretch
    return found


def states(histories: Sequence[History]) -> list[tuple]:
    """Payment, day of payment, first day of service, invoice of each: commits.gate_states."""
    return _asked(
        histories,
        "select payment, paid_on, serves_from, purchase_invoice_id from gate_states"
        " order by commit_id::integer, segment",
    )


def expected_days(history: History) -> dict[int, set[date]]:
    """The same, worked out for each day from the rule."""
    return {number: _days(history, segment) for number, segment in _numbered(history).items()}


def _days(history: History, segment: Segment) -> set[date]:
    source = _numbered(history).get(segment.rolls_over_from or 0, segment)
    by_then = [day for day in history.purchases if day <= source.starting_on]
    purchase = max(by_then) if by_then else min(history.purchases)
    access = [
        segment.starting_on + DAY * n
        for n in range((segment.ending_before - segment.starting_on).days)
    ]
    if history.purchases[purchase] == 0:
        return set(access)
    facts = []
    for place, invoice in enumerate(history.invoices):
        if invoice.period is not None or invoice.issue_on != purchase:
            continue
        void = invoice.voided_on or ALWAYS
        for event in history.events:
            counts_from = max([event.happened_on, *_unaware(history, event.version)])
            before = ALWAYS
            if event.withdrawn is not None:
                before = max([event.happened_on, *_unaware(history, event.withdrawn)])
            of_it = event.invoice_id == invoice.invoice_id and event.status in RANKS
            if of_it and counts_from < void:
                order = (place, event.happened_on, RANKS[event.status])
                facts.append((order, counts_from, before, event.status == "paid"))
        if invoice.total <= 0:
            ends = [
                one.period[1]
                for one in history.invoices
                if one.period and not one.voided_on and one.entry <= invoice.entry
            ]
            counts_from = max([invoice.issue_on, *ends])
            if counts_from < void:
                facts.append(((place, date.min, 0), counts_from, ALWAYS, True))
        if invoice.voided_on:
            facts.append(((place, ALWAYS, 0), invoice.voided_on, ALWAYS, False))
    served = set()
    for day in access:
        known = [
            (order, paid)
            for order, counts_from, before, paid in facts
            if counts_from <= day < before
        ]
        if known and max(known)[1]:
            served.add(day)
    return served


def _unaware(history: History, version: int) -> list[date]:
    return [
        one.period[1]
        for one in history.invoices
        if one.period and not one.voided_on and one.version < version
    ]


def _numbered(history: History) -> dict[int, Segment]:
    return dict(enumerate(history.segments, start=1))


def _asked(histories: Sequence[History], query: str) -> list[tuple]:
    """Rows of a query over the models of a warehouse in which each history is a commit."""
    con = duckdb.connect(config={"threads": 1})
    create_tables(con)
    rows: dict[str, list[dict]] = defaultdict(list)
    rows["price_book.rate_cards"] = [{"rate_card_id": "card", "currency": "USD"}]
    rows["price_book.pricing_units"] = [{"pricing_unit": "USD", "decimals": 2}]
    for number, history in enumerate(histories):
        _add(rows, str(number), history)
    for table, records in rows.items():
        columns = sorted({column for record in records for column in record})
        cells = {column: [record.get(column) for record in records] for column in columns}
        con.register("records", pa.table(cells))
        insert(con, table, "from records")
    con.execute("set search_path = 'main,calendar'")
    con.execute(f"create view gate_states as {model_sql('gate_states', 'commits')}")
    return con.execute(query).fetchall()


def _add(rows: dict[str, list[dict]], key: str, history: History) -> None:
    """The rows of a history: of the contract and the commit `key`, with sequences of its own."""
    commit = {"commit_id": key}
    first = int(key) * 1000
    rows["price_book.contracts"].append({"contract_id": key, "rate_card_id": "card"})
    rows["price_book.commits"].append(
        commit | {"contract_id": key, "type": "prepaid", "payment_gated": True}
    )
    rows["price_book.commit_access"] += [
        commit | {"segment": number} | vars(segment)
        for number, segment in _numbered(history).items()
    ]
    rows["price_book.commit_invoices"] += [
        commit | {"invoice_on": day, "amount": Decimal(amount)}
        for day, amount in history.purchases.items()
    ]
    for sequence, one in enumerate(history.invoices, start=first + 1):
        invoice = {"invoice_id": f"{key}.{one.invoice_id}"}
        rows["ledger.invoices"].append(
            invoice
            | {
                "contract_id": key, "sequence": sequence, "issue_on": one.issue_on,
                "invoice_type": "usage" if one.period else "scheduled",
                "period_end": one.period[1] if one.period else None,
                "total": Decimal(one.total), "status": "void" if one.voided_on else "finalized",
            }
        )  # fmt: skip
        if one.period is None:
            rows["ledger.invoice_lines"].append(invoice | commit | {"line_type": "commit_purchase"})
        if one.voided_on:
            rows["ledger.voids"].append(invoice | {"voided_at": noon(one.voided_on)})
    for entry in sorted({one.entry for one in history.invoices}):
        places = [n for n, one in enumerate(history.invoices) if one.entry == entry]
        rows["ledger.entries"].append(
            {
                "ledger_version": first + entry, "rows": len(places),
                "last_sequence": first + 1 + places[-1], "as_of": noon(date(2030, 1, 1)),
                "payments_version": history.invoices[places[0]].version,
            }
        )  # fmt: skip
    rows["calendar.payments"] += [
        {
            "invoice_id": f"{key}.{event.invoice_id}", "event_id": f"{number:03}",
            "status": event.status, "status_rank": RANKS.get(event.status, 0),
            "occurred_at": noon(event.happened_on), "received_at": noon(event.happened_on),
            "payments_version": event.version, "is_settled": SETTLED.get(event.status),
            "withdrawn_version": event.withdrawn,
            "withdrawn_at": noon(event.happened_on) if event.withdrawn is not None else None,
            "withdrawn_from": event.happened_on if event.withdrawn is not None else None,
        }
        for number, event in enumerate(history.events)
    ]  # fmt: skip
