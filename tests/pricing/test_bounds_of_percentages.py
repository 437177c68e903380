"""What a percentage's minimum and maximum make up of each line's amount (S-29), by the model's SQL.

Guards against an amount without its reason (100 × 0 = 40.00), and against a late line that has the
minimum of its period a second time.
"""

from decimal import Decimal

import duckdb
import pytest

from meterhouse.common.model_sql import model_sql
from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES

# Lines in the order of their invoices: (base, amount, sequence of the invoice's void), the last one
# on a draft; the rate is 10 %. What of the amounts is minimum and maximum.
CASES = {
    "within the bounds": ([(100, 10, None)], [(0, 0)]),
    "a minimum where nothing is charged": ([(0, 40, None)], [(40, 0)]),
    "a maximum": ([(1000, 60, None)], [(0, -40)]),
    "late lines up to the minimum and beyond": (
        [(100, 50, None), (300, 0, None), (200, 10, None)], [(40, 0), (-30, 0), (-10, 0)]
    ),
    "late lines back below the maximum": (
        [(1000, 60, None), (-600, -20, None)], [(0, -40), (0, 40)]
    ),
    "late lines from one bound to the other": (
        [(0, 40, None), (1000, 20, None)], [(40, 0), (-40, -40)]
    ),
    "taken back whole": ([(100, 50, None), (-100, -50, None)], [(40, 0), (-40, 0)]),
    "a void invoice counts up to its void": (
        [(100, 50, 3), (300, 0, None), (100, 50, None)], [(40, 0), (-30, 0), (40, 0)]
    ),
    "rounded": ([("0.05", "0.01", None), ("0.04", 0, None)], [(0, 0), (0, 0)]),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "expected"), CASES.values(), ids=CASES.keys())
def test_each_line_says_what_the_bounds_change(lines, expected):
    con = duckdb.connect()
    for name in ("invoices", "invoice_lines"):
        con.execute("create schema if not exists ledger")
        con.execute(f"create table ledger.{name} ({column_definitions(WAREHOUSE_TABLES[name])})")
    con.execute("""
        create schema inputs; create schema price_book;
        create table inputs.run as select 'now' as price_book;
        create table price_book.pricing_units as
        select 'now' as price_book, 'USD' as pricing_unit, 2 as decimals;
        create table draft_lines as select *, 'c' as contract_id from ledger.invoice_lines
    """)
    for number, (base, amount, voided) in enumerate(lines, start=1):
        is_draft = number == len(lines)
        replaces = any(void for *_, void in lines) and is_draft
        corrects = None if number == 1 or replaces else "i1"
        if not is_draft:
            con.execute(
                "insert into ledger.invoices by name select $1 as invoice_id, 'c' as contract_id,"
                " $2 as sequence, $3 as voided_sequence",
                [f"i{number}", number, voided],
            )
        con.execute(
            f"insert into {'draft_lines' if is_draft else 'ledger.invoice_lines'} by name"
            " select $1 as invoice_id, 1 as line_number, 'composite' as line_type,"
            " 'fee' as product_id, 'r' as rate_id, date '2026-01-01' as service_start,"
            " $2::decimal(28, 10) as quantity, 0.1 as unit_price, $3::decimal(20, 4) as amount,"
            " 'USD' as pricing_unit, $4 as corrects_invoice_id"
            + (", 'c' as contract_id" if is_draft else ""),
            [f"i{number}", str(base), str(amount), corrects],
        )
    found = con.execute(f"from ({model_sql('composite_bounds', 'invoices')}) order by 1").fetchall()
    bounds = [(Decimal(low), Decimal(high)) for _, _, low, high in found]
    assert bounds == [(Decimal(low), Decimal(high)) for low, high in expected]
