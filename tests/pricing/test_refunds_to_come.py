"""An end to come of a subscription in advance is no difference until its day (S-35a, S-44).

Guards against a run that says a fee stays as it was invoiced though the end's day will give it
back, and against one that is silent where nothing will.
"""

from datetime import date

import duckdb
import pytest

from meterhouse.common.model_sql import model_sql
from meterhouse.price_book.kinds import find_kind
from meterhouse.price_book.schema import TABLES

# February costs 28; the run is of the 10th. Price book: an end in the subscription or the contract,
# what it charges of February; then what was given back already, and what is listed (invoiced).
CASES = {
    "an end to come": ({"ends": 15}, 14, None, []),
    "the contract's end to come": ({"contract_ends": 15}, 14, None, []),
    "nothing is given back": ({"ends": 15, "refund": False}, 14, None, [28]),
    "a cent of rounding": ({"ends": 15}, "14.01", None, []),
    "another difference beside": ({"ends": 15}, 28, None, [28]),
    "an end that is there": ({"ends": 10}, 9, None, [28]),
    "given back from the 8th, an end moved on": ({"ends": 15}, 14, -21, [7]),
    "in arrears now": ({"ends": 15, "collection": "arrears"}, 14, None, [28]),
}


@pytest.mark.parametrize(("book", "states", "given", "listed"), CASES.values(), ids=CASES.keys())
def test_what_an_end_to_come_gives_back_is_not_listed(book, states, given, listed):
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    columns = ", ".join(
        f"{each.name} {find_kind(each.kind).sql_type}" for each in TABLES["subscriptions"].columns
    )
    con.execute(f"""
        create schema inputs; create schema price_book;
        create table inputs.run as
        select timestamptz '2026-02-10 06:00:00Z' as as_of, 'now' as price_book;
        create table price_book.subscriptions (price_book varchar, {columns});
        create table price_book.pricing_units as
        select 'now' as price_book, 'USD' as pricing_unit, 2 as decimals;
        create table billing_periods as
        select 'c' as contract_id, date '2026-02-01' as period_start,
            date '2026-03-01' as period_end, date '2026-03-01' as full_period_end;
        create table stated_subscriptions as
        select 'c' as contract_id, 's' as subscription_id, date '2026-02-01' as period_start,
            'seat' as product_id, date '2026-02-01' as part_start, date '2026-02-15' as part_end,
            1::decimal(28, 10) as quantity, 28::decimal(20, 10) as unit_price,
            {states}::decimal(20, 4) as amount, 2 as decimals
    """)
    for name in ("changed_charges", "changed_limits"):
        con.execute(f"""
            create table {name} (contract_id varchar, invoice_id varchar, line_number integer,
                object_id varchar, invoiced decimal(20, 4), price_book decimal(20, 4),
                invoiced_terms varchar, price_book_terms varchar)
        """)
    con.execute(
        "create table billed_contracts as select 'now' as price_book, 'c' as contract_id,"
        " $1::date as ending_before",
        [day(book.get("contract_ends"))],
    )
    con.execute(
        "insert into price_book.subscriptions by name select 'now' as price_book,"
        " 's' as subscription_id, 'c' as contract_id, 'seat' as product_id, true as prorated,"
        " $1 as collection, $2 as refund_unused, $3::date as ending_before",
        [book.get("collection", "advance"), book.get("refund", True), day(book.get("ends"))],
    )
    con.execute("""
        create table invoiced_subscriptions (invoice_id varchar, line_number integer,
            contract_id varchar, subscription_id varchar, is_void boolean, is_scheduled boolean,
            is_refund boolean, price_book varchar, product_id varchar, service_start date,
            service_end date, quantity decimal(28, 10), unit_price decimal(20, 10),
            amount decimal(20, 4), pricing_unit varchar)
    """)
    lines = [("i", 1, 28)] + ([("j", 8, given)] if given else [])
    for invoice, first, amount in lines:
        con.execute(
            "insert into invoiced_subscriptions values ($1, 1, 'c', 's', false, true, $3 < 0,"
            " 'before', 'seat', $2, '2026-03-01', sign($3), 28, $3, 'USD')",
            [invoice, day(first), amount],
        )
    for name, folder in (("refunds_to_come", "rating"), ("ignored_changes", "marts")):
        con.execute(f"create view {name} as {model_sql(name, folder)}")
    assert con.execute("select invoiced from ignored_changes").fetchall() == [
        (amount,) for amount in listed
    ]


def day(number: int | None) -> date | None:
    return number and date(2026, 2, number)
