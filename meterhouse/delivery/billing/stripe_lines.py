"""Lines of an invoice as Stripe takes them, and what it would bill as something else."""

from datetime import UTC, date, datetime
from typing import Any

from meterhouse.delivery.billing.provider import Document, DocumentLine, ProviderError
from meterhouse.delivery.billing.stripe_calls import LINE, REFUSED
from meterhouse.payments.stripe_account import MOST_TEXT, decimals_of

# Stripe takes no more lines on an invoice, and no longer numbers.
MOST_LINES, MOST_NUMBER = 250, 26


def shown_lines_of(document: Document) -> list[DocumentLine]:
    """The lines, or as many as Stripe takes with a last one that says how many more there are."""
    lines = document.lines
    if len(lines) <= MOST_LINES:
        return lines
    kept, rest = lines[: MOST_LINES - 1], lines[MOST_LINES - 1 :]
    minor = sum(line.amount_minor for line in rest)
    text = f"{len(rest):,} further lines"
    last = DocumentLine(rest[0].line_number, "further", text, "", minor, None, None, None, None)
    return [*kept, last]


def item(document: Document, invoice: str, line: DocumentLine) -> Any:
    """A line as a call that makes it takes it."""
    text = line.description
    if line.quantity is not None and line.unit_price is not None:
        # An amount is exact whatever Stripe rounds.
        text = f"{text}, {line.quantity} × {line.unit_price}"
    item: dict[str, Any] = {
        "customer": document.customer,
        "invoice": invoice,
        "currency": document.currency.lower(),
        "amount": line.amount_minor,
        "description": text[:MOST_TEXT],
        "discountable": False,
        "metadata": {LINE: str(line.line_number)},
    }
    if line.service_start is not None and line.service_end is not None:
        item["period"] = {
            "start": midnight(line.service_start),
            "end": midnight(line.service_end),
        }
    return item


def midnight(day: date) -> int:
    """The instant at which a day begins, in seconds, as Stripe takes it."""
    return int(datetime.combine(day, datetime.min.time(), UTC).timestamp())


def refuse(document: Document, our_numbers: bool) -> None:
    """What Stripe would bill as something else, or not at all."""
    theirs = decimals_of(document.currency)
    if document.decimals != theirs:
        raise ProviderError(
            REFUSED,
            f"not sent, {document.currency} has {document.decimals} decimals here and {theirs} at "
            "Stripe: the amounts would be others",
        )
    if theirs == 3 and any(line.amount_minor % 10 for line in shown_lines_of(document)):
        raise ProviderError(REFUSED, f"not sent, Stripe takes {document.currency} to 0.01 only")
    if document.total_minor < 0:
        raise ProviderError(
            REFUSED, f"not sent, it comes to {document.total}: credit the customer at Stripe"
        )
    if our_numbers and len(document.invoice_number) > MOST_NUMBER:
        raise ProviderError(
            REFUSED, f"not sent, {document.invoice_number} is longer than Stripe's {MOST_NUMBER}"
        )
