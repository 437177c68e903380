"""Which messages a publication has, for whom, and that each is noted once (S-70, S-75)."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

from meterhouse.delivery.events.catalogue import CATALOGUE
from meterhouse.delivery.log import deliveries
from meterhouse.delivery.outbox import note_messages
from meterhouse.price_book.delivery_tables import EVENTS
from tests.unit.meterhouse.delivery.noted import noted, told
from tests.unit.meterhouse.delivery.troubles import land_rejected, leave_troubles
from tests.unit.meterhouse.delivery.world import (
    AS_OF,
    DIGEST,
    EARLIER,
    FAILED,
    NOW,
    VOID_AT,
    book,
    endpoint,
    freeze_by_hand,
    invoice,
    marts_of_everything,
    publish,
    segment,
)
from tests.unit.meterhouse.delivery.world_money import tell_of_money

EARLY = datetime(2026, 2, 9, tzinfo=UTC)


def test_the_catalogue_is_what_the_price_book_may_ask_for():
    assert tuple(event.name for event in CATALOGUE) == EVENTS


def test_everything_is_told_once(tmp_path):
    land_rejected(tmp_path)
    tell_of_money(tmp_path)
    leave_troubles(tmp_path)
    publish(tmp_path, marts_of_everything(), book(endpoint()))
    note_messages(tmp_path, NOW, [FAILED])
    first, version = noted(tmp_path), deliveries(tmp_path).version()
    told_of = {row["message_type"] for row in first} - {"provider.stripe.invoice"}
    assert told_of - {"provider.stripe.void"} == set(EVENTS)
    assert len({row["message_id"] for row in first}) == len(first)
    note_messages(tmp_path, NOW, [FAILED])
    assert noted(tmp_path) == first
    assert deliveries(tmp_path).version() == version, "a pass without news writes nothing"


def test_a_body_says_what_it_is_of_with_amounts_as_text(tmp_path):
    publish(tmp_path, {"invoices": [invoice("acme-1.usage.2026-01-01")]}, book(endpoint()))
    note_messages(tmp_path, NOW)
    [row] = [row for row in noted(tmp_path) if row["message_type"] == "invoice.finalized"]
    assert json.loads(row["body"]) == {
        "type": "invoice.finalized",
        "timestamp": "2026-02-02T00:30:00.000000Z",
        "subject": "invoice:acme-1.usage.2026-01-01",
        "sequence": 1,
        "data": {
            "invoice_id": "acme-1.usage.2026-01-01",
            "invoice_number": "INV-000007",
            "invoice_type": "usage",
            "customer_id": "acme",
            "contract_id": "acme-1",
            "currency": "USD",
            "total": "120.5000",
            "period_start": "2026-01-01",
            "period_end": "2026-02-01",
            "issue_on": "2026-02-01",
            "due_on": "2026-03-03",
        },
    }


def test_the_same_message_made_again_from_nothing_has_the_same_id_and_body(tmp_path):
    for name in ("one", "two"):
        publish(tmp_path / name, marts_of_everything(), book(endpoint()))
        note_messages(tmp_path / name, NOW)
    assert noted(tmp_path / "one") == noted(tmp_path / "two")


def test_an_endpoint_of_a_customer_gets_that_customers_messages_alone(tmp_path):
    """Also none of which nobody knows the customer (S-75)."""
    land_rejected(tmp_path)
    ours = endpoint("globex", customer_id="globex")
    publish(tmp_path, marts_of_everything(), book(ours))
    note_messages(tmp_path, NOW, [FAILED])
    assert {row["customer_id"] for row in noted(tmp_path)} == {"globex"}
    assert told(tmp_path, "globex") == ["contract.ending", "contract.held", "contract.started"]


def test_an_endpoint_is_told_what_it_asks_for_from_its_first_day_on(tmp_path):
    publish(tmp_path, marts_of_everything(), book(
        endpoint("some", event_types=["invoice.*", "contract.ended"]),
        endpoint("late", event_types=["invoice.*"], starting_on=date(2026, 2, 9)),
        endpoint("off", disabled=True),
    ))  # fmt: skip
    finalized = ["invoice.finalized"] * 3
    kinds = ["contract.ended", *finalized, "invoice.overdue", "invoice.voided"]
    assert told(tmp_path, "some") == kinds
    assert told(tmp_path, "late") == ["invoice.voided"]
    assert told(tmp_path, "off") == []


def test_nothing_is_noted_that_nobody_asked_for(tmp_path):
    publish(tmp_path, marts_of_everything(), book(endpoint(disabled=True)))
    note_messages(tmp_path, NOW)
    assert deliveries(tmp_path).version() == -1


def test_a_price_book_of_a_release_without_endpoints_has_none(tmp_path):
    publish(tmp_path, marts_of_everything(), book())
    (tmp_path / "price_books" / DIGEST / "webhook_endpoints.parquet").unlink()
    assert note_messages(tmp_path, NOW) == []


def test_before_the_first_publication_there_is_nothing_to_tell(tmp_path):
    assert note_messages(tmp_path, NOW) == []


def test_a_sequence_counts_on_for_each_subject(tmp_path):
    first = invoice("acme-1.usage.2026-01-01")
    publish(tmp_path, {"invoices": [first]}, book(endpoint(event_types=["invoice.*"])))
    note_messages(tmp_path, NOW)
    void = {**first, "status": "void", "voided_at": datetime(2026, 2, 10, 7, tzinfo=UTC)}
    later = datetime(2026, 2, 10, 8, tzinfo=UTC)
    publish(tmp_path, {"invoices": [void, invoice("acme-1.usage.2026-01-09")]},
            book(endpoint(event_types=["invoice.*"])), 2, later)  # fmt: skip
    note_messages(tmp_path, NOW)
    counted = [(row["message_type"], row["subject"], row["sequence"]) for row in noted(tmp_path)]
    assert sorted(counted) == [
        ("invoice.finalized", "invoice:acme-1.usage.2026-01-01", 1),
        ("invoice.finalized", "invoice:acme-1.usage.2026-01-09", 1),
        ("invoice.voided", "invoice:acme-1.usage.2026-01-01", 2),
    ]


def test_a_commit_was_created_when_a_run_first_saw_it(tmp_path):
    """An endpoint added today is not told of commits that have been there for years."""
    january = datetime(2026, 1, 3, 5, tzinfo=UTC)
    older = {**book(), "commits": [{"commit_id": "acme-old", "contract_id": "acme-1"}]}
    with duckdb.connect() as con:
        freeze_by_hand(con, tmp_path, EARLIER, older)
    publish(tmp_path, {"commit_balances": [segment("acme-old"), segment("acme-prepaid")]},
            book(endpoint(event_types=["commit.created"], starting_on=date(2026, 2, 1))),
            runs=[(january, EARLIER)])  # fmt: skip
    note_messages(tmp_path, NOW)
    [row] = noted(tmp_path)
    assert (row["subject"], row["occurred_at"]) == ("commit:acme-prepaid", AS_OF)


@pytest.mark.parametrize(
    ("remaining", "expected"),
    [
        ("100.01", []),
        ("100", ["commit.balance_low"]),
        ("0.0001", ["commit.balance_low"]),
        ("0", ["commit.exhausted"]),
    ],
)
def test_what_is_left_of_a_balance(tmp_path, remaining, expected):
    asked = endpoint(event_types=["commit.balance_low", "commit.exhausted"])
    publish(tmp_path, {"commit_balances": [
        segment("acme-prepaid", remaining=Decimal(remaining)),
        segment("acme-gift", type="postpaid", remaining=Decimal(remaining)),
        segment("acme-old", starting_on=date(2026, 2, 11), remaining=Decimal(remaining)),
    ]}, book(asked))  # fmt: skip
    assert told(tmp_path, "crm") == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # Forty days are left, or thirty; of a segment of twenty days the last five.
        (date(2026, 1, 1), date(2026, 5, 2), []),
        (date(2025, 11, 1), date(2026, 3, 12), ["commit.expiring"]),
        (date(2026, 2, 1), date(2026, 2, 21), []),
        (date(2026, 1, 26), date(2026, 2, 15), ["commit.expiring"]),
    ],
)
def test_a_segment_that_ends_soon(tmp_path, start, end, expected):
    asked = endpoint(event_types=["commit.expiring"])
    balance = segment("acme-prepaid", starting_on=start, ending_before=end)
    publish(tmp_path, {"commit_balances": [balance]}, book(asked))
    assert told(tmp_path, "crm") == expected


def test_a_held_contract_is_told_once_a_day(tmp_path):
    held = [
        {"contract_id": "acme-1", "product_id": product, "period_start": date(2026, 2, 1),
         "reason": "amount_too_large"}
        for product in ("calls", "tokens")
    ]  # fmt: skip
    asked = book(endpoint(event_types=["contract.held"]))
    for generation, hour in enumerate((6, 9, 30), 1):
        at = datetime(2026, 2, 10 + hour // 24, hour % 24, tzinfo=UTC)
        publish(tmp_path, {"held_contracts": held}, asked, generation, at)
        note_messages(tmp_path, NOW)
    assert [row["occurred_at"].day for row in noted(tmp_path)] == [10, 11]


def test_troubles_are_told_before_anything_is_published_again(tmp_path):
    """A run that fails publishes nothing: its message must not wait for one that does."""
    publish(tmp_path, {}, book(endpoint(event_types=["run.failed", "events.*"])), as_of=EARLY)
    land_rejected(tmp_path)
    note_messages(tmp_path, NOW, [FAILED])
    kinds = [row["message_type"] for row in noted(tmp_path)]
    assert kinds == ["events.quarantined", "run.failed"]


def test_a_segment_that_waits_for_its_payment_starts_when_it_serves(tmp_path):
    """S-73: nothing before; then once, dated the first day that it serves."""
    paid = {"payment": "paid", "serves_from": date(2026, 2, 5)}
    balances = [
        segment("acme-waiting", payment="waiting for payment", granted=Decimal(0)),
        segment("acme-paid", **paid),
        segment("acme-later", payment="paid", serves_from=date(2026, 2, 11)),
        segment("acme-given-back", **paid | {"payment": "payment taken back"},
                expired=Decimal(1000), remaining=Decimal(0)),
    ]  # fmt: skip
    publish(tmp_path, {"commit_balances": balances}, book(endpoint()))
    assert "commit.exhausted" not in told(tmp_path, "crm")
    started = [
        (row["subject"], row["occurred_at"])
        for row in noted(tmp_path)
        if row["message_type"] == "commit.segment_started"
    ]
    day = datetime(2026, 2, 5, tzinfo=UTC)
    assert sorted(started) == [("commit:acme-given-back", day), ("commit:acme-paid", day)]


def test_a_void_is_told_before_the_next_run(tmp_path):
    """`meterhouse void` publishes it at once, beside what the run before it computed (S-55)."""
    before = VOID_AT - timedelta(hours=9)
    publish(tmp_path, marts_of_everything(), book(endpoint()), as_of=before)
    note_messages(tmp_path, VOID_AT + timedelta(minutes=1))
    types = [row["message_type"] for row in noted(tmp_path)]
    assert "invoice.voided" in types and "credit_note.created" in types
    assert "alert.triggered" not in types, "what a later run computes is not told before it"
