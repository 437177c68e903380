"""Minimums and caps edited after a period is final: named where they would matter (S-44, S-57).

Guards against an edit that vanishes, and against a raised cap that lists every month it never met.
"""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from meterhouse.common.model_sql import model_sql
from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.price_book.kinds import find_kind
from meterhouse.price_book.schema import TABLES

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
# A row of period_limits: its id, minimum, cap, what it counts.
Limit = tuple[str, int | None, int | None, str | None]
CASES = {
    "nothing changed": (20, [("l", None, 30, None)], [("l", None, 30, None)], []),
    "another id": (50, [("l", None, 30, None)], [("new", None, 30, None)], []),
    "a cap was raised": (50, [("l", None, 30, None)], [("l", None, 40, None)], [("l", 30, 40)]),
    "a cap was raised that nothing reached": (
        20, [("l", None, 30, None)], [("l", None, 40, None)], []
    ),
    "a cap was lowered below what was used": (
        20, [("l", None, 30, None)], [("l", None, 10, None)], [("l", 30, 10)]
    ),
    "a cap is gone": (50, [("l", None, 30, None)], [], [("l", 30, None)]),
    "a cap came": (50, [], [("l", None, 30, None)], [("l", None, 30)]),
    "a cap came that nothing reaches": (20, [], [("l", None, 30, None)], []),
    "it counts something else": (
        50, [("l", None, 30, None)], [("l", None, 30, "calls")], [("l", 30, None), ("l", None, 30)]
    ),
    "a minimum was raised": (20, [("l", 30, None, None)], [("l", 40, None, None)], [("l", 30, 40)]),
    "a minimum was raised below what was used": (
        50, [("l", 30, None, None)], [("l", 40, None, None)], []
    ),
    "a minimum that a cap keeps from being reached": (
        50, [("l", None, 20, None)], [("l", None, 20, None), ("m", 40, None, "calls")],
        [("m", None, 40)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("used", "before", "now", "expected"), CASES.values(), ids=CASES.keys())
def test_what_an_edit_would_change_is_named(used, before, now, expected):
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute("""
        create schema inputs; create schema price_book; create schema ledger;
        create table inputs.run as select 'now' as price_book;
        create table billing_periods as select
            'c' as contract_id, date '2026-01-01' as period_start,
            date '2026-01-01' as full_period_start, date '2026-02-01' as full_period_end
    """)
    for name in ("invoices", "invoice_lines"):
        con.execute(f"create table ledger.{name} ({column_definitions(WAREHOUSE_TABLES[name])})")
    for name in ("period_limits", "products", "pricing_units"):
        columns = [f"{each.name} {find_kind(each.kind).sql_type}" for each in TABLES[name].columns]
        con.execute(f"create table price_book.{name} (price_book varchar, {', '.join(columns)})")
    insert(con, "price_book.pricing_units", price_book="now", pricing_unit="USD", decimals=2)
    insert(con, "price_book.products", price_book="now", product_id="calls", type="usage")
    for book, limits in (("before", before), ("now", now)):
        for limit_id, lowest, highest, product in limits:
            insert(
                con, "price_book.period_limits", price_book=book, limit_id=limit_id,
                contract_id="c", minimum_amount=lowest, maximum_amount=highest,
                applies_to_product_id=product, prorated=True, starting_on=JANUARY,
            )  # fmt: skip
    insert(
        con, "ledger.invoices", invoice_id="i", invoice_type="usage", contract_id="c",
        status="finalized", price_book="before", currency="USD", period_start=JANUARY,
        period_end=FEBRUARY,
    )  # fmt: skip
    insert(
        con, "ledger.invoice_lines", invoice_id="i", line_number=1, line_type="usage",
        product_id="calls", amount=used, pricing_unit="USD",
    )  # fmt: skip
    for _, _, highest, _ in before:
        if highest is not None and used > highest:
            insert(
                con, "ledger.invoice_lines", invoice_id="i", line_number=2, line_type="cap",
                product_id="most", amount=highest - used, pricing_unit="USD", source_id="l",
            )  # fmt: skip
    found = con.execute(
        "select object_id, invoiced, price_book, line_number from"
        f" ({model_sql('changed_limits', 'invoices')}) order by invoiced is null"
    ).fetchall()
    assert [row[:3] for row in found] == [
        (name, None if was is None else Decimal(was), None if is_ is None else Decimal(is_))
        for name, was, is_ in expected
    ]
    has_line = any(highest is not None and used > highest for _, _, highest, _ in before)
    assert all(row[3] == (2 if has_line and row[1] is not None else None) for row in found)


def insert(con: duckdb.DuckDBPyConnection, table: str, **values: object) -> None:
    marks = ", ".join("?" for _ in values)
    con.execute(
        f"insert into {table} ({', '.join(values)}) values ({marks})", list(values.values())
    )
