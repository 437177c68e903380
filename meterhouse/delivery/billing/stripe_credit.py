"""A void of what is paid at Stripe: a credit note of all of it (S-71)."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from meterhouse.delivery.billing.provider import ProviderError, Reversal
from meterhouse.delivery.billing.stripe_calls import LOOKED_THROUGH, REFUSED, VOID, noted
from meterhouse.payments.stripe_account import MOST_TEXT

if TYPE_CHECKING:
    from stripe import V1Services

# Into the customer's balance there, which pays the next invoices; back to the card; paid back
# elsewhere; or a person does it.
GIVES_BACK = ("balance", "refund", "out_of_band", "hold")
_AMOUNTS = {
    "balance": "credit_amount",
    "refund": "refund_amount",
    "out_of_band": "out_of_band_amount",
}


def credit_paid(api: "V1Services", invoice: str, reversal: Reversal, gives_back: str) -> None:
    """Credit all of a paid invoice, once. Raises ProviderError, held, where a person must: by the
    setting, or because Stripe has given back some of it already."""
    from stripe import InvalidRequestError

    total = int(api.invoices.retrieve(invoice).total)
    notes = api.credit_notes.list({"invoice": invoice, "limit": LOOKED_THROUGH})
    if any(noted(note, VOID) == reversal.key for note in notes.auto_paging_iter()):
        return
    if total == 0:
        api.invoices.update(invoice, {"metadata": {VOID: reversal.key}})
        return
    if gives_back not in _AMOUNTS:
        raise ProviderError(REFUSED, _for_a_person(invoice, reversal, "is paid"), is_held=True)
    voided = datetime.combine(reversal.voided_on, datetime.min.time(), UTC)
    note: Any = {
        "invoice": invoice,
        "amount": total,
        _AMOUNTS[gives_back]: total,
        "effective_at": int(voided.timestamp()),
        "memo": f"{reversal.credit_note_number or reversal.invoice_number}: "
        f"{reversal.reason or 'void'}"[:MOST_TEXT],
        "metadata": {
            VOID: reversal.key,
            "meterhouse_credit_note_number": reversal.credit_note_number or "",
            "meterhouse_total": reversal.total,
        },
    }
    try:
        api.credit_notes.create(note, {"idempotency_key": f"{reversal.key}-credit"})
    except InvalidRequestError as error:
        said = f"cannot be credited as a whole ({error.user_message or error})"
        raise ProviderError(
            REFUSED, _for_a_person(invoice, reversal, said), is_held=True
        ) from error


def _for_a_person(invoice: str, reversal: Reversal, why: str) -> str:
    return (
        f"held, {invoice} {why}: refund or credit it at Stripe (credit note "
        f"{reversal.credit_note_number} of {reversal.total} {reversal.currency})"
    )
