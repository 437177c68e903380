"""What a billing provider can do, and what it is given: another one is a module beside `files`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True)
class Account:
    """A row of billing_accounts.csv: `customer` is the customer as the provider knows it, null if
    the row does not say; `email` where its invoices go.

    `collection`: how the provider asks for the money (charge_automatically or send_invoice); with
    `send_drafts_only` a person makes the invoice final there.
    """

    customer: str | None
    collection: str = "send_invoice"
    send_drafts_only: bool = False
    email: str | None = None


@dataclass(frozen=True)
class DocumentLine:
    """A line: `amount_minor` in minor units of the currency (cents), exactly `amount`.

    `quantity` and `unit_price` (texts) only where they give exactly that amount, else null and in
    the description.
    """

    line_number: int
    line_type: str
    description: str
    amount: str
    amount_minor: int
    quantity: str | None
    unit_price: str | None
    service_start: date | None
    service_end: date | None


@dataclass(frozen=True)
class Document:
    """A final invoice as the ledger has it, for a provider.

    `key` is the message's id: the provider keeps it, and finds what it has by it. `customer`,
    `collection` and `email`: Account. Amounts are texts with the currency's `decimals`.
    """

    key: str
    customer: str | None
    collection: str
    customer_id: str
    customer_name: str
    invoice_id: str
    invoice_number: str
    invoice_type: str
    contract_id: str
    currency: str
    decimals: int
    period_start: date | None
    period_end: date | None
    issue_on: date
    due_on: date
    total: str
    total_minor: int
    digest: str
    lines: list[DocumentLine] = field(default_factory=list)
    email: str | None = None


@dataclass(frozen=True)
class Reversal:
    """The void of an invoice: `invoice_key` is the key of the invoice's own message."""

    key: str
    invoice_key: str
    invoice_id: str
    invoice_number: str
    credit_note_number: str | None
    currency: str
    voided_on: date
    total: str
    total_minor: int
    reason: str | None


@dataclass(frozen=True)
class TheirInvoice:
    """An invoice of ours as the provider has it. `key` as in Document; `status` is draft, open,
    paid, uncollectible or void; `total` in units of the currency."""

    provider_invoice_id: str
    key: str
    invoice_id: str | None
    status: str
    total: Decimal
    currency: str


class ProviderError(Exception):
    """The provider refused or failed: `status` as of HTTP (null: no answer), by which it is tried
    again or given up (S-74). `is_held`: a person must look at it first."""

    def __init__(
        self,
        status: int | None,
        detail: str,
        retry_after: timedelta | None = None,
        is_held: bool = False,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.retry_after, self.is_held = retry_after, is_held


class Provider(Protocol):
    """Every call may have been made before, with or without success: it leads to the same state.

    Raises ProviderError, or whatever the network does; both are tried again by the schedule.
    """

    def find(self, key: str) -> str | None:
        """The provider's id of the invoice that was made under a key, null if there is none."""

    def draft(self, document: Document) -> str:
        """See that the whole invoice is there, as a draft at least; its id there.

        What is there is found by its key and kept, what is missing is added: no call doubles any.
        """

    def total_minor(self, found: str) -> int:
        """What the invoice comes to there, as the provider has worked it out."""

    def finalize(self, found: str) -> None:
        """Make the draft final there; nothing if it is."""

    def listed(self, since: date) -> Iterable[TheirInvoice] | None:
        """All invoices of ours that were made there since that day; null if it cannot say."""

    def reverse(self, found: str, reversal: Reversal) -> None:
        """Take the invoice back there; nothing if it is."""
