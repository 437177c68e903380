"""Which invoice a refund or a dispute is about, by Stripe's own library (S-72).

Guards against a call that Stripe does not take, and against money given back of an invoice that is
not ours, or of none.
"""

import pytest

pytest.importorskip("stripe", reason="pip install 'meterhouse[stripe]'")

from meterhouse.payments import stripe_events
from meterhouse.payments.errors import LookupFailed
from meterhouse.payments.stripe_events import StripeInvoice, look_up, payments_of
from tests.unit.meterhouse.delivery.stripe_fake import BROKEN, LIMITED, LOST, REFUSED, FakeStripe
from tests.unit.meterhouse.payments.stripe_cases import charge, dispute, event


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
    monkeypatch.setattr(stripe_events, "stripe_client", fake.client)
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
    ],
)
def test_what_is_given_back_is_of_that_invoice(fake, kind, about, status):
    [row] = payments_of(event(kind, about), look_up)
    assert (row["status"], row["invoice_id"]) == (status, "acme.1")
    for others in ("pi_2", "pi_3", "pi_9"):
        assert payments_of(event(kind, {**about, "payment_intent": others}), look_up) == []


@pytest.mark.parametrize("fault", [REFUSED, LIMITED, LOST, BROKEN])
def test_what_stripe_does_not_say_is_asked_again(fake, fault):
    for call in (1, 2):
        fake.faults = {fake.calls + call: fault}
        with pytest.raises(LookupFailed, match="which invoice pi_1 is for"):
            look_up("pi_1")
    assert look_up("pi_1")
