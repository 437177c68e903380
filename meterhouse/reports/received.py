"""What was received for an invoice that somebody is about to void (S-50, S-72)."""

from pathlib import Path

from meterhouse.delivery.billing.received import counted
from meterhouse.ledger.void import FinalInvoice
from meterhouse.payments.log import payments_table
from raw_events.common.errors import LogDamaged
from raw_events.common.text import shown

_RECEIVED = """
    select amounts.provider, sum(amounts.amount_counted) as amount
    from payment_amounts as amounts
    where amounts.invoice_id = $1
    group by all
    having amount <> 0
    order by all
"""


def received_text(home: Path, invoice: FinalInvoice) -> str:
    """How much, from whom and what to do with it, in sentences; empty if nothing was received."""
    if payments_table(home).version() < 0:
        return ""
    try:
        with counted(home) as con:
            rows = con.execute(_RECEIVED, [invoice.invoice_id]).fetchall()
    except LogDamaged as error:
        return f"What was received for it cannot be said. {error}"
    total = sum(amount for _, amount in rows)
    if not total:
        return ""
    parts = ", ".join(
        f"{amount:,.2f} {'entered by hand' if provider == 'files' else f'through {provider}'}"
        for provider, amount in rows
    )
    at_stripe = any(provider == "stripe" for provider, _ in rows)
    said = [
        f"For it {total:,.2f} {invoice.currency} was received from {shown(invoice.customer_name)} "
        f"({parts})."
    ]
    if at_stripe:
        said.append(
            "What came through stripe the void credits there, to the customer's balance unless "
            "METERHOUSE_STRIPE_CREDIT says otherwise."
        )
    if not at_stripe or len(rows) > 1:
        said.append(
            "Pay back what was entered by hand, or set it off against the invoice that takes its "
            "place, by its credit note: that one asks for all of it again."
        )
    return " ".join(said)
