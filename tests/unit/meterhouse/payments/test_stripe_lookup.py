"""Which invoice a refund or a dispute is about, by Stripe's own library (S-72).

Guards against a call that Stripe does not take, and against money given back of an invoice that is
not ours, or of none.
"""

import pytest

pytest.importorskip("stripe", reason="pip install 'meterhouse[stripe]'")

from meterhouse.payments import stripe_lookup
from meterhouse.payments.errors import LookupFailed
from meterhouse.payments.stripe_events import StripeInvoice, payments_of
from meterhouse.payments.stripe_lookup import look_up
from tests.unit.meterhouse.delivery.stripe_fake import BROKEN, LIMITED, LOST, REFUSED, FakeStripe
from tests.unit.meterhouse.payments.stripe_cases import charge, dispute, event, refund


@pytest.fixture
def fake(monkeypatch) -> FakeStripe:
    """Stripe with a paid invoice of ours, and two that others made there."""
    fake = FakeStripe()
    api = fake.client().v1
    for metadata in ({"meterhouse_invoice_id": "acme.1"}, {"shop": "7"}, None):
        made = api.invoices.create(
            {"customer": "cus_1", "currency": "usd", "collection_method": "charge_automatically",
             **({"metadata": metadata} if metadata else {})}
        )  # fmt: skip
        api.invoice_items.create(
            {"customer": "cus_1", "currency": "usd", "invoice": made.id, "amount": 12050}
        )
        fake.invoices[made.id]["status"] = "paid"
        fake.payments.append((f"pi_{made.id[3:]}", made.id))
    fake.calls = 0
    monkeypatch.setattr(stripe_lookup, "stripe_client", fake.client)
    return fake


def test_a_payment_names_the_invoice_that_it_pays(fake):
    assert look_up("pi_1") == [StripeInvoice("in_1", "acme.1", 12050)]
    assert [each.invoice_id for each in (*look_up("pi_2"), *look_up("pi_3"))] == [None, None]
    assert look_up("pi_9") == []


@pytest.mark.parametrize(
    ("kind", "about", "status"),
    [
        ("charge.refunded", charge(12050, refunded=True), "refunded"),
        ("charge.refunded", charge(50), "partially_refunded"),
        ("charge.dispute.created", dispute("needs_response"), "disputed"),
        ("charge.dispute.closed", dispute("lost"), "charged_back"),
        ("refund.failed", refund("failed"), "paid"),
    ],
)
def test_what_is_given_back_is_of_that_invoice(fake, kind, about, status):
    happened = {
        "refunded": (12050, "succeeded", False),
        "partially_refunded": (50, "pending", False),
        "disputed": (12050, "needs_response", True),
        "charged_back": (12050, "lost", True),
        "paid": (12050, "failed", False),
    }
    fake.went_back("pi_1", *happened[status])
    [row] = payments_of(event(kind, about), look_up)
    assert (row["status"], row["invoice_id"]) == (status, "acme.1")
    for others in ("pi_2", "pi_3", "pi_9"):
        assert payments_of(event(kind, {**about, "payment_intent": others}), look_up) == []


def test_refunds_of_all_its_payments_are_added_up(fake):
    """Each event knows its own charge: of two, each refunded, both said "in part" for ever."""
    fake.payments.append(("pi_1b", "in_1"))
    for intent, amount, status, dispute_ in (
        ("pi_1", 6000, "succeeded", False), ("pi_1", 1000, "failed", False),
        ("pi_1b", 6000, "pending", False), ("pi_1b", 50, "lost", True),
        ("pi_1b", 700, "won", True), ("pi_1", 900, "canceled", False),
        ("pi_2", 5, "succeeded", False),
    ):  # fmt: skip
        fake.went_back(intent, amount, status, dispute_)
    for intent in ("pi_1", "pi_1b"):
        assert look_up(intent) == [StripeInvoice("in_1", "acme.1", 12050, 12050)]
    said = charge(6000, refunded=True, payment_intent="pi_1b")
    [row] = payments_of(event("charge.refunded", said), look_up)
    assert (row["status"], str(row["given_back"])) == ("refunded", "120.50")


def test_more_refunds_than_a_page_has_are_all_counted(fake):
    for _ in range(230):
        fake.went_back("pi_1", 10, "succeeded")
    assert look_up("pi_1")[0].back_minor == 2300


@pytest.mark.parametrize("fault", [REFUSED, LIMITED, LOST, BROKEN])
def test_what_stripe_does_not_say_is_asked_again(fake, fault):
    look_up("pi_1")
    for call in range(1, fake.calls + 1):
        fake.faults = {fake.calls + call: fault}
        with pytest.raises(LookupFailed, match="which invoice pi_1 is for"):
            look_up("pi_1")
    assert look_up("pi_1")
