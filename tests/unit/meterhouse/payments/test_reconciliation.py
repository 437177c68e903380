"""provider_reconciliation by the model's SQL (S-72): guards against an invoice that is missing,
doubled, another amount or still collected at the provider, and against an alarm about what is on
its way."""

from decimal import Decimal

import duckdb
import pytest

from meterhouse.common.model_sql import model_sql
from meterhouse.payments.warehouse_rows import DELIVERY_COLUMNS, LISTING_COLUMNS
from tests.unit.meterhouse.payments.payment_cases import NOON, minutes

TABLES = {
    "inputs.deliveries": DELIVERY_COLUMNS,
    "inputs.provider_listings": LISTING_COLUMNS,
    "inputs.run": "as_of timestamptz",
    "ledger.invoices": (
        "invoice_id varchar, invoice_number varchar, status varchar, currency varchar, "
        "total decimal(20, 4)"
    ),
    "ledger.voids": "invoice_id varchar, voided_at timestamptz",
    # calendar.payments
    "payments": (
        "provider varchar, event_id varchar, invoice_id varchar, status varchar, "
        "status_rank integer, provider_invoice_id varchar, amount decimal(20, 4), "
        "currency varchar, occurred_at timestamptz, received_at timestamptz, "
        "withdrawn_at timestamptz"
    ),
}
LISTED = minutes(240)


class World:
    """What is in the ledger, was noted for Stripe, and is there."""

    def __init__(self, con):
        self.con = con
        con.execute("set TimeZone = 'UTC'; create schema inputs; create schema ledger")
        for name, columns in TABLES.items():
            con.execute(f"create table {name} ({columns})")
        unknown = model_sql("unknown_payments", "calendar")
        con.execute(f"create view unknown_payments as {unknown}")
        self.add("inputs.run", as_of=minutes(600))

    def add(self, table, **row):
        marks = ", ".join(f"${name}" for name in row)
        self.con.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", row)

    def ours(self, id, total="100", status="finalized", noted_at=NOON, void_at=None, said=None):
        self.add("ledger.invoices", invoice_id=id, invoice_number=f"INV-{id}", status=status,
                 currency="EUR", total=Decimal(total))  # fmt: skip
        if status == "void":
            self.add("ledger.voids", invoice_id=id, voided_at=void_at or NOON)
        if noted_at is not None:
            self.add("inputs.deliveries", record="message", message_id=f"msg_{id}",
                     message_type="provider.stripe.invoice", subject=f"provider:stripe:{id}",
                     recorded_at=noted_at)  # fmt: skip
        if said is not None:
            self.add("inputs.deliveries", record="attempt", message_id=f"msg_{id}",
                     target="provider:stripe", outcome=said, detail="why",
                     recorded_at=noted_at)  # fmt: skip

    def theirs(self, id, total="100", status="open", key=None, at=LISTED, copy="", currency="EUR"):
        self.add("inputs.provider_listings", record="invoice", provider="stripe",
                 provider_invoice_id=f"in_{id}{copy}", key=key or f"msg_{id}", invoice_id=id,
                 status=status, total=Decimal(total), currency=currency, listed_at=at)  # fmt: skip

    def listed(self, at=LISTED):
        self.add("inputs.provider_listings", record="listing", provider="stripe", listed_at=at)

    def found(self):
        query = model_sql("provider_reconciliation", "marts")
        rows = self.con.execute(
            f"select invoice_id, problem, provider_invoice_id, detail from ({query}) order by all"
        )
        return rows.fetchall()


@pytest.fixture
def world():
    with duckdb.connect() as con:
        yield World(con)


def test_what_agrees_gives_nothing(world):
    world.ours("a", said="delivered")
    world.theirs("a")
    world.ours("b", status="void")
    world.theirs("b", status="void", total="0")
    # Void before it was sent; of none that asks for it; noted a moment ago; void a moment ago.
    world.ours("c", status="void")
    world.ours("d", noted_at=None)
    world.ours("e", noted_at=minutes(200))
    world.ours("f", status="void", void_at=minutes(200))
    world.theirs("f")
    world.listed()
    assert world.found() == []


def test_each_way_to_differ(world):
    world.ours("gone", said="delivered")
    world.ours("dead", said="dead")
    world.ours("never")
    world.theirs("theirs", key="msg_of_another")
    world.ours("amount")
    world.theirs("amount", total="100.01")
    world.ours("currency")
    world.theirs("currency", currency="USD")
    world.ours("open", status="void")
    world.theirs("open")
    world.ours("paid", status="void")
    world.theirs("paid", status="paid")
    world.ours("void")
    world.theirs("void", status="void")
    world.ours("twice")
    world.theirs("twice")
    world.theirs("twice", copy="_2")
    world.listed()
    assert world.found() == [
        ("amount", "amount_differs", "in_amount", None),
        ("currency", "amount_differs", "in_currency", None),
        ("dead", "missing_there", None, "dead: why"),
        ("gone", "missing_there", None, "delivered: why"),
        ("never", "missing_there", None, "not tried yet"),
        ("open", "void_here_open_there", "in_open", None),
        ("paid", "void_here_paid_there", "in_paid", None),
        ("theirs", "missing_here", "in_theirs", None),
        ("twice", "twice_there", "in_twice_2", None),
        ("void", "final_here_void_there", "in_void", None),
    ]


def test_money_of_an_invoice_that_the_ledger_does_not_have_is_a_difference(world):
    """S-72: it was kept, and nobody saw it. Also without any listing."""
    world.ours("a")
    paid = {"provider": "stripe", "status": "paid", "status_rank": 4, "currency": "EUR",
            "amount": Decimal("120.5"), "occurred_at": NOON, "received_at": minutes(1)}  # fmt: skip
    world.add("payments", event_id="evt_1", invoice_id="a", **paid)
    world.add("payments", event_id="evt_2", invoice_id="b", provider_invoice_id="in_9", **paid)
    world.add("payments", event_id="evt_3", invoice_id="b",
              **{**paid, "status": "refunded", "status_rank": 7})  # fmt: skip
    world.add("payments", event_id="evt_4", invoice_id="c", withdrawn_at=NOON, **paid)
    assert world.found() == [
        ("b", "payment_unknown", "in_9", "refunded 120.5000 EUR (evt_3)"),
    ]


def test_the_last_listing_counts_and_one_after_the_run_does_not(world):
    world.ours("a")
    world.theirs("a", total="1")
    world.listed()
    world.theirs("a", at=minutes(300))
    world.theirs("b", status="gone", at=minutes(300))
    world.listed(minutes(300))
    world.theirs("a", total="2", at=minutes(900))
    world.listed(minutes(900))
    assert world.found() == []


def test_without_a_listing_nothing_is_said(world):
    world.ours("a")
    world.theirs("a", total="1")
    assert world.found() == []
