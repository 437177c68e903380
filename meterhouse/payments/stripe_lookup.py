"""Which invoice a payment at Stripe is for, and what went back of all that was paid for it (S-72).

An event of a refund or a dispute names its charge. An invoice may have several: what they come to
together only Stripe knows.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from meterhouse.payments.errors import LookupFailed
from meterhouse.payments.stripe_account import INVOICE_ID, stripe_client
from meterhouse.payments.stripe_events import StripeInvoice, id_of

if TYPE_CHECKING:
    from stripe import V1Services

_PAGE = 100
# Of which the money stays here, or came back.
_NO_REFUND = ("failed", "canceled")


def look_up(payment_intent: str) -> list[StripeInvoice]:
    """Ask Stripe which invoices a payment is for. Raises LookupFailed, StripeNotSetUp."""
    api = stripe_client().v1
    from stripe import StripeError

    try:
        payments = api.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": payment_intent}, "limit": 10}
        )
        return [_invoice(api, id_of(payment.invoice)) for payment in payments.data]
    except StripeError as error:
        raise LookupFailed(
            f"Stripe does not say which invoice {payment_intent} is for: "
            f"{error.user_message or error}"
        ) from error


def _invoice(api: "V1Services", id: str) -> StripeInvoice:
    invoice = api.invoices.retrieve(id)
    metadata = invoice.metadata
    ours = metadata[INVOICE_ID] if metadata and INVOICE_ID in metadata else None
    paid = int(invoice.amount_paid or 0)
    if not ours:
        return StripeInvoice(str(invoice.id), None, paid)
    back = sum(_back(api, payment) for payment in _payments(api, str(invoice.id)))
    return StripeInvoice(str(invoice.id), ours, paid, back)


def _payments(api: "V1Services", invoice: str) -> Iterator[dict[str, str]]:
    """What paid an invoice, as parameters of a list of refunds or disputes; each once."""
    seen = set()
    found = api.invoice_payments.list({"invoice": invoice, "limit": _PAGE})
    for payment in found.auto_paging_iter():
        about = payment.payment
        for name in ("payment_intent", "charge"):
            value: Any = getattr(about, name, None)
            if value is not None and (name, id_of(value)) not in seen:
                seen.add((name, id_of(value)))
                yield {name: id_of(value)}
                break


def _back(api: "V1Services", payment: dict[str, str]) -> int:
    asked: Any = {**payment, "limit": _PAGE}
    refunds = api.refunds.list(asked).auto_paging_iter()
    disputes = api.disputes.list(asked).auto_paging_iter()
    return sum(int(each.amount) for each in refunds if each.status not in _NO_REFUND) + sum(
        int(each.amount) for each in disputes if each.status == "lost"
    )
