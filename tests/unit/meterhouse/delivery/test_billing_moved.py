"""A customer that another provider bills from now on (S-70, S-71).

Guards against an invoice that is billed by both, and a void that goes to the wrong one.
"""

from collections import defaultdict
from pathlib import Path

from meterhouse.delivery.billing.provider import Account
from meterhouse.delivery.billing.send import BillingSender
from meterhouse.delivery.deliver import deliver
from meterhouse.delivery.overview import Selection, list_messages
from meterhouse.delivery.targets import Target
from tests.unit.meterhouse.delivery.billing_fake import Fake
from tests.unit.meterhouse.delivery.billing_ledger import (
    USD,
    account,
    append,
    final,
    home_with,
    voided,
)
from tests.unit.meterhouse.delivery.world import Clock, book, publish


class Providers:
    """One in memory for each name."""

    def __init__(self):
        self.there = defaultdict(Fake)

    def __call__(self, home: Path, target: Target) -> BillingSender:
        name = target.endpoint_id
        return BillingSender(home, name, self.there[name], {"acme": Account("cus_1")}.get)

    def statuses(self, name: str) -> list[str]:
        return [it["status"] for it in self.there[name].invoices.values()]


def publish_accounts(home: Path, generation: int, *accounts: dict) -> None:
    tables = {**book(), "pricing_units": [USD], "billing_accounts": list(accounts)}
    publish(home, {}, tables, generation, digest=f"{generation}" * 64)


def test_what_was_sent_stays_where_it_is_and_its_void_goes_there(tmp_path):
    there = Providers()
    home = home_with(tmp_path, final("a"), final("b"))
    deliver(home, Clock(), senders=there)
    assert there.statuses("files") == ["final", "final"]

    # Moved with the same first day: only what was never noted goes to the new one.
    publish_accounts(home, 2, account(provider="stripe", provider_customer_id="cus_1"))
    append(home, voided("a"), final("c"))
    deliver(home, Clock(), senders=there)
    assert sorted(there.statuses("files")) == ["final", "void"]
    assert there.statuses("stripe") == ["final"]

    # Whom nobody bills any more.
    publish_accounts(home, 3)
    append(home, voided("b"), voided("c"), final("d"))
    deliver(home, Clock(), senders=there)
    assert there.statuses("files") == ["void", "void"]
    assert there.statuses("stripe") == ["void"]
    rows, _ = list_messages(home, Selection(outcome="all"), 99)
    assert {row["outcome"] for row in rows} == {"delivered"} and len(rows) == 6


def test_an_invoice_that_is_void_before_it_was_noted_goes_to_one_provider(tmp_path):
    there = Providers()
    home = home_with(tmp_path, final("a"), voided("a"))
    publish_accounts(home, 2, account(provider="stripe", provider_customer_id="cus_1"))
    deliver(home, Clock(), senders=there)
    assert there.statuses("stripe") == ["void"]
    assert there.statuses("files") == []


def test_what_is_paid_before_anybody_bills_it_is_sent_to_nobody(tmp_path):
    """A provider that collects by itself would collect it a second time."""
    there = Providers()
    append(tmp_path, final("a"), final("b"))
    tables = {**book(), "pricing_units": [USD], "billing_accounts": [account()]}
    known = [{"invoice_id": "a", "payment_status": "paid"},
             {"invoice_id": "b", "payment_status": "partially_paid"}]  # fmt: skip
    publish(tmp_path, {"invoices": known}, tables)
    deliver(tmp_path, Clock(), senders=there)
    messages, _ = list_messages(tmp_path, Selection(outcome="all"), 99)
    assert [it["subject"] for it in messages] == ["provider:files:b"]
    assert there.statuses("files") == ["final"]
