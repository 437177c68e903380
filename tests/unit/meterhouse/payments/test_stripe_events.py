"""What Stripe's events say: guards against one that nobody signed, one that is taken for another
status or amount, and one of an invoice that is not ours (S-72).

Signed as the unmodified library signs; shapes are those of its own types.
"""

import json
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

pytest.importorskip("stripe", reason="pip install 'meterhouse[stripe]'")

import stripe

from meterhouse.payments.errors import LookupFailed
from meterhouse.payments.statuses import STATUSES
from meterhouse.payments.stripe_account import webhook_secrets
from meterhouse.payments.stripe_events import (
    BadSignature,
    StripeInvoice,
    payments_of,
    verified,
)
from tests.unit.meterhouse.payments.stripe_cases import (
    CREATED,
    NEW,
    OLD,
    charge,
    dispute,
    event,
    invoice,
    signed,
)

OURS = StripeInvoice("in_1", "acme.1", 12050)


def rows(kind, about, found=(OURS,)):
    return payments_of(event(kind, about), lambda intent: found if intent == "pi_1" else ())


@pytest.mark.parametrize(
    ("kind", "about", "status", "amount"),
    [
        ("invoice.paid", invoice(amount_paid=12050), "paid", "120.50"),
        ("invoice.payment_failed", invoice(amount_remaining=12050), "payment_failed", "120.50"),
        ("invoice.marked_uncollectible", invoice(amount_remaining=7), "uncollectible", "0.07"),
        ("invoice.voided", invoice(total=500, currency="jpy"), "void", "500"),
        ("charge.refunded", charge(12050, refunded=True), "refunded", "120.50"),
        ("charge.refunded", charge(50, refunded=False), "partially_refunded", "0.50"),
        # All of one of several charges is not all that was paid.
        ("charge.refunded", charge(50, refunded=True), "partially_refunded", "0.50"),
        ("charge.dispute.created", dispute("needs_response"), "disputed", "120.50"),
        ("charge.dispute.closed", dispute("won"), "paid", "120.50"),
        ("charge.dispute.closed", dispute("lost"), "charged_back", "120.50"),
        # A dispute may be about a part, or about one of several charges.
        ("charge.dispute.closed", {**dispute("lost"), "amount": 50}, "partially_refunded", "0.50"),
    ],
)
def test_what_an_event_says(kind, about, status, amount):
    [row] = rows(kind, about)
    assert (row["status"], row["amount"]) == (status, Decimal(amount))
    assert (row["invoice_id"], row["provider_invoice_id"]) == ("acme.1", "in_1")
    assert row["occurred_at"] == datetime.fromtimestamp(CREATED, UTC)
    assert row["event_id"] == "evt_1"
    assert status in STATUSES


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("invoice.paid", invoice(metadata={})),
        ("invoice.paid", invoice(metadata={"meterhouse_invoice_id": ""})),
        ("invoice.created", invoice()),
        ("customer.created", {"id": "cus_1", "object": "customer"}),
        ("charge.refunded", charge(50, payment_intent=None)),
        ("charge.refunded", charge(50, payment_intent="pi_2")),
        ("charge.dispute.closed", dispute("under_review")),
    ],
)
def test_what_does_not_concern_an_invoice_of_ours(kind, about):
    assert rows(kind, about) == []


def test_an_invoice_of_others_is_not_ours_by_its_payment():
    assert rows("charge.refunded", charge(50), [StripeInvoice("in_9", None, 50)]) == []


def test_what_stripe_does_not_say_is_not_guessed():
    def silent(intent):
        raise LookupFailed("no answer")

    with pytest.raises(LookupFailed):
        payments_of(event("charge.refunded", charge(50)), silent)


def test_each_of_two_secrets_while_they_change(monkeypatch, tmp_path):
    (tmp_path / "secrets").write_text(f"{NEW}\n{OLD}\n")
    monkeypatch.delenv("METERHOUSE_STRIPE_WEBHOOK_SECRET", raising=False)
    monkeypatch.setenv("METERHOUSE_STRIPE_WEBHOOK_SECRET_FILE", str(tmp_path / "secrets"))
    said = event("invoice.paid", invoice())
    for secret in (NEW, OLD):
        assert verified(*signed(said, secret), webhook_secrets())["id"] == "evt_1"


def test_what_is_not_signed_is_refused():
    said = event("invoice.paid", invoice())
    body, signature = signed(said, NEW)
    past = stripe.WebhookSignature.generate_signature_header(
        body.decode(), NEW, timestamp=int(time.time()) - 301
    )
    other = json.dumps(event("invoice.paid", invoice(amount_paid=1))).encode()
    for wrong in (
        (body, None),
        (body, ""),
        (body, "t=x,v1=y"),
        (body, "v1=" + signature.rpartition("v1=")[2]),
        (body, past),
        (other, signature),
        (b"\xff\xfe", signature),
        signed(said, "whsec_other"),
        signed("no event", NEW, b"[1, 2]"),
        signed("no JSON", NEW, b"{"),
    ):
        with pytest.raises(BadSignature):
            verified(*wrong, [NEW, OLD])
    with pytest.raises(BadSignature):
        verified(body, signature, [])
