"""What a provider says that it has (S-72): guards against half a listing, one that is asked for all
the time, and a log that grows by what did not change."""

from datetime import timedelta
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

pytest.importorskip("stripe", reason="pip install 'meterhouse[stripe]'")

from meterhouse.cli.main import main
from meterhouse.delivery.billing import send
from meterhouse.delivery.billing.files import Files
from meterhouse.delivery.billing.listing import list_providers, listings
from meterhouse.delivery.billing.stripe_invoices import StripeInvoices
from tests.unit.meterhouse.delivery.billing_ledger import account
from tests.unit.meterhouse.delivery.stripe_documents import document
from tests.unit.meterhouse.delivery.stripe_fake import REFUSED, FakeStripe
from tests.unit.meterhouse.delivery.world import NOW, Clock, book, publish


@pytest.fixture
def home(tmp_path):
    accounts = [account(provider="stripe"), account("globex")]
    publish(tmp_path, {}, {**book(), "billing_accounts": accounts})
    return tmp_path


@pytest.fixture
def fake():
    """A Stripe with an invoice of ours, one of somebody else's and one of long ago."""
    fake = FakeStripe()
    StripeInvoices(fake.client()).draft(document())
    fake.client().v1.invoices.create(
        {"customer": "cus_9", "collection_method": "charge_automatically"}
    )
    fake.now = 1_500_000_000
    StripeInvoices(fake.client()).draft(document(key="msg_0", invoice_number="INV-000001"))
    return fake


def made_of(fake, home):
    return lambda name: StripeInvoices(fake.client()) if name == "stripe" else Files(home)


def logged(home):
    files = listings(home).files()
    rows = [row for file in files for row in pq.read_table(file).to_pylist()]
    names = ("provider", "provider_invoice_id", "key", "status", "total")
    found = (tuple(row[name] for name in names) for row in rows if row["record"] == "invoice")
    return sorted(found, key=str)


def test_what_is_there_is_noted_once_and_when_it_changes(home, fake):
    clock = Clock()
    done = list_providers(home, clock, made=made_of(fake, home))
    assert (done.listed, done.changed, done.troubles) == (1, 1, [])
    first = ("stripe", "in_1", "msg_1", "draft", Decimal("100.0000"))
    assert logged(home) == [first]
    # Within the day it is not asked again.
    calls = fake.calls
    clock.passes(hours=10)
    assert list_providers(home, clock, made=made_of(fake, home)).listed == 0
    assert fake.calls == calls
    clock.passes(hours=14)
    assert list_providers(home, clock, made=made_of(fake, home)).changed == 0
    fake.invoices["in_1"]["status"] = "open"
    clock.passes(days=1)
    assert list_providers(home, clock, made=made_of(fake, home)).changed == 1
    del fake.invoices["in_1"]
    for _ in range(2):
        clock.passes(days=1)
        list_providers(home, clock, made=made_of(fake, home))
    assert logged(home) == sorted([
        first,
        ("stripe", "in_1", "msg_1", "open", Decimal("100.0000")),
        ("stripe", "in_1", None, "gone", None),
    ], key=str)  # fmt: skip


def test_a_listing_that_breaks_off_leaves_nothing(home, fake):
    for number in range(2, 150):
        StripeInvoices(fake.client()).draft(
            document(key=f"msg_{number}", invoice_number=f"I{number}")
        )
    fake.now = 1_770_000_000
    for each in fake.invoices.values():
        each["created"] = fake.now
    fake.faults = {fake.calls + 2: REFUSED}
    done = list_providers(home, Clock(), made=made_of(fake, home))
    assert done.listed == 0 and "out of order" in done.troubles[0]
    assert listings(home).version() == -1
    assert list_providers(home, Clock(), made=made_of(fake, home)).changed == 150


def test_the_command_names_what_differs(home, fake, monkeypatch, capsys):
    monkeypatch.setenv("METERHOUSE_HOME", str(home))
    monkeypatch.setitem(send.PROVIDERS, "stripe", lambda _: StripeInvoices(fake.client()))
    assert main(["deliveries", "reconcile"]) == 0
    assert "1 invoice(s) are new" in capsys.readouterr().out
    different = {"provider": "stripe", "problem": "missing_there", "invoice_id": "acme.1"}
    book_again = {**book(), "billing_accounts": [account(provider="stripe")]}
    publish(home, {"provider_reconciliation": [different]}, book_again, generation=2,
            as_of=NOW + timedelta(hours=1))  # fmt: skip
    assert main(["deliveries", "reconcile"]) == 1
    assert "missing_there  acme.1" in capsys.readouterr().out
