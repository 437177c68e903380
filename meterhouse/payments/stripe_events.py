"""What an event of Stripe says of the money for an invoice of ours (S-72)."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from meterhouse.payments.errors import LookupFailed
from meterhouse.payments.stripe_account import INVOICE_ID, in_units, stripe_client

TOLERANCE_SECONDS = 300
# Event → status, and which amount of the invoice it is about.
OF_INVOICES = {
    "invoice.paid": ("paid", "amount_paid"),
    "invoice.payment_failed": ("payment_failed", "amount_remaining"),
    "invoice.marked_uncollectible": ("uncollectible", "amount_remaining"),
    "invoice.voided": ("void", "total"),
}
OF_CHARGES = ("charge.refunded", "charge.dispute.created", "charge.dispute.closed")
# How a dispute ended → status; `warning_closed` was an inquiry that came to nothing.
_ENDED = {"won": "paid", "warning_closed": "paid", "lost": "charged_back"}

Object = Mapping[str, Any]


class BadSignature(Exception):
    """Not signed by Stripe with a secret of ours, or too long ago."""


@dataclass(frozen=True)
class StripeInvoice:
    """An invoice at Stripe: its id there, ours (null: it is not of ours), what was paid in minor
    units."""

    id: str
    invoice_id: str | None
    paid_minor: int


# From a payment intent to the invoices that it pays.
Lookup = Callable[[str], Sequence[StripeInvoice]]


def verified(payload: bytes, signature: str | None, secrets: Sequence[str]) -> Object:
    """The event of a request, by Stripe's own check. Raises BadSignature for anything else."""
    from stripe import SignatureVerificationError, Webhook

    for secret in secrets:
        with suppress(SignatureVerificationError, ValueError, AttributeError, TypeError):
            Webhook.construct_event(payload, signature, secret, TOLERANCE_SECONDS)
            event: Object = json.loads(payload)
            return event
    raise BadSignature


def payments_of(event: Object, lookup: Lookup) -> list[dict[str, Any]]:
    """The rows of the log of payments that an event gives: none if it does not concern ours.

    `lookup` is asked where an event does not name its invoice; it raises LookupFailed.
    """
    kind, about = event["type"], event["data"]["object"]
    if kind in OF_INVOICES:
        ours = (about.get("metadata") or {}).get(INVOICE_ID)
        status, amount = OF_INVOICES[kind]
        if not ours:
            return []
        invoice = StripeInvoice(about["id"], ours, int(about.get("amount_paid") or 0))
        return [_row(event, about, invoice, status, about.get(amount), _detail(kind, about))]
    if kind not in OF_CHARGES or not about.get("payment_intent"):
        return []
    if kind == "charge.dispute.closed" and about.get("status") not in _ENDED:
        return []
    found = [it for it in lookup(_id_of(about["payment_intent"])) if it.invoice_id]
    return [
        _row(event, about, invoice, *_of_charge(kind, about, invoice), _detail(kind, about))
        # An event has one id, and nearly always one invoice.
        for invoice in found[:1]
    ]


def _of_charge(kind: str, about: Object, invoice: StripeInvoice) -> tuple[str, int]:
    if kind == "charge.refunded":
        back = int(about["amount_refunded"])
        whole = bool(about.get("refunded")) and back >= invoice.paid_minor
        return ("refunded" if whole else "partially_refunded"), back
    status = "disputed" if kind == "charge.dispute.created" else _ENDED[about["status"]]
    lost = int(about["amount"])
    if status == "charged_back" and lost < invoice.paid_minor:
        # The rest of the money is there: it closes no more than a refund of that part (S-73).
        status = "partially_refunded"
    return status, lost


def _row(
    event: Object,
    about: Object,
    invoice: StripeInvoice,
    status: str,
    minor: int | None,
    detail: str | None,
) -> dict[str, Any]:
    currency = str(about["currency"]).upper()
    return {
        "provider": "stripe",
        "event_id": event["id"],
        "event_type": event["type"],
        "status": status,
        "invoice_id": invoice.invoice_id,
        "provider_invoice_id": invoice.id,
        "amount": None if minor is None else in_units(int(minor), currency),
        "currency": currency,
        "occurred_at": datetime.fromtimestamp(int(event["created"]), UTC),
        "detail": detail,
    }


def _detail(kind: str, about: Object) -> str | None:
    """What a person wants to know beside the status; nothing of a card or an address."""
    if kind == "invoice.paid" and about.get("paid_out_of_band"):
        return "paid outside Stripe"
    if kind == "invoice.payment_failed":
        next_one = about.get("next_payment_attempt")
        again = (
            f", next {datetime.fromtimestamp(int(next_one), UTC):%Y-%m-%d %H:%M}Z"
            if next_one
            else ", no further attempt"
        )
        return f"attempt {about.get('attempt_count') or 1}{again}"
    if kind.startswith("charge.dispute"):
        return f"dispute {about.get('id')}, {about.get('reason')}, {about.get('status')}"
    return None


def _id_of(found: Any) -> str:
    return str(found["id"] if isinstance(found, Mapping) else found)


def look_up(payment_intent: str) -> list[StripeInvoice]:
    """Ask Stripe which invoices a payment is for. Raises LookupFailed, StripeNotSetUp."""
    client = stripe_client().v1
    from stripe import StripeError

    try:
        payments = client.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": payment_intent}, "limit": 10}
        )
        found = []
        for payment in payments.data:
            invoice = client.invoices.retrieve(_id_of(payment.invoice))
            metadata = invoice.metadata
            ours = metadata[INVOICE_ID] if metadata and INVOICE_ID in metadata else None
            found.append(StripeInvoice(str(invoice.id), ours, int(invoice.amount_paid or 0)))
        return found
    except StripeError as error:
        raise LookupFailed(
            f"Stripe does not say which invoice {payment_intent} is for: "
            f"{error.user_message or error}"
        ) from error
