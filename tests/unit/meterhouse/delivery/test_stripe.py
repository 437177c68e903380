"""Guards against an invoice that is at Stripe twice, in part, or with another total (S-71).

By its unmodified library and a strict Stripe in memory.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("stripe", reason="pip install 'meterhouse[stripe]'")

from meterhouse.common.errors import UsageError
from meterhouse.delivery.billing import send
from meterhouse.delivery.billing.provider import (
    Account,
    Document,
    DocumentLine,
    ProviderError,
    Reversal,
)
from meterhouse.delivery.billing.stripe_invoices import (
    StripeInvoices,
    gives_back,
    numbers_are_ours,
)
from tests.unit.meterhouse.delivery.stripe_fake import BROKEN, LIMITED, LOST, REFUSED, FakeStripe

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


@pytest.fixture
def fake() -> FakeStripe:
    return FakeStripe()


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


@pytest.fixture(autouse=True)
def made_up(monkeypatch):
    monkeypatch.setattr(send, "ledger_file", lambda *_: Path("/nowhere"))
    documents: dict[str, Document] = {}

    class Both(Sender):
        def once(self) -> Any:
            documents["now"] = self.ours
            return super().once()

    monkeypatch.setattr(send, "document", lambda *_: documents["now"])
    return Both


def sent(fake: FakeStripe, made_up: Any, ours: Document, numbers: bool = True, **more: Any) -> Any:
    return made_up(StripeInvoices(fake.client(), numbers), ours, **more).once()


def amounts(fake: FakeStripe) -> list[int]:
    return [int(item["amount"]) for item in fake.items.values()]


def test_an_invoice_is_drafted_whole_compared_and_final(fake, made_up):
    assert sent(fake, made_up, document()).status == 200
    [invoice] = fake.invoices.values()
    assert (invoice["status"], invoice["number"], invoice["currency"]) == (
        "open",
        "INV-000007",
        "usd",
    )
    assert (invoice["days_until_due"], invoice["effective_at"]) == ("30", "1769904000")
    assert invoice["metadata"]["meterhouse_total"] == "100.00"
    assert amounts(fake) == [500, 12000, -2500]
    assert next(it["description"] for it in fake.items.values()) == "Line 1, 3 × 0.5"
    assert sent(fake, made_up, document()).status == 200
    assert len(fake.invoices) == 1


@pytest.mark.parametrize("fault", [REFUSED, LIMITED, LOST])
@pytest.mark.parametrize("lag", [None, 0], ids=["search knows", "search lags"])
@pytest.mark.parametrize("keys", ["kept", "expired"])
def test_a_fault_at_any_call_leaves_one_invoice(made_up, fault, lag, keys):
    clean = FakeStripe()
    clean.searchable = lag
    sent(clean, made_up, document())
    for call in range(1, clean.calls + 1):
        fake = FakeStripe()
        fake.searchable, fake.faults = lag, {call: fault}
        first = sent(fake, made_up, document())
        assert isinstance(first, ProviderError) and not first.is_held
        assert first.status in (500, 429, None)
        if keys == "expired":
            fake.results.clear()
        assert sent(fake, made_up, document()).status == 200, f"call {call}"
        assert [it["status"] for it in fake.invoices.values()] == ["open"]
        assert amounts(fake) == [500, 12000, -2500]


def test_a_500_that_is_kept_under_its_key_doubles_nothing(fake, made_up):
    """Stripe answers a key as it did at first, for a day: what is there is found meanwhile."""
    clean = FakeStripe()
    sent(clean, made_up, document())
    for call in range(1, clean.calls + 1):
        fake = FakeStripe()
        fake.faults = {call: BROKEN}
        sent(fake, made_up, document())
        assert sent(fake, made_up, document()).status == 200
        assert amounts(fake) == [500, 12000, -2500]
        assert len(fake.invoices) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda found: [each for each in found if each > 0],
        lambda found: [*found, -1],
        lambda found: found[:-1],
    ],
    ids=["negative lines dropped", "rounded", "a line lost"],
)
def test_a_difference_stays_a_draft_with_both_figures(fake, made_up, damage):
    fake.damage = damage
    answer = sent(fake, made_up, document())
    assert answer.is_held
    assert f"we have 10000, stripe has {sum(damage([500, 12000, -2500]))}" in answer.detail
    assert [it["status"] for it in fake.invoices.values()] == ["draft"]


def test_an_account_may_keep_drafts(fake, made_up):
    answer = sent(fake, made_up, document(collection="charge_automatically"), drafts_only=True)
    assert answer.status == 200
    [invoice] = fake.invoices.values()
    assert invoice["status"] == "draft" and "days_until_due" not in invoice


@pytest.mark.parametrize(("count", "there"), [(250, 250), (251, 250), (700, 250)])
def test_more_lines_than_stripe_takes_are_added_up(fake, made_up, count, there):
    ours = document(*range(1, count + 1))
    assert sent(fake, made_up, ours).status == 200
    assert len(fake.items) == there
    assert sum(amounts(fake)) == ours.total_minor
    if count > there:
        assert list(fake.items.values())[-1]["description"] == f"{count - 249:,} further lines"
    # Asked again when keys have expired, all pages of what is there are read.
    fake.results.clear()
    fake.invoices["in_1"]["status"] = "draft"
    assert sent(fake, made_up, ours).status == 200
    assert len(fake.items) == there


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"currency": "ISK", "decimals": 0}, "ISK has 0 decimals here and 2 at Stripe"),
        ({"currency": "JPY", "decimals": 2}, "JPY has 2 decimals here and 0 at Stripe"),
        ({"currency": "KWD", "decimals": 3, "lines": lines(1005)}, "KWD to 0.01 only"),
        ({"total_minor": -1, "total": "-0.01"}, "it comes to -0.01"),
        ({"invoice_number": "I" * 27}, "longer than Stripe's 26"),
    ],
)
def test_what_stripe_would_bill_as_something_else_is_not_sent(fake, made_up, changes, said):
    refused = sent(fake, made_up, document(**changes))
    assert said in refused.detail and refused.status == 409
    assert fake.calls == 0


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("EUR", 2), ("KWD", 3)])
def test_minor_units_are_those_of_stripe(fake, made_up, currency, decimals):
    ours = document(1200, currency=currency, decimals=decimals)
    assert sent(fake, made_up, ours).status == 200
    assert amounts(fake) == [1200]


def test_numbers_may_be_theirs(fake, made_up, monkeypatch):
    sent(fake, made_up, document(), numbers=False)
    assert "number" not in fake.invoices["in_1"]
    assert numbers_are_ours()
    monkeypatch.setenv("METERHOUSE_STRIPE_NUMBERS", "theirs")
    assert not numbers_are_ours()


def test_a_void_is_a_void_there_once(fake, made_up):
    sent(fake, made_up, document())
    provider = StripeInvoices(fake.client())
    found = provider.find("msg_1")
    for _ in range(2):
        provider.reverse(found, REVERSAL)
        assert fake.invoices[found]["status"] == "void"


@pytest.mark.parametrize("becomes", ["paid", "open"])
def test_a_void_waits_for_a_payment_that_is_under_way(fake, made_up, becomes):
    """Given up at once it would never follow: nobody looks again when the payment has ended."""
    sent(fake, made_up, document())
    provider = StripeInvoices(fake.client())
    fake.invoices["in_1"]["status"] = "open"
    fake.is_paying = True
    with pytest.raises(ProviderError, match="a payment is under way") as waits:
        provider.reverse("in_1", REVERSAL)
    assert waits.value.status is None and not waits.value.is_held
    fake.is_paying, fake.invoices["in_1"]["status"] = False, becomes
    provider.reverse("in_1", REVERSAL)
    assert (fake.invoices["in_1"]["status"], len(fake.notes)) == (
        ("paid", 1) if becomes == "paid" else ("void", 0)
    )


def test_a_void_of_a_draft_marks_it(fake, made_up):
    sent(fake, made_up, document(), drafts_only=True)
    StripeInvoices(fake.client()).reverse("in_1", REVERSAL)
    assert fake.invoices["in_1"]["metadata"]["meterhouse_void"] == "msg_2"


def test_a_draft_that_its_void_has_marked_never_becomes_final(made_up):
    """The void came while the invoice failed between two calls: no other void would follow."""
    clean = FakeStripe()
    sent(clean, made_up, document())
    for call in range(1, clean.calls + 1):
        fake = FakeStripe()
        fake.faults = {call: REFUSED}
        sent(fake, made_up, document())
        provider = StripeInvoices(fake.client())
        if provider.find("msg_1") is None:
            continue
        provider.reverse("in_1", REVERSAL)
        answer = sent(fake, made_up, document())
        assert [it["status"] for it in fake.invoices.values()] == ["draft"], f"call {call}"
        assert answer.is_held and "it is void here" in answer.detail


def paid(made_up) -> FakeStripe:
    fake = FakeStripe()
    sent(fake, made_up, document())
    fake.invoices["in_1"]["status"] = "paid"
    return fake


@pytest.mark.parametrize(
    ("how", "where"),
    [("balance", "credit_amount"), ("refund", "refund_amount"),
     ("out_of_band", "out_of_band_amount")],
)  # fmt: skip
def test_a_void_of_what_is_paid_is_one_credit_note_of_all_of_it(made_up, how, where):
    """At whatever call it fails, and when keys have expired."""
    fake = paid(made_up)
    before = fake.calls
    StripeInvoices(fake.client(), gives_back=how).reverse("in_1", REVERSAL)
    [note] = fake.notes.values()
    assert (note["amount"], note[where], note["memo"]) == (
        "10000",
        "10000",
        "CN-000001: wrong rate",
    )
    for call in range(1, fake.calls - before + 1):
        for fault in (REFUSED, LIMITED, LOST):
            again = paid(made_up)
            again.faults = {again.calls + call: fault}
            with pytest.raises(ProviderError) as failed:
                StripeInvoices(again.client(), gives_back=how).reverse("in_1", REVERSAL)
            assert not failed.value.is_held
            again.results.clear()
            StripeInvoices(again.client(), gives_back=how).reverse("in_1", REVERSAL)
            assert len(again.notes) == 1, f"call {call}"


def test_what_was_given_back_before_or_by_setting_is_for_a_person(made_up):
    fake = paid(made_up)
    with pytest.raises(ProviderError, match="is paid") as held:
        StripeInvoices(fake.client(), gives_back="hold").reverse("in_1", REVERSAL)
    assert held.value.is_held and not fake.notes
    fake.notes["cn_0"] = {"id": "cn_0", "object": "credit_note", "invoice": "in_1", "amount": "1",
                          "metadata": {}}  # fmt: skip
    with pytest.raises(ProviderError, match="cannot be credited as a whole") as held:
        StripeInvoices(fake.client()).reverse("in_1", REVERSAL)
    assert held.value.is_held and len(fake.notes) == 1


def test_how_money_is_given_back_is_a_setting(monkeypatch):
    assert gives_back() == "balance"
    monkeypatch.setenv("METERHOUSE_STRIPE_CREDIT", "refund")
    assert gives_back() == "refund"
    monkeypatch.setenv("METERHOUSE_STRIPE_CREDIT", "never")
    with pytest.raises(UsageError, match="never"):
        gives_back()


@pytest.mark.parametrize("fault", [REFUSED, LIMITED, LOST])
@pytest.mark.parametrize("lag", [None, 0], ids=["search knows", "search lags"])
def test_a_customer_that_stripe_does_not_know_is_made_once(made_up, fault, lag):
    unknown = document(customer=None, customer_id="o'neil\\", email="ap@oneil.example")
    clean = FakeStripe()
    clean.searchable = lag
    sent(clean, made_up, unknown)
    [customer] = clean.customers.values()
    assert (customer["name"], customer["email"]) == ("Acme", "ap@oneil.example")
    assert customer["metadata"] == {"meterhouse_customer_id": "o'neil\\"}
    assert {it["customer"] for it in clean.invoices.values()} == {customer["id"]}
    for call in range(1, 4):
        fake = FakeStripe()
        fake.searchable, fake.faults = lag, {call: fault}
        assert isinstance(sent(fake, made_up, unknown), ProviderError)
        assert sent(fake, made_up, unknown).status == 200
        other = replace(unknown, key="msg_7", invoice_number="INV-000008")
        assert sent(fake, made_up, other).status == 200
        assert len(fake.customers) == 1


@pytest.mark.parametrize("status", [401, 403, 409])
def test_a_wrong_key_or_a_call_still_worked_on_is_no_fault_of_the_invoice(
    fake, made_up, monkeypatch, status
):
    """Null is tried again; another 4xx would be given up at once (S-74)."""
    refused = '{"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}'
    monkeypatch.setattr(fake, "request", lambda *_, **__: (refused, status, {}))
    assert sent(fake, made_up, document()).status is None
