"""The provider `stripe`: drafts of final invoices, by Stripe's own library (S-71).

Each thing is looked for before it is made, by the key in its metadata, and made with an idempotency
key: the one holds when the other has expired (keys after a day) or lags (search, by a minute).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from meterhouse.common.errors import UsageError
from meterhouse.common.secrets import SecretUnreadable
from meterhouse.delivery.billing.provider import (
    Document,
    DocumentLine,
    ProviderError,
    Reversal,
    TheirInvoice,
)
from meterhouse.delivery.errors import DeliveryError
from meterhouse.payments import stripe_account
from meterhouse.payments.errors import StripeNotSetUp
from meterhouse.payments.stripe_account import INVOICE_ID, MOST_TEXT, decimals_of, in_units

if TYPE_CHECKING:
    from stripe import StripeClient

NUMBERS = "METERHOUSE_STRIPE_NUMBERS"
KEY, LINE, VOID = "meterhouse_key", "meterhouse_line", "meterhouse_void"
# Stripe takes no more lines on an invoice, and no longer numbers.
MOST_LINES, MOST_NUMBER = 250, 26
LOOKED_THROUGH = 100
REFUSED = 409


def stripe_client() -> "StripeClient":
    """A client with our key. Raises DeliveryError without one, or without the library."""
    try:
        return stripe_account.stripe_client()
    except (StripeNotSetUp, SecretUnreadable) as error:
        raise DeliveryError(f"Nothing is sent to Stripe. {error}") from None


def numbers_are_ours() -> bool:
    """Whose numbers invoices have at Stripe: METERHOUSE_STRIPE_NUMBERS, `ours` or `theirs`."""
    found = os.environ.get(NUMBERS) or "ours"
    if found not in ("ours", "theirs"):
        raise UsageError(f"{NUMBERS} is {found!r}: write ours or theirs.")
    return found == "ours"


class StripeInvoices:
    """Invoices by a client of Stripe's library, whatever it speaks to."""

    def __init__(self, client: "StripeClient", our_numbers: bool = True):
        self.api, self.our_numbers = client.v1, our_numbers

    def find(self, key: str) -> str | None:
        """The id of the invoice with this key, as search knows it: voids come long after."""
        with _worded():
            found = self.api.invoices.search({"query": f"metadata['{KEY}']:'{key}'", "limit": 1})
            return found.data[0].id if found.data else None

    def draft(self, document: Document) -> str:
        """See that the invoice is there with all its lines; its id there."""
        _refuse(document, self.our_numbers)
        with _worded():
            found = self.find(document.key) or self._among_newest(document)
            if found is None:
                found = self.api.invoices.create(
                    self._header(document), {"idempotency_key": f"{document.key}-invoice"}
                ).id
            if self.api.invoices.retrieve(found).status != "draft":
                return found
            items = self.api.invoice_items.list({"invoice": found, "limit": LOOKED_THROUGH})
            known = {_noted(item, LINE) for item in items.auto_paging_iter()}
            for line in shown_lines_of(document):
                if str(line.line_number) not in known:
                    self.api.invoice_items.create(
                        _item(document, found, line),
                        {"idempotency_key": f"{document.key}-{line.line_number}"},
                    )
            return found

    def total_minor(self, found: str) -> int:
        """What Stripe makes of it."""
        with _worded():
            return int(self.api.invoices.retrieve(found).total)

    def finalize(self, found: str) -> None:
        """From here on Stripe asks for the money by itself."""
        with _worded():
            if self.api.invoices.retrieve(found).status == "draft":
                self.api.invoices.finalize_invoice(found, {"auto_advance": True})

    def reverse(self, found: str, reversal: Reversal) -> None:
        """Void it. What is paid is for a person; a draft is marked, for Stripe voids none."""
        with _worded():
            status = self.api.invoices.retrieve(found).status
            if status == "draft":
                self.api.invoices.update(found, {"metadata": {VOID: reversal.key}})
            elif status == "paid":
                raise ProviderError(
                    REFUSED,
                    f"held, {found} is paid: refund or credit it at Stripe (credit note "
                    f"{reversal.credit_note_number} of {reversal.total} {reversal.currency})",
                    is_held=True,
                )
            elif status != "void":
                self.api.invoices.void_invoice(found)

    def listed(self, since: date) -> Iterator[TheirInvoice]:
        """All with our key in their metadata."""
        begun = int(datetime.combine(since, datetime.min.time(), UTC).timestamp())
        with _worded():
            found = self.api.invoices.list({"created": {"gte": begun}, "limit": LOOKED_THROUGH})
            for invoice in found.auto_paging_iter():
                key = _noted(invoice, KEY)
                if key is not None:
                    currency = str(invoice.currency).upper()
                    yield TheirInvoice(
                        str(invoice.id),
                        key,
                        _noted(invoice, INVOICE_ID),
                        str(invoice.status),
                        in_units(int(invoice.total), currency),
                        currency,
                    )

    def _among_newest(self, document: Document) -> str | None:
        """Of the customer's newest invoices: the list is never behind, as search may be."""
        newest = self.api.invoices.list({"customer": document.customer, "limit": LOOKED_THROUGH})
        for invoice in newest.data:
            if _noted(invoice, KEY) == document.key:
                return str(invoice.id)
        return None

    def _header(self, document: Document) -> Any:
        """The same for the same document, whenever it is made, as its idempotency key asks."""
        issued = datetime.combine(document.issue_on, datetime.min.time(), UTC)
        due = (document.due_on - document.issue_on).days
        return {
            "customer": document.customer,
            "currency": document.currency.lower(),
            # It must not become final before it is compared.
            "auto_advance": False,
            "automatic_tax": {"enabled": False},
            "collection_method": document.collection,
            "pending_invoice_items_behavior": "exclude",
            "effective_at": int(issued.timestamp()),
            "metadata": {
                KEY: document.key,
                INVOICE_ID: document.invoice_id[:MOST_TEXT],
                "meterhouse_invoice_number": document.invoice_number,
                "meterhouse_digest": document.digest,
                "meterhouse_total": document.total,
            },
            **({"days_until_due": max(0, due)} if document.collection == "send_invoice" else {}),
            **({"number": document.invoice_number} if self.our_numbers else {}),
        }


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


def _noted(there: Any, name: str) -> str | None:
    """A value of the metadata of something at Stripe."""
    metadata = there.metadata
    return str(metadata[name]) if metadata is not None and name in metadata else None


def _item(document: Document, invoice: str, line: DocumentLine) -> Any:
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
        start, end = (
            int(datetime.combine(day, datetime.min.time(), UTC).timestamp())
            for day in (line.service_start, line.service_end)
        )
        item["period"] = {"start": start, "end": end}
    return item


def _refuse(document: Document, our_numbers: bool) -> None:
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


@contextmanager
def _worded() -> Iterator[None]:
    """Errors of the library, as the schedule of attempts knows them."""
    from stripe import APIConnectionError, StripeError

    try:
        yield
    except APIConnectionError as error:
        raise ProviderError(None, f"Stripe did not answer ({error.user_message})") from error
    except StripeError as error:
        status = error.http_status
        after = (error.headers or {}).get("retry-after", "")
        raise ProviderError(
            # A wrong key is mended by hand, and no fault of the invoice.
            None if status in (401, 403) else status,
            f"Stripe: {error.user_message or error}",
            timedelta(seconds=int(after)) if after.isdigit() else None,
        ) from error
