"""Subscriptions of one month against what is invoiced of them already (S-35, S-44, S-50).

Guards against a price book whose edit charges days a second time, and against an increase that is
lost because it reaches back to a date whose invoice is final.
"""

from datetime import date

import duckdb
import pytest

from meterhouse.common.model_sql import model_sql
from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.price_book.kinds import find_kind
from meterhouse.price_book.schema import TABLES

MODELS = ("subscription_terms", "invoiced_subscriptions", "subscription_parts")
GIVEN = """
    create schema inputs; create schema price_book; create schema ledger;
    create table inputs.run as
    select timestamptz '2026-02-20 06:00:00Z' as as_of, 'now' as price_book;
    create table billing_periods as
    select
        'now' as price_book, 'c' as contract_id, 'acme' as customer_id, 'card' as rate_card_id,
        'USD' as currency, start as period_start, start as full_period_start,
        (start + interval 1 month)::date as period_end, period_end as full_period_end,
        start < date '2026-02-01' as is_final,
    from (select unnest([date '2026-01-01', date '2026-02-01']) as start)
"""
# (service start, quantity) of lines that are final, or void; of the same in the price book.
Days = list[tuple[str, int]]


def charged(
    lines: Days,
    own: tuple[str, int],
    rows: Days = (),
    void: Days = (),
    collection: str = "advance",
    **subscription: object,
) -> list[tuple[str, int]]:
    """(date, quantity) of what is charged now; subscription `s` with `own` start and quantity."""
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute(GIVEN)
    for name in ("invoices", "invoice_lines"):
        con.execute(f"create table ledger.{name} ({column_definitions(WAREHOUSE_TABLES[name])})")
    for name in ("subscriptions", "subscription_quantities"):
        columns = [f"{each.name} {find_kind(each.kind).sql_type}" for each in TABLES[name].columns]
        con.execute(f"create table price_book.{name} (price_book varchar, {', '.join(columns)})")
    start, quantity = own
    terms = {
        "price_book": "now", "subscription_id": "s", "contract_id": "c", "product_id": "seat",
        "starting_on": start, "quantity": quantity, "collection": collection, "prorated": True,
    } | subscription  # fmt: skip
    insert(con, "price_book.subscriptions", terms)
    for effective_on, changed in rows:
        changes = {"subscription_id": "s", "effective_on": effective_on, "quantity": changed}
        insert(con, "price_book.subscription_quantities", {"price_book": "now", **changes})
    kind = "scheduled" if collection == "advance" else "usage"
    for status, listed in (("finalized", lines), ("void", void)):
        for number, (day, billed) in enumerate(listed):
            invoice = f"{status}-{number}"
            insert(con, "ledger.invoices", {
                "invoice_id": invoice, "invoice_type": kind, "status": status, "contract_id": "c",
                "price_book": "before", "period_start": f"{day[:7]}-01",
            })  # fmt: skip
            insert(con, "ledger.invoice_lines", {
                "invoice_id": invoice, "line_type": "subscription", "source_id": "s",
                "product_id": "seat", "service_start": day, "quantity": billed,
            })  # fmt: skip
    for name in MODELS:
        con.execute(f"create table {name} as {model_sql(name)}")
    found = con.execute(
        "select part_start, quantity, part_end - part_start = charged_days, is_scheduled"
        " from subscription_parts where part_start >= '2026-01-01' order by all"
    ).fetchall()
    assert all(prorated for *_, prorated, _ in found) or not terms["prorated"]
    assert all(row[3] == (collection == "advance" or row[0] < date(2026, 2, 1)) for row in found)
    return [(str(day), int(quantity)) for day, quantity, *_ in found]


def insert(con: duckdb.DuckDBPyConnection, table: str, values: dict) -> None:
    marks = ", ".join("?" for _ in values)
    con.execute(
        f"insert into {table} ({', '.join(values)}) values ({marks})", list(values.values())
    )


FEBRUARY = ("2026-02-01", 2)
CASES = {
    "nothing is invoiced yet": ([], FEBRUARY, [("2026-02-10", 5)], [FEBRUARY, ("2026-02-10", 3)]),
    "all of it is": ([FEBRUARY, ("2026-02-10", 3)], FEBRUARY, [("2026-02-10", 5)], []),
    "a row reaches back to the first day": (
        [FEBRUARY], FEBRUARY, [("2026-02-01", 5)], [("2026-02-01", 3)]
    ),
    "a row reaches back before the period": (
        [FEBRUARY], FEBRUARY, [("2026-01-20", 5)], [("2026-02-01", 3)]
    ),
    "a row of another day": ([FEBRUARY], FEBRUARY, [("2026-02-02", 5)], [("2026-02-02", 3)]),
    "more than the highest that was charged": (
        [FEBRUARY, ("2026-02-15", 1)], FEBRUARY, [("2026-02-10", 5), ("2026-02-15", 3)],
        [("2026-02-10", 2)],
    ),
    "no more than the highest that was charged": (
        [FEBRUARY, ("2026-02-15", 3)], FEBRUARY, [("2026-02-10", 5)], []
    ),
    "a decrease": ([FEBRUARY], FEBRUARY, [("2026-02-01", 1)], []),
    "up, down and up again": (
        [FEBRUARY], FEBRUARY,
        [("2026-02-01", 1), ("2026-02-05", 3), ("2026-02-07", 2), ("2026-02-09", 4)],
        [("2026-02-05", 1), ("2026-02-09", 1)],
    ),
    "its own row says more: listed, not charged": ([FEBRUARY], ("2026-02-01", 7), [], []),
    "its own row and a later one say more": (
        [FEBRUARY], ("2026-02-01", 7), [("2026-02-10", 7)], [("2026-02-10", 5)]
    ),
    "the start is moved back": ([("2026-02-10", 2)], FEBRUARY, [], []),
    "the start is moved on": ([FEBRUARY], ("2026-02-10", 2), [], []),
    "the start is moved and its own row says more": (
        [FEBRUARY], ("2026-02-10", 7), [], []
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "own", "rows", "expected"), CASES.values(), ids=CASES.keys())
def test_an_edit_charges_what_is_more_and_nothing_twice(lines, own, rows, expected):
    assert charged(lines, own, rows) == expected
    again = charged([*lines, *expected], own, rows)
    assert again == [], "what was charged is not charged in the next run"


def test_a_void_invoice_is_charged_again_beside_the_increase_that_stands():
    rows = [("2026-02-10", 5)]
    assert charged([("2026-02-10", 3)], FEBRUARY, rows, void=[FEBRUARY]) == [FEBRUARY]
    assert charged([FEBRUARY], FEBRUARY, rows, void=[("2026-02-10", 3)]) == [("2026-02-10", 3)]


def test_an_increase_of_a_subscription_without_proration_reaches_back_to_the_first_day_alone():
    assert charged([FEBRUARY], FEBRUARY, [("2026-02-02", 5)], prorated=False) == []
    reaching = charged([FEBRUARY], FEBRUARY, [("2026-01-31", 5)], prorated=False)
    assert reaching == [("2026-02-01", 3)]


def test_in_arrears_an_increase_of_a_final_period_is_charged_on_a_scheduled_invoice():
    january, later = ("2026-01-01", 2), ("2026-02-01", 4)
    rows = [("2026-01-11", 4)]
    assert charged([january], january, rows, collection="arrears") == [("2026-01-11", 2), later]
    # where the final period has no line of it, nothing says that it was charged
    assert charged([], january, rows, collection="arrears") == [later]


def test_in_arrears_what_was_invoiced_in_advance_is_not_charged_again():
    assert charged([FEBRUARY], FEBRUARY, collection="arrears") == []
