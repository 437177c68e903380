"""Voids at Stripe (S-71): guards against one that doubles, one that is given up while a payment is
under way, and a draft that becomes final after its void.

By its unmodified library and a strict Stripe in memory.
"""

import pytest

pytest.importorskip("stripe", reason="pip install 'meterhouse[stripe]'")

from meterhouse.common.errors import UsageError
from meterhouse.delivery.billing.provider import ProviderError
from meterhouse.delivery.billing.stripe_invoices import StripeInvoices, gives_back
from tests.unit.meterhouse.delivery.stripe_documents import REVERSAL, document, sent
from tests.unit.meterhouse.delivery.stripe_fake import LIMITED, LOST, REFUSED, FakeStripe


@pytest.fixture
def fake() -> FakeStripe:
    return FakeStripe()


def test_a_void_is_a_void_there_once(fake):
    sent(fake, document())
    provider = StripeInvoices(fake.client())
    found = provider.find("msg_1")
    for _ in range(2):
        provider.reverse(found, REVERSAL)
        assert fake.invoices[found]["status"] == "void"


@pytest.mark.parametrize("becomes", ["paid", "open"])
def test_a_void_waits_for_a_payment_that_is_under_way(fake, becomes):
    """Given up at once it would never follow: nobody looks again when the payment has ended."""
    sent(fake, document())
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


def test_a_void_of_a_draft_marks_it(fake):
    sent(fake, document(), drafts_only=True)
    StripeInvoices(fake.client()).reverse("in_1", REVERSAL)
    assert fake.invoices["in_1"]["metadata"]["meterhouse_void"] == "msg_2"


def test_a_draft_that_its_void_has_marked_never_becomes_final():
    """The void came while the invoice failed between two calls: no other void would follow."""
    clean = FakeStripe()
    sent(clean, document())
    for call in range(1, clean.calls + 1):
        fake = FakeStripe()
        fake.faults = {call: REFUSED}
        sent(fake, document())
        provider = StripeInvoices(fake.client())
        if provider.find("msg_1") is None:
            continue
        provider.reverse("in_1", REVERSAL)
        answer = sent(fake, document())
        assert [it["status"] for it in fake.invoices.values()] == ["draft"], f"call {call}"
        assert answer.is_held and "it is void here" in answer.detail


def paid() -> FakeStripe:
    fake = FakeStripe()
    sent(fake, document())
    fake.invoices["in_1"]["status"] = "paid"
    return fake


@pytest.mark.parametrize(
    ("how", "where"),
    [("balance", "credit_amount"), ("refund", "refund_amount"),
     ("out_of_band", "out_of_band_amount")],
)  # fmt: skip
def test_a_void_of_what_is_paid_is_one_credit_note_of_all_of_it(how, where):
    """At whatever call it fails, and when keys have expired."""
    fake = paid()
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
            again = paid()
            again.faults = {again.calls + call: fault}
            with pytest.raises(ProviderError) as failed:
                StripeInvoices(again.client(), gives_back=how).reverse("in_1", REVERSAL)
            assert not failed.value.is_held
            again.results.clear()
            StripeInvoices(again.client(), gives_back=how).reverse("in_1", REVERSAL)
            assert len(again.notes) == 1, f"call {call}"


def test_what_was_given_back_before_or_by_setting_is_for_a_person():
    fake = paid()
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
