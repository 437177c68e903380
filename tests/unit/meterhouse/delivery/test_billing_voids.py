"""Voids at a billing provider (S-70, S-71).

Guards against an invoice that stays there although it is void here, against one that is listed as
held for ever after that, and against a void that waits for the next run.
"""

from datetime import timedelta
from typing import Any

import pytest

from meterhouse.cli.main import main
from meterhouse.delivery.deliver import deliver
from meterhouse.delivery.overview import Selection, health, list_messages, replay
from tests.unit.meterhouse.delivery.billing_fake import Fake, outcomes, senders_of
from tests.unit.meterhouse.delivery.billing_ledger import (
    USD,
    account,
    append,
    final,
    home_with,
    voided,
)
from tests.unit.meterhouse.delivery.world import (
    AS_OF,
    VOID_AT,
    Clock,
    book,
    endpoint,
    invoice,
    publish,
)

VOIDED = AS_OF + timedelta(minutes=3)
VOID, INVOICE = "provider.files.void", "provider.files.invoice"


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def senders(fake):
    return senders_of(fake)


def test_a_void_follows_its_invoice(tmp_path, fake, senders):
    home = home_with(tmp_path, final("a"), voided("a"))
    assert deliver(home, Clock(), senders=senders).outcomes == {"delivered": 2}
    [invoice] = fake.invoices.values()
    assert invoice["status"] == "void"
    assert (invoice["reversal"].total, invoice["reversal"].total_minor) == ("-100.00", -10000)
    assert invoice["reversal"].voided_on == VOID_AT.date()


def test_a_void_waits_for_an_invoice_that_is_not_there_yet(tmp_path, fake, senders):
    home = home_with(tmp_path, final("a"), voided("a"))
    fake.faults = {1: "refused"}
    assert deliver(home, Clock(), senders=senders).outcomes == {"failed": 2}
    clock = Clock()
    clock.now += timedelta(minutes=1)
    assert deliver(home, clock, senders=senders).outcomes == {"delivered": 2}
    assert [it["status"] for it in fake.invoices.values()] == ["void"]


def test_what_its_void_has_taken_back_is_never_made_again(tmp_path, fake, senders):
    """A draft that its void has marked is deleted there by a person, who then replays it."""
    home = home_with(tmp_path, final("a"), final("b"), voided("a"))
    # The draft is there, and the next call fails: the void finds a draft.
    fake.faults = {5: "refused"}
    deliver(home, Clock(), senders=senders)
    assert ("provider.files.void", "provider:files:a", "delivered") in outcomes(home)
    fake.invoices.clear()
    clock = Clock()
    clock.passes(minutes=2)
    deliver(home, clock, senders=senders)
    replay(home, Selection(outcome="all"), clock())
    clock.passes(minutes=2)
    deliver(home, clock, senders=senders)
    assert [it["customer"] for it in fake.invoices.values()] == ["cus_1"], "b alone"
    assert ("provider.files.invoice", "provider:files:a", "void") in outcomes(home)


def void_later(home: Any, *ids: str) -> None:
    """`meterhouse void` after the last run: the same moment of the run, and other marts."""
    append(home, *(voided(id) | {"finalized_at": VOIDED} for id in ids))
    tables = {**book(endpoint(event_types=["invoice.*", "credit_note.*"])), "pricing_units": [USD],
              "billing_accounts": [account()]}  # fmt: skip
    at = {"status": "void", "voided_at": VOIDED}
    note = {"credit_note_number": "CN-000001", "invoice_id": ids[0], "customer_id": "acme",
            "voided_at": at["voided_at"]}  # fmt: skip
    marts = {"invoices": [invoice(id, **at) for id in ids], "credit_notes": [note]}
    publish(home, marts, tables, generation=2)


def test_a_void_does_not_wait_for_the_next_run(tmp_path, fake, senders):
    """Until then the customer could pay what is void."""
    home = home_with(tmp_path, final("a"))
    deliver(home, Clock(), senders=senders)
    void_later(home, "a")
    deliver(home, Clock(), senders=senders)
    assert [it["status"] for it in fake.invoices.values()] == ["void"]
    told = {name for name, *_ in outcomes(home)}
    assert {"invoice.voided", "credit_note.created"} <= told


@pytest.mark.parametrize("there", ["as a draft", "not at all"])
def test_what_was_held_and_is_void_is_over(tmp_path, fake, senders, there, monkeypatch):
    home = home_with(tmp_path, final("a"), final("b"))
    fake.damage = lambda lines: lines[1:]
    deliver(home, Clock(), senders=senders)
    assert health(home).held == 2
    if there == "not at all":
        fake.invoices.clear()
    void_later(home, "a")
    clock = Clock()
    clock.passes(hours=2)
    deliver(home, clock, senders=senders)
    found = outcomes(home)
    assert (VOID, "provider:files:a", "delivered") in found
    assert (INVOICE, "provider:files:a", "void") in found
    assert (INVOICE, "provider:files:b", "held") in found, "b is not void"
    assert health(home).held == 1
    rows, count = list_messages(home, Selection(target="provider:files"), 9)
    assert (count, rows[0]["subject"]) == (1, "provider:files:b")
    replay(home, Selection(ids=(rows[0]["message_id"],)), clock())
    fake.damage = lambda lines: lines
    deliver(home, clock, senders=senders)
    monkeypatch.setenv("METERHOUSE_HOME", str(home))
    assert main(["deliveries", "list", "--target", "provider:files"]) == 0
    assert main(["deliveries", "list", "--outcome", "void"]) == 0


def test_what_was_held_a_moment_ago_may_not_be_found_yet(tmp_path, fake, senders):
    home = home_with(tmp_path, final("a"))
    fake.damage = lambda lines: lines[1:]
    deliver(home, Clock(), senders=senders)
    hidden, fake.invoices = fake.invoices, {}
    void_later(home, "a")
    deliver(home, Clock(), senders=senders)
    assert (VOID, "provider:files:a", "failed") in outcomes(home)
    fake.invoices = hidden
    clock = Clock()
    clock.passes(hours=2)
    deliver(home, clock, senders=senders)
    assert [it["status"] for it in fake.invoices.values()] == ["void"]
    assert health(home).held == 0
