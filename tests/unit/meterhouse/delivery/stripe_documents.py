"""Made-up invoices on their way to the Stripe of the tests."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from meterhouse.delivery.billing import send
from meterhouse.delivery.billing.provider import (
    Account,
    Document,
    DocumentLine,
    ProviderError,
    Reversal,
)
from meterhouse.delivery.billing.stripe_invoices import StripeInvoices
from tests.unit.meterhouse.delivery.stripe_fake import FakeStripe

FEBRUARY = date(2026, 2, 1)


def lines(*minors: int) -> list[DocumentLine]:
    return [
        DocumentLine(number, "usage", f"Line {number}", "", minor, "3", "0.5",
                     date(2026, 1, 1), FEBRUARY)
        for number, minor in enumerate(minors, 1)
    ]  # fmt: skip


def document(*minors: int, **more: Any) -> Document:
    """An invoice with lines of these cents."""
    minors = minors or (500, 12000, -2500)
    total = f"{sum(minors) / 100:.2f}"
    made = Document(
        "msg_1", "cus_1", "send_invoice", "acme", "Acme", "acme-1.usage.2026-01-01", "INV-000007",
        "usage", "acme-1", "USD", 2, date(2026, 1, 1), FEBRUARY, FEBRUARY, date(2026, 3, 3),
        total, sum(minors), "d" * 64, lines(*minors),
    )  # fmt: skip
    return replace(made, **more)


REVERSAL = Reversal("msg_2", "msg_1", "acme-1.usage.2026-01-01", "INV-000007", "CN-000001", "USD",
                    FEBRUARY, "-100.00", -10000, "wrong rate")  # fmt: skip


class Sender(send.BillingSender):
    """A sender of made-up documents: what the ledger says is tested elsewhere."""

    def __init__(self, provider: StripeInvoices, ours: Document, drafts_only: bool = False):
        account = Account(ours.customer, ours.collection, drafts_only)
        super().__init__(Path("/nowhere"), "stripe", provider, lambda _: account)
        self.ours = ours

    def once(self) -> Any:
        try:
            data = {"customer_id": "acme", "invoice_id": self.ours.invoice_id, "ledger_file": ""}
            return self._invoice(self.ours.key, data)
        except ProviderError as error:
            return error


def sent(fake: FakeStripe, ours: Document, numbers: bool = True, **more: Any) -> Any:
    """The answer, or the error, of sending an invoice once; what the ledger says is not asked."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(send, "ledger_file", lambda *_: Path("/nowhere"))
        patched.setattr(send, "document", lambda *_: ours)
        return Sender(StripeInvoices(fake.client(), numbers), ours, **more).once()


def amounts(fake: FakeStripe, invoice: str = "in_1") -> list[int]:
    """The cents of an invoice's lines, as it lists them."""
    return [int(line["amount"]) for line in fake.lines(invoice)]
