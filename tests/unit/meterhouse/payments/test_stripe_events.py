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
    BadBody,
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
    refund,
    signed,
)

PAID = 12050


def rows(kind, about, back=0):
    """`back`: cents that went back of the invoice by now, over all its payments."""
    ours = StripeInvoice("in_1", "acme.1", PAID, back)
    return payments_of(event(kind, about), lambda intent: [ours] if intent == "pi_1" else [])


@pytest.mark.parametrize(
    ("kind", "about", "status", "amount"),
    [
        ("invoice.paid", invoice(amount_paid=12050), "paid", "120.50"),
        ("invoice.payment_failed", invoice(amount_remaining=12050), "payment_failed", "120.50"),
        ("invoice.marked_uncollectible", invoice(amount_remaining=7), "uncollectible", "0.07"),
        ("invoice.voided", invoice(total=500, currency="jpy"), "void", "500"),
    ],
)
def test_what_an_event_of_an_invoice_says(kind, about, status, amount):
    [row] = rows(kind, about)
    assert (row["status"], row["amount"]) == (status, Decimal(amount))
    assert row["given_back"] is None
    assert (row["invoice_id"], row["provider_invoice_id"]) == ("acme.1", "in_1")
    assert row["occurred_at"] == datetime.fromtimestamp(CREATED, UTC)
    assert row["event_id"] == "evt_1"
    assert status in STATUSES


LOST, FAILED = {**dispute("lost"), "amount": 50}, refund("failed", failure_reason="lost_card")


@pytest.mark.parametrize(
    ("kind", "about", "back", "status", "amount"),
    [
        ("charge.refunded", charge(PAID, refunded=True), PAID, "refunded", "120.50"),
        ("charge.refunded", charge(50, refunded=False), 50, "partially_refunded", "0.50"),
        # All of one of several charges is not all that was paid, until the others went back too.
        ("charge.refunded", charge(50, refunded=True), 50, "partially_refunded", "0.50"),
        ("charge.refunded", charge(50, refunded=True), PAID, "refunded", "0.50"),
        ("charge.dispute.created", dispute("needs_response"), 0, "disputed", "120.50"),
        ("charge.dispute.closed", dispute("won"), 0, "paid", "120.50"),
        ("charge.dispute.closed", dispute("lost"), PAID, "charged_back", "120.50"),
        # A dispute may be about a part, or about one of several charges.
        ("charge.dispute.closed", LOST, 50, "partially_refunded", "0.50"),
        ("charge.dispute.closed", LOST, PAID, "charged_back", "0.50"),
        # Who gives the money back ends an inquiry: that brings none.
        ("charge.dispute.closed", dispute("warning_closed"), PAID, "refunded", "120.50"),
        # A refund that came to nothing leaves the money here.
        ("refund.failed", FAILED, 0, "paid", "120.50"),
        ("refund.failed", FAILED, 50, "partially_refunded", "120.50"),
        ("refund.updated", refund("failed"), 0, "paid", "120.50"),
        ("refund.updated", refund("canceled"), 0, "paid", "120.50"),
        ("charge.refund.updated", refund("failed"), 0, "paid", "120.50"),
    ],
)
def test_what_an_event_of_a_payment_says(kind, about, back, status, amount):
    """S-72: by all that went back of the invoice, whatever the event is about."""
    [row] = rows(kind, about, back)
    assert (row["status"], row["amount"]) == (status, Decimal(amount))
    assert row["given_back"] == Decimal(back) / 100
    assert (row["invoice_id"], row["provider_invoice_id"]) == ("acme.1", "in_1")


def test_why_a_refund_came_to_nothing_is_said():
    [row] = rows("refund.failed", FAILED)
    assert row["detail"] == "refund re_1 came to nothing: lost_card"


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
        ("refund.updated", refund("succeeded")),
        ("refund.failed", refund("failed", payment_intent=None)),
    ],
)
def test_what_does_not_concern_an_invoice_of_ours(kind, about):
    assert rows(kind, about) == []


def test_an_invoice_of_others_is_not_ours_by_its_payment():
    others = [StripeInvoice("in_9", None, 50)]
    assert payments_of(event("charge.refunded", charge(50)), lambda _: others) == []


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
    ):
        with pytest.raises(BadSignature):
            verified(*wrong, [NEW, OLD])
    with pytest.raises(BadSignature):
        verified(body, signature, [])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "no JSON"),
        (b"", "no JSON"),
        (b"[1, 2]", "no event"),
        (b'"text"', "no event"),
        (b"{}", "no event"),
        (b'{"id": "evt_1", "type": "invoice.paid", "created": 1, "data": {}}', "no event"),
        (b'{"id": 1, "type": "x", "created": 1, "data": {"object": {}}}', "no event"),
        (b'{"id": "evt_1", "type": "x", "created": "1", "data": {"object": {}}}', "no event"),
        (b'{"id": "evt_1", "type": "x", "created": 1, "data": {"object": []}}', "no event"),
    ],
)
def test_what_is_signed_and_no_event_is_called_that(body, why):
    """Who looks for a wrong secret looks in vain."""
    with pytest.raises(BadBody, match=why):
        verified(*signed("", NEW, body), [OLD, NEW])
    with pytest.raises(BadSignature):
        verified(*signed("", NEW, body), [OLD])
