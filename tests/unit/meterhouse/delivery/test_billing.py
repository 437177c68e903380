"""Final invoices at a billing provider: each there once, to the cent, or held (S-70, S-71).

Guards against one that is there twice, in part, with another total, or without its void. The
provider of these tests keeps what it is given, works totals out by itself, and fails at any call,
also after it has done what it was asked for. The ledger is made by hand.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from meterhouse.delivery.billing.provider import Account, Document, ProviderError, Reversal
from meterhouse.delivery.billing.send import PROVIDERS, BillingSender
from meterhouse.delivery.deliver import deliver
from meterhouse.delivery.overview import Selection, list_messages, replay, show_message
from meterhouse.delivery.targets import Target
from meterhouse.price_book import delivery_tables
from tests.unit.meterhouse.delivery.billing_ledger import (
    USD,
    account,
    final,
    home_with,
    line,
    voided,
)
from tests.unit.meterhouse.delivery.world import (
    FEBRUARY,
    FINAL_AT,
    JANUARY,
    NOW,
    VOID_AT,
    Clock,
    book,
    endpoint,
    publish,
)


class Fake:
    """A provider in memory. `faults`: call → what goes wrong at it; `damage` changes its lines."""

    def __init__(self):
        self.invoices: dict[str, dict[str, Any]] = {}
        self.faults: dict[int, str] = {}
        self.calls = 0
        self.damage = lambda lines: lines

    def call(self, do: Any) -> Any:
        self.calls += 1
        fault = self.faults.get(self.calls)
        if fault == "refused":
            raise ProviderError(500, "out of order")
        if fault == "limited":
            raise ProviderError(429, "too fast", timedelta(seconds=7))
        result = do()
        if fault == "done, and lost":
            raise ConnectionResetError("the answer never came")
        return result

    def find(self, key: str) -> str | None:
        return self.call(lambda: key if key in self.invoices else None)

    def draft(self, document: Document) -> str:
        header = {"customer": document.customer, "status": "draft", "lines": {}}
        self.call(lambda: self.invoices.setdefault(document.key, header))
        lines = self.invoices[document.key]["lines"]
        for each in document.lines:
            self.call(lambda each=each: lines.setdefault(each.line_number, each.amount_minor))
        return document.key

    def total_minor(self, found: str) -> int:
        return self.call(lambda: sum(self.damage(list(self.invoices[found]["lines"].values()))))

    def finalize(self, found: str) -> None:
        self.call(lambda: self.invoices[found].update(status="final"))

    def reverse(self, found: str, reversal: Reversal) -> None:
        taken = {"status": "void", "reversal": reversal}
        self.call(lambda: self.invoices[found].update(taken))


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def senders(fake):
    """Senders of the fake, which knows acme as cus_1."""

    def made(home: Path, target: Target) -> BillingSender:
        return BillingSender(home, target.endpoint_id, fake, {"acme": Account("cus_1")}.get)

    return made


def outcomes(home: Path) -> list[tuple[str, str, str]]:
    rows, _ = list_messages(home, Selection(outcome="all"), 99)
    return sorted((row["message_type"], row["subject"], row["outcome"]) for row in rows)


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
    assert ("provider.files.invoice", "provider:files:a", "held") in outcomes(home)


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
