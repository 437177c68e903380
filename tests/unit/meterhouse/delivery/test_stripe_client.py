"""Guards against a key that is missing and not named, and a Stripe of tests that takes anything."""

import pytest

pytest.importorskip("stripe", reason="pip install 'meterhouse[stripe]'")

import stripe

from meterhouse.delivery.billing.stripe_invoices import stripe_client
from meterhouse.delivery.errors import DeliveryError
from tests.unit.meterhouse.delivery.stripe_fake import FakeStripe


def test_the_fake_is_strict():
    api = FakeStripe().client().v1
    for wrong in ({"custommer": "cus_1"}, {"customer": "cus_1", "auto_advance": "maybe"},
                  {"customer": "cus_1", "days_until_due": "soon"}):  # fmt: skip
        with pytest.raises(stripe.InvalidRequestError):
            api.invoices.create(wrong)


def test_a_key_comes_from_the_environment_or_a_file(tmp_path, monkeypatch):
    monkeypatch.delenv("METERHOUSE_STRIPE_API_KEY", raising=False)
    with pytest.raises(DeliveryError, match="METERHOUSE_STRIPE_API_KEY"):
        stripe_client()
    file = tmp_path / "key"
    file.write_text("sk_test_1\n")
    monkeypatch.setenv("METERHOUSE_STRIPE_API_KEY_FILE", str(file))
    assert stripe_client() is not None
