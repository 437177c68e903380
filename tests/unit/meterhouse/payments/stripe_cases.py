"""Events of Stripe for tests: as it sends them, signed as its library signs."""

import json

import stripe

NEW, OLD = "whsec_new", "whsec_old"
CREATED = 1_772_712_000


def event(kind, about, event_id="evt_1", created=CREATED):
    """An event about an object."""
    return {
        "id": event_id,
        "object": "event",
        "type": kind,
        "created": created,
        "livemode": False,
        "data": {"object": about},
    }


def invoice(**more):
    """An invoice of ours there."""
    return {
        "id": "in_1",
        "object": "invoice",
        "currency": "eur",
        "total": 12050,
        "amount_paid": 0,
        "amount_remaining": 0,
        "metadata": {"meterhouse_invoice_id": "acme.1", "meterhouse_key": "msg_1"},
        **more,
    }


def charge(back, **more):
    """A charge of which so many cents were given back."""
    return {
        "id": "ch_1",
        "object": "charge",
        "currency": "eur",
        "amount": 12050,
        "amount_refunded": back,
        "refunded": False,
        "payment_intent": "pi_1",
        **more,
    }


def refund(status, **more):
    """A refund of all of a charge."""
    return {
        "id": "re_1",
        "object": "refund",
        "currency": "eur",
        "amount": 12050,
        "status": status,
        "charge": "ch_1",
        "payment_intent": "pi_1",
        **more,
    }


def dispute(status):
    """A dispute about a charge."""
    return {
        "id": "dp_1",
        "object": "dispute",
        "currency": "eur",
        "amount": 12050,
        "reason": "fraudulent",
        "status": status,
        "payment_intent": "pi_1",
    }


def signed(said, secret, body=None):
    """The body of a request and its Stripe-Signature."""
    content = body if body is not None else json.dumps(said).encode()
    header = stripe.WebhookSignature.generate_signature_header(content.decode(), secret)
    return content, header
