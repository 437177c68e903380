"""What an event of Stripe says of the money for an invoice of ours (S-72)."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from meterhouse.payments.stripe_account import INVOICE_ID, in_units

TOLERANCE_SECONDS = 300
# Event → status, and which amount of the invoice it is about.
OF_INVOICES = {
    "invoice.paid": ("paid", "amount_paid"),
    "invoice.payment_failed": ("payment_failed", "amount_remaining"),
    "invoice.marked_uncollectible": ("uncollectible", "amount_remaining"),
    "invoice.voided": ("void", "total"),
}
# Events about a payment, which do not name the invoice, and which statuses of theirs say something:
# a refund that came to nothing, a dispute that ended. `warning_closed` was an inquiry.
OF_PAYMENTS: Mapping[str, tuple[str, ...] | None] = {
    "charge.refunded": None,
    "refund.failed": None,
    "refund.updated": ("failed", "canceled"),
    "charge.refund.updated": ("failed", "canceled"),
    "charge.dispute.created": None,
    "charge.dispute.closed": ("won", "lost", "warning_closed"),
}

Object = Mapping[str, Any]


class BadSignature(Exception):
    """Not signed by Stripe with a secret of ours, or too long ago."""


class BadBody(Exception):
    """Signed, and no event; the message says what it is instead."""


@dataclass(frozen=True)
class StripeInvoice:
    """An invoice at Stripe: its id there, ours (null: it is not of ours), what was paid, and what
    went back over all its payments (refunds that have not failed, disputes that are lost), in minor
    units."""

    id: str
    invoice_id: str | None
    paid_minor: int
    back_minor: int = 0

    @property
    def status(self) -> str:
        """What became of the money that was paid."""
        if self.back_minor <= 0:
            return "paid"
        return "refunded" if self.back_minor >= self.paid_minor else "partially_refunded"


# From a payment intent to the invoices that it pays.
Lookup = Callable[[str], Sequence[StripeInvoice]]


def verified(payload: bytes, signature: str | None, secrets: Sequence[str]) -> Object:
    """The event of a request, by Stripe's own check of the signature.

    Raises BadSignature, or BadBody for what is signed and no event.
    """
    from stripe import SignatureVerificationError, WebhookSignature

    for secret in secrets:
        with suppress(SignatureVerificationError, ValueError, AttributeError, TypeError):
            WebhookSignature.verify_header(
                payload.decode("utf-8"), signature or "", secret, TOLERANCE_SECONDS
            )
            break
    else:
        raise BadSignature
    try:
        event = json.loads(payload)
    except ValueError as error:
        raise BadBody(f"its body is no JSON ({error})") from error
    try:
        kinds = {name: type(event[name]) for name in ("id", "type", "created")}
        about = event["data"]["object"]
    except (KeyError, TypeError, IndexError) as error:
        raise BadBody("its body is no event: id, type, created and data.object") from error
    if kinds != {"id": str, "type": str, "created": int} or not isinstance(about, dict):
        raise BadBody("its body is no event: id and type are texts, created is a number")
    found: Object = event
    return found


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
    if kind not in OF_PAYMENTS or not about.get("payment_intent"):
        return []
    saying = OF_PAYMENTS[kind]
    if saying is not None and about.get("status") not in saying:
        return []
    found = [it for it in lookup(id_of(about["payment_intent"])) if it.invoice_id]
    return [
        _row(
            event,
            about,
            invoice,
            _status(kind, about, invoice),
            int(about["amount_refunded" if kind == "charge.refunded" else "amount"]),
            _detail(kind, about),
            invoice.back_minor,
        )
        # An event has one id, and nearly always one invoice.
        for invoice in found[:1]
    ]


def _status(kind: str, about: Object, invoice: StripeInvoice) -> str:
    """By all that went back of the invoice: an event knows its own charge alone. While a part of
    the money is there, it closes no more than a refund of the other part (S-73)."""
    if kind == "charge.dispute.created":
        return "disputed"
    if kind == "charge.dispute.closed" and about["status"] == "lost":
        return "charged_back" if invoice.status == "refunded" else invoice.status
    return invoice.status


def _row(
    event: Object,
    about: Object,
    invoice: StripeInvoice,
    status: str,
    minor: int | None,
    detail: str | None,
    back_minor: int | None = None,
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
        "given_back": None if back_minor is None else in_units(back_minor, currency),
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
    if "refund." in kind:
        why = about.get("failure_reason") or about.get("status")
        return f"refund {about.get('id')} came to nothing: {why}"
    if kind.startswith("charge.dispute"):
        return f"dispute {about.get('id')}, {about.get('reason')}, {about.get('status')}"
    return None


def id_of(found: Any) -> str:
    """Of what is an id, or expanded."""
    return str(found["id"] if isinstance(found, Mapping) else found)
