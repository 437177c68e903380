"""What providers had and said of invoices of the publication that is made by hand (world.py)."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from meterhouse.delivery.log import deliveries
from meterhouse.payments.log import Payments
from tests.unit.meterhouse.delivery.world import FINAL_AT, NOW, VOID_AT

JANUARY, VOID = "acme-1.usage.2026-01-01", "acme-1.usage.2026-01-15"
SCHEDULED = "acme-1.scheduled.2026-01-02"


def tell_of_money(home: Path) -> None:
    """Something of every event of an invoice's money, in both logs."""
    rows: list[dict[str, Any]] = []
    for id, kind, subject in (("msg_1", "invoice", JANUARY), ("msg_2", "void", VOID)):
        rows.append({"record": "message", "message_id": id, "body": "{}", "recorded_at": FINAL_AT,
                     "message_type": f"provider.stripe.{kind}",
                     "subject": f"provider:stripe:{subject}"})  # fmt: skip
    sent, paid = "in_1MtHbELkdIwHu7ixl4OzzPMv", "in_1MtHbELkdIwHu7ixl4OzzPMw is paid"
    for id, outcome, detail, at in (
        ("msg_1", "delivered", sent, FINAL_AT),
        ("msg_2", "held", f"held, {paid}: refund or credit it at Stripe", VOID_AT),
    ):
        rows.append({"record": "attempt", "message_id": id, "target": "provider:stripe",
                     "attempt": 1, "outcome": outcome, "detail": detail,
                     "recorded_at": at + timedelta(minutes=1)})  # fmt: skip
    deliveries(home).append(rows)
    refund = {"given_back": Decimal("20.5"), "amount": Decimal("20.5")}
    dispute = {"given_back": Decimal(0), "detail": "dispute dp_1, fraudulent, {}"}
    day = timedelta(days=1)
    wrong = event("entered_1", "paid", VOID, VOID_AT, provider="files", recorded_by="kim")
    happened = [
        event("evt_1", "paid", JANUARY, FINAL_AT + timedelta(hours=1)),
        event("evt_2", "payment_failed", SCHEDULED, VOID_AT, detail="attempt 2, the last"),
        event("evt_3", "partially_paid", SCHEDULED, VOID_AT + day / 24, amount=Decimal(50)),
        event("evt_4", "partially_refunded", JANUARY, FINAL_AT + day, event_type="charge.refunded",
              **refund),
        event("evt_5", "paid", JANUARY, FINAL_AT + 2 * day, event_type="refund.failed",
              amount=Decimal("20.5"), given_back=Decimal(0),
              detail="refund re_1 came to nothing: expired_or_canceled_card"),
        event("evt_6", "disputed", JANUARY, FINAL_AT + 3 * day,
              event_type="charge.dispute.created", **told(dispute, "needs_response")),
        event("evt_7", "paid", JANUARY, FINAL_AT + 4 * day, event_type="charge.dispute.closed",
              **told(dispute, "won")),
        wrong,
    ]  # fmt: skip
    Payments(home).append(happened, lambda: NOW - timedelta(minutes=2))
    taken = event("withdrawn_entered_1", "withdrawn", VOID, VOID_AT, provider="files",
                  recorded_by="kim", detail="of INV-000009", withdraws="entered_1")  # fmt: skip
    Payments(home).append([taken], lambda: NOW)


def event(id: str, status: str, invoice_id: str, at: datetime, **more: Any) -> dict[str, Any]:
    """A row of the log, of all of an invoice unless `more` says otherwise."""
    return {
        "provider": "stripe", "event_id": id, "status": status, "invoice_id": invoice_id,
        "amount": Decimal("120.5"), "currency": "USD", "occurred_at": at, **more,
    }  # fmt: skip


def told(dispute: dict[str, Any], status: str) -> dict[str, Any]:
    """A dispute that has come so far."""
    return {**dispute, "detail": dispute["detail"].format(status)}
