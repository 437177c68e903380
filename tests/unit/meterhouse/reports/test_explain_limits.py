"""`meterhouse explain` of a minimum or cap: its row, what it counted, what is billed (S-57).

Guards against an explanation that fails, that counts lines outside the limit's scope, or that
leaves out what an earlier invoice had of the period.
"""

from decimal import Decimal

import duckdb
import pytest

from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.reports.explain_case import Case, Section
from meterhouse.reports.explain_limits import limit

# January is capped at 31 for calls, from the 16th on: 16. February's invoice has late usage of it.
LINES = [
    ("jan", 1, "usage", "calls", 20, None), ("jan", 2, "usage", "bytes", 7, None),
    ("jan", 3, "cap", "most", -4, "l1"),
    ("feb", 1, "late_usage", "calls", 5, None), ("feb", 2, "cap", "most", -5, "l1"),
    ("feb", 3, "usage", "calls", 9, None),
]  # fmt: skip


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create schema ledger; create schema calendar")
    for table in ("invoices", "invoice_lines"):
        con.execute(f"create table ledger.{table} ({column_definitions(WAREHOUSE_TABLES[table])})")
    con.execute("""
        create table book_period_limits as
        select 'l1' as limit_id, 'c' as contract_id, 'most' as product_id,
            'calls' as applies_to_product_id, null::varchar as applies_to_tag,
            null::decimal(20, 4) as minimum_amount, 31::decimal(20, 4) as maximum_amount,
            true as prorated;
        create table book_pricing_units as select 'USD' as pricing_unit, 2 as decimals;
        create table book_products as
        select unnest(['calls', 'bytes', 'most']) as product_id, []::varchar[] as tags;
        create table calendar.billing_periods as
        select 'c' as contract_id, date '2026-01-16' as period_start,
            date '2026-01-01' as full_period_start, date '2026-02-01' as full_period_end;
        insert into ledger.invoices by name
        select 'jan' as invoice_id, 1 as sequence, 'usage' as invoice_type, 'c' as contract_id,
            'finalized' as status, date '2026-01-16' as period_start
        union all by name
        select 'feb' as invoice_id, 2 as sequence, 'usage' as invoice_type, 'c' as contract_id,
            'finalized' as status, date '2026-02-01' as period_start
    """)
    for invoice, number, kind, product, amount, source in LINES:
        is_of_january = invoice == "jan" or kind != "usage"
        con.execute(
            "insert into ledger.invoice_lines by name"
            " select $1 as invoice_id, $2 as line_number, $3 as line_type, $4 as product_id,"
            " $5 as amount, $6 as source_id, 'USD' as pricing_unit,"
            " $7::date as service_start, $8::date as service_end, $9 as corrects_invoice_id",
            [
                invoice, number, kind, product, amount, source,
                "2026-01-16" if is_of_january else "2026-02-01",
                "2026-02-01" if is_of_january else "2026-03-01",
                "jan" if invoice == "feb" and is_of_january else None,
            ],
        )  # fmt: skip
    return con


def column(section: Section, name: str) -> list:
    return [row[list(section.columns).index(name)] for row in section.rows]


@pytest.mark.parametrize(
    ("invoice", "number", "counted", "billed"),
    [("jan", 3, [20], [-4]), ("feb", 2, [20, 5], [-4, -5])],
)
def test_it_shows_the_row_the_lines_and_what_is_billed(con, invoice, number, counted, billed):
    lines = f"(select * from ledger.invoice_lines where invoice_id = '{invoice}')"
    (line,) = con.sql(f"from {lines} where line_number = {number}").to_arrow_table().to_pylist()
    header = {"invoice_id": invoice, "status": "finalized", "contract_id": "c"}
    row, of_lines, of_limits = limit(Case(con, header, line, 1, "book", "", lines, ""))
    assert column(row, "amount_in_period") == [Decimal(16)]
    assert column(row, "full_days") == [31]
    assert column(of_lines, "amount") == counted
    assert column(of_lines, "sum_so_far")[-1] == sum(counted)
    assert column(of_limits, "amount") == billed
    assert column(of_limits, "amount_so_far")[-1] == Decimal(16) - sum(counted)
    # the limit's other line is not the one that was asked for
    assert column(of_limits, "is_this") == [False] * (len(billed) - 1) + [True]
