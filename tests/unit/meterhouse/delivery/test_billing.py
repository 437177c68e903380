"""Final invoices at a billing provider: each there once, to the cent, or held (S-70, S-71).

Guards against one that is there twice, in part, with another total, or without its void. The
provider of these tests keeps what it is given, works totals out by itself, and fails at any call,
also after it has done what it was asked for. The ledger is made by hand.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from meterhouse.delivery.billing.send import PROVIDERS
from meterhouse.delivery.deliver import deliver
from meterhouse.delivery.overview import Selection, list_messages, replay, show_message
from meterhouse.delivery.targets import Target
from meterhouse.price_book import delivery_tables
from tests.unit.meterhouse.delivery.billing_fake import Fake, outcomes, senders_of
from tests.unit.meterhouse.delivery.billing_ledger import (
    USD,
    account,
    final,
    home_with,
    line,
)
from tests.unit.meterhouse.delivery.world import (
    FEBRUARY,
    FINAL_AT,
    JANUARY,
    NOW,
    Clock,
    book,
    endpoint,
    publish,
)


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def senders(fake):
    return senders_of(fake)


def test_each_provider_of_the_price_book_is_there():
    assert tuple(PROVIDERS) == delivery_tables.PROVIDERS


def test_a_final_invoice_is_drafted_compared_and_final(tmp_path, fake, senders):
    home = home_with(tmp_path, final("a"))
    assert deliver(home, Clock(), senders=senders).outcomes == {"delivered": 1}
    [invoice] = fake.invoices.values()
    assert invoice == {
        "customer": "cus_1",
        "status": "final",
        "lines": {1: 500, 2: 12000, 3: -2500},
    }
    calls = fake.calls
    assert deliver(home, Clock(), senders=senders).outcomes == {}
    assert fake.calls == calls, "what is delivered is not asked for again"


def message(home: Path, id: str) -> tuple[str, str]:
    """Note messages without sending any; the id and body of an invoice's first one."""
    deliver(home, Clock(), senders=lambda *_: None, seconds=0)
    rows, _ = list_messages(home, Selection(outcome="all"), 99)
    [row] = [row for row in rows if row["subject"] == f"provider:files:{id}"]
    return row["message_id"], show_message(home, row["message_id"])[0]["body"]


@pytest.mark.parametrize("fault", ["refused", "limited", "done, and lost"])
def test_a_fault_at_any_call_leaves_one_invoice_with_our_total(tmp_path, senders, fake, fault):
    home = home_with(tmp_path, final("a"))
    key, body = message(home, "a")
    sender = senders(home, Target("provider:files", "files", "", [], None, False, JANUARY))
    assert sender.send(key, body, NOW).status == 200
    expected, calls = fake.invoices, fake.calls
    for broken in range(1, calls + 1):
        fake.__init__()
        fake.faults = {broken: fault}
        try:
            answer = sender.send(key, body, NOW)
            assert answer.status in (500, 429) and not answer.is_held
        except ConnectionResetError:
            assert fault == "done, and lost"
        assert sender.send(key, body, NOW).status == 200
        assert fake.invoices == expected, f"call {broken}"


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [each for each in lines if each > 0],
        lambda lines: [*lines, 1],
        lambda lines: lines[1:],
    ],
    ids=["negative lines dropped", "a cent by rounding", "a line lost"],
)
def test_a_difference_is_held_as_a_draft_with_both_figures(tmp_path, fake, senders, damage):
    home = home_with(tmp_path, final("a"))
    fake.damage = damage
    assert deliver(home, Clock(), senders=senders).outcomes == {"held": 1}
    [invoice] = fake.invoices.values()
    assert invoice["status"] == "draft"
    [[row], _] = list_messages(home, Selection(), 9)
    theirs = sum(damage([500, 12000, -2500]))
    assert f"we have 10000, files has {theirs}" in row["detail"]
    clock = Clock()
    clock.now += timedelta(days=30)
    assert deliver(home, clock, senders=senders).outcomes == {}, "not by itself"
    fake.damage = lambda lines: lines
    replay(home, Selection(outcome="held"), clock())
    assert deliver(home, clock, senders=senders).outcomes == {"delivered": 1}
    assert invoice["status"] == "final"


def test_which_invoices_go_to_a_provider(tmp_path, fake, senders):
    """Of accounts, from their first day on, with a number; zero ones unless they are skipped."""
    home = home_with(
        tmp_path,
        final("old", finalized_at=FINAL_AT - timedelta(days=10)),
        final("zero", lines=[]),
        final("unnumbered", lines=[], invoice_number=None),
        final("other", customer_id="globex", contract_id="globex-1"),
        final("a"),
        starting_on=FEBRUARY, skip_zero=True,
    )  # fmt: skip
    deliver(home, Clock(), senders=senders)
    expected = [("provider.files.invoice", "provider:files:a", "delivered")]
    assert outcomes(home) == expected
    tables = {**book(), "pricing_units": [USD], "billing_accounts": [account(skip_zero=False)]}
    publish(home, {}, tables, 2, digest="c" * 64)
    deliver(home, Clock(), senders=senders)
    assert [subject for _, subject, _ in outcomes(home)] == [
        "provider:files:a", "provider:files:old", "provider:files:zero",
    ]  # fmt: skip


def test_what_a_provider_gets_no_webhook_tells(tmp_path, senders):
    home = home_with(tmp_path, final("a"), endpoints=[endpoint()])
    deliver(home, Clock(), senders=senders, seconds=0)
    rows, _ = list_messages(home, Selection(outcome="all", target="webhook:crm"), 99)
    assert not [row for row in rows if row["message_type"].startswith("provider.")]


def test_a_currency_without_cents_has_its_own_minor_unit(tmp_path, fake, senders):
    home = home_with(tmp_path, final("a", lines=[line(1, "1200")], currency="JPY"))
    deliver(home, Clock(), senders=senders)
    assert [it["lines"] for it in fake.invoices.values()] == [{1: 1200}]


@pytest.mark.parametrize("what", ["amount", "file"])
def test_what_is_not_as_it_was_committed_is_not_sent(tmp_path, fake, senders, what):
    home = home_with(tmp_path, final("a", lines=[line(1, "1.005" if what == "amount" else "1")]))
    if what == "file":
        path = next((home / "invoices").glob("*.parquet"))
        deliver(home, Clock(), senders=senders, seconds=0)
        content = bytearray(path.read_bytes())
        content[40] ^= 1
        path.write_bytes(content)
    deliver(home, Clock(), senders=senders)
    assert fake.invoices == {}
