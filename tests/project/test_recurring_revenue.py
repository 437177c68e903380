"""What recurs by the month (MRR), on tables: who is new, grows, shrinks, goes (issue 19)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from meterhouse.common.model_sql import model_sql

TODAY = datetime(2026, 6, 10, tzinfo=UTC)
TABLES = """
    create schema inputs; create schema price_book; create schema ledger;
    create table inputs.run (as_of timestamptz, price_book varchar);
    create table price_book.contracts (
        price_book varchar, contract_id varchar, customer_id varchar, billing_frequency varchar
    );
    create table ledger.invoices (
        invoice_id varchar, contract_id varchar, currency varchar, status varchar
    );
    create table ledger.invoice_lines (
        invoice_id varchar, line_type varchar, pricing_unit varchar, service_start date,
        service_end date, quantity decimal(28, 10), unit_price decimal(20, 10)
    );
    create table draft_headers (invoice_id varchar, contract_id varchar, currency varchar);
    create table draft_lines (
        invoice_id varchar, line_type varchar, pricing_unit varchar, service_start date,
        service_end date, quantity decimal(28, 10), unit_price decimal(20, 10)
    );
    create table commit_segments (
        contract_id varchar, currency varchar, pricing_unit varchar, type varchar,
        starting_on date, ending_before date, granted decimal(20, 4), is_free boolean,
        is_automatic boolean, is_custom_unit boolean, rolls_over_from integer
    )
"""


class World:
    """Contracts of customer `acme` and what was invoiced of them."""

    def __init__(self) -> None:
        self.con = duckdb.connect(config={"threads": 1})
        self.con.execute("set TimeZone = 'UTC'")
        for statement in TABLES.split(";"):
            self.con.execute(statement)
        self.con.execute("insert into inputs.run values (?, 'b')", [TODAY])
        self.invoices = 0

    def contract(self, id: str, frequency: str = "monthly", customer: str = "acme") -> None:
        self.put("price_book.contracts", "b", id, customer, frequency)

    def put(self, table: str, *cells: Any) -> None:
        marks = ", ".join("?" for _ in cells)
        self.con.execute(f"insert into {table} values ({marks})", list(cells))

    def line(self, contract: str, start: date, end: date, price: Any, quantity: Any = 1,
             status: str = "finalized", kind: str = "subscription") -> None:  # fmt: skip
        """A line of an invoice of its own."""
        self.invoices += 1
        id = f"i{self.invoices}"
        is_draft = status == "draft"
        if is_draft:
            self.put("draft_headers", id, contract, "USD")
        else:
            self.put("ledger.invoices", id, contract, "USD", status)
        table = "draft_lines" if is_draft else "ledger.invoice_lines"
        self.put(table, id, kind, "USD", start, end, Decimal(quantity), Decimal(price))

    def commit(self, contract: str, start: date, end: date, granted: Any, **more: Any) -> None:
        cells = {"type": "prepaid", "is_free": False, "is_automatic": False, "unit": "USD", **more}
        self.put(
            "commit_segments", contract, "USD", cells["unit"], cells["type"], start, end,
            Decimal(granted), cells["is_free"], cells["is_automatic"], cells["unit"] != "USD",
            cells.get("rolled"),
        )  # fmt: skip

    def months(self) -> list[tuple[Any, ...]]:
        """Month, opening, new, expansion, contraction, churn, closing of all customers."""
        for name, folder in (("recurring_changes", "revenue"), ("recurring_revenue", "marts")):
            self.con.execute(f"create or replace table {name} as ({model_sql(name, folder)})")
        return self.con.execute(
            "select month(month), opening, new_amount, expansion, contraction, churn, closing "
            "from recurring_revenue order by customer_id, month"
        ).fetchall()


@pytest.fixture
def world() -> World:
    return World()


def first(month: int, day: int = 1) -> date:
    return date(2026, month, day)


def test_a_customer_comes_grows_shrinks_and_goes(world):
    world.contract("k")
    for month, quantity in ((1, 2), (2, 2), (3, 5), (4, 1)):
        world.line("k", first(month), first(month + 1), 10, quantity)
    assert world.months() == [
        (1, 0, 20, 0, 0, 0, 20),
        (3, 20, 0, 30, 0, 0, 50),
        (4, 50, 0, 0, 40, 0, 10),
        (5, 10, 0, 0, 0, 10, 0),
    ]


def test_a_contract_that_follows_another_is_no_churn(world):
    world.contract("k-2025")
    world.contract("k-2026")
    world.line("k-2025", first(1), first(2), 100)
    world.line("k-2026", first(2), first(3), 120)
    assert world.months()[:2] == [(1, 0, 100, 0, 0, 0, 100), (2, 100, 0, 20, 0, 0, 120)]


@pytest.mark.parametrize(
    ("frequency", "start", "end", "by_month"),
    [
        ("annual", first(1), date(2027, 1, 1), "100"),
        ("quarterly", first(4), first(7), "400"),
        ("semiannual", first(1), first(7), "200"),
        ("weekly", first(6, 8), first(6, 15), "5200"),
    ],
)
def test_other_periods_count_by_the_month(world, frequency, start, end, by_month):
    world.contract("k", frequency)
    world.line("k", start, end, 1200)
    [(*_, closing)] = world.months()
    assert closing == Decimal(by_month)


def test_a_proration_does_not_change_what_recurs(world):
    """Joined on the 20th: a line of eleven days has the price of the whole period."""
    world.contract("k")
    world.line("k", first(5, 20), first(6), 31)
    world.line("k", first(6), first(7), 31, status="draft")
    assert world.months() == [(5, 0, 31, 0, 0, 0, 31)]


def test_in_the_month_that_runs_today_counts(world):
    """Billed on the 15th: the line of 15 June is not there yet, and that is no churn."""
    world.contract("k")
    world.line("k", first(4, 15), first(5, 15), 31)
    world.line("k", first(5, 15), first(6, 15), 31)
    assert world.months() == [(4, 0, 31, 0, 0, 0, 31)]


def test_a_commitment_counts_by_the_months_of_its_term(world):
    world.contract("k")
    world.commit("k", first(3), date(2027, 3, 1), 12000)
    world.commit("k", first(3), first(4, 15), 450)
    assert world.months() == [
        # 45 days are 540 / 365 of a month
        (3, 0, Decimal("1304.1667"), 0, 0, 0, Decimal("1304.1667")),
        (4, Decimal("1304.1667"), 0, 0, Decimal("304.1667"), 0, 1000),
    ]


def test_credits_rollovers_top_ups_and_other_units_are_none_of_it(world):
    world.contract("k")
    for more in ({"type": "credit"}, {"rolled": 1}, {"is_automatic": True}, {"unit": "CR"},
                 {"is_free": True}):  # fmt: skip
        world.commit("k", first(3), first(9), 600, **more)
    world.line("k", first(5), first(6), 10, kind="usage")
    world.line("k", first(5), first(6), 10, status="void")
    assert world.months() == []
