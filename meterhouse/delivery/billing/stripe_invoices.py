"""The provider `stripe`: drafts of final invoices, by Stripe's own library (S-71).

Each thing is looked for before it is made, by the key in its metadata, and made with an idempotency
key: the one holds when the other has expired (keys after a day) or lags (search, by a minute).
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from meterhouse.common.errors import UsageError
from meterhouse.common.secrets import SecretUnreadable
from meterhouse.delivery.billing.provider import (
    Document,
    ProviderError,
    Reversal,
    TheirInvoice,
)
from meterhouse.delivery.billing.stripe_calls import (
    KEY,
    LINE,
    LOOKED_THROUGH,
    REFUSED,
    VOID,
    noted,
    worded,
)
from meterhouse.delivery.billing.stripe_credit import GIVES_BACK, credit_paid
from meterhouse.delivery.billing.stripe_customers import StripeCustomers
from meterhouse.delivery.billing.stripe_lines import item, refuse, shown_lines_of
from meterhouse.delivery.billing.stripe_order import put_in_order
from meterhouse.delivery.errors import DeliveryError
from meterhouse.payments import stripe_account
from meterhouse.payments.errors import StripeNotSetUp
from meterhouse.payments.stripe_account import INVOICE_ID, MOST_TEXT, in_units

if TYPE_CHECKING:
    from stripe import StripeClient

NUMBERS, CREDIT = "METERHOUSE_STRIPE_NUMBERS", "METERHOUSE_STRIPE_CREDIT"


def stripe_client() -> "StripeClient":
    """A client with our key. Raises DeliveryError without one, or without the library."""
    try:
        return stripe_account.stripe_client()
    except (StripeNotSetUp, SecretUnreadable) as error:
        raise DeliveryError(f"Nothing is sent to Stripe. {error}") from None


def gives_back() -> str:
    """What becomes of the money of a paid invoice that is void: METERHOUSE_STRIPE_CREDIT, one of
    GIVES_BACK."""
    found = os.environ.get(CREDIT) or GIVES_BACK[0]
    if found not in GIVES_BACK:
        raise UsageError(f"{CREDIT} is {found!r}: write one of {', '.join(GIVES_BACK)}.")
    return found


def numbers_are_ours() -> bool:
    """Whose numbers invoices have at Stripe: METERHOUSE_STRIPE_NUMBERS, `ours` or `theirs`."""
    found = os.environ.get(NUMBERS) or "ours"
    if found not in ("ours", "theirs"):
        raise UsageError(f"{NUMBERS} is {found!r}: write ours or theirs.")
    return found == "ours"


class StripeInvoices:
    """Invoices by a client of Stripe's library, whatever it speaks to."""

    def __init__(
        self, client: "StripeClient", our_numbers: bool = True, gives_back: str = "balance"
    ):
        self.api, self.our_numbers, self.gives_back = client.v1, our_numbers, gives_back
        self.customers = StripeCustomers(client)

    def find(self, key: str) -> str | None:
        """The id of the invoice with this key, as search knows it: voids come long after."""
        with worded():
            found = self.api.invoices.search({"query": f"metadata['{KEY}']:'{key}'", "limit": 1})
            return found.data[0].id if found.data else None

    def draft(self, document: Document) -> str:
        """See that the invoice is there with all its lines; its id there."""
        refuse(document, self.our_numbers)
        with worded():
            document = replace(document, customer=self.customers.id_of(document))
            found = self.find(document.key) or self._among_newest(document)
            if found is None:
                found = self.api.invoices.create(
                    self._header(document), {"idempotency_key": f"{document.key}-invoice"}
                ).id
            if self.api.invoices.retrieve(found).status != "draft":
                return found
            items = self.api.invoice_items.list({"invoice": found, "limit": LOOKED_THROUGH})
            known = {noted(item, LINE) for item in items.auto_paging_iter()}
            for line in shown_lines_of(document):
                if str(line.line_number) not in known:
                    self.api.invoice_items.create(
                        item(document, found, line),
                        {"idempotency_key": f"{document.key}-{line.line_number}"},
                    )
            put_in_order(self.api, document, found)
            return found

    def total_minor(self, found: str) -> int:
        """What Stripe makes of it."""
        with worded():
            return int(self.api.invoices.retrieve(found).total)

    def finalize(self, found: str) -> None:
        """From here on Stripe asks for the money by itself.

        Not of a draft that its void has marked: that void came to its end, and no other follows.
        """
        with worded():
            there = self.api.invoices.retrieve(found)
            if there.status == "draft":
                if noted(there, VOID) is not None:
                    raise ProviderError(
                        REFUSED,
                        f"held as a draft ({found}): it is void here, delete the draft at Stripe",
                        is_held=True,
                    )
                self.api.invoices.finalize_invoice(found, {"auto_advance": True})

    def reverse(self, found: str, reversal: Reversal) -> None:
        """Void it. What is paid gets a credit note; a draft is marked, for Stripe voids none.

        While a payment is under way Stripe voids nothing: it is tried again, and paid by then or
        open.
        """
        from stripe import InvalidRequestError

        with worded():
            status = self.api.invoices.retrieve(found).status
            if status == "draft":
                self.api.invoices.update(found, {"metadata": {VOID: reversal.key}})
            elif status == "paid":
                credit_paid(self.api, found, reversal, self.gives_back)
            elif status != "void":
                try:
                    self.api.invoices.void_invoice(found)
                except InvalidRequestError as error:
                    said = f"{found} is not void yet at Stripe ({error.user_message or error})"
                    raise ProviderError(None, said) from error

    def listed(self, since: date) -> Iterator[TheirInvoice]:
        """All with our key in their metadata."""
        begun = int(datetime.combine(since, datetime.min.time(), UTC).timestamp())
        with worded():
            found = self.api.invoices.list({"created": {"gte": begun}, "limit": LOOKED_THROUGH})
            for invoice in found.auto_paging_iter():
                key = noted(invoice, KEY)
                if key is not None:
                    currency = str(invoice.currency).upper()
                    yield TheirInvoice(
                        str(invoice.id),
                        key,
                        noted(invoice, INVOICE_ID),
                        str(invoice.status),
                        in_units(int(invoice.total), currency),
                        currency,
                    )

    def _among_newest(self, document: Document) -> str | None:
        """Of the customer's newest invoices: the list is never behind, as search may be."""
        customer = document.customer or ""
        newest = self.api.invoices.list({"customer": customer, "limit": LOOKED_THROUGH})
        for invoice in newest.data:
            if noted(invoice, KEY) == document.key:
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
