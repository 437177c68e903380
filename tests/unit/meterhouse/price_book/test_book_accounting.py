"""Rows of accounts.csv and revenue_policies.csv (S-81): what is refused, by row."""

import pytest

from meterhouse.price_book import PriceBookError, load_price_book
from tests.unit.meterhouse.price_book.conftest import LOOKUPS, METRICS, rows, write_csv

ACCOUNTS = rows("""
    role,account,name
    revenue,8400,Erlöse
    deferred_revenue,3900,Deferred""")
POLICIES = rows("""
    policy,value,rate
    free_credit,allocated,
    breakage,proportional,0.125""")


@pytest.fixture
def load(seeds):
    """Loads the book with these tables, cells of the row `row` of one of them changed."""

    def load_with(table="accounts", row=2, **cells):
        for name, given in (("accounts", ACCOUNTS), ("revenue_policies", POLICIES)):
            changed = [dict(one) for one in given]
            if name == table:
                changed[row - 2] |= cells
            write_csv(seeds / f"{name}.csv", changed)
        return load_price_book(seeds, METRICS, LOOKUPS)

    return load_with


def test_accounts_and_policies_load_as_they_are_written(load):
    con = load().cursor()
    assert con.execute("select role, account, name from accounts order by role").fetchall() == [
        ("deferred_revenue", "3900", "Deferred"),
        ("revenue", "8400", "Erlöse"),
    ]
    query = "select policy, value, rate::varchar from revenue_policies order by policy"
    assert con.execute(query).fetchall() == [
        ("breakage", "proportional", "0.1250000000"),
        ("free_credit", "allocated", None),
    ]


@pytest.mark.parametrize(
    ("table", "row", "cells", "column", "rule"),
    [
        ("accounts", 2, {"role": "expenses"}, "role", "choice"),
        ("accounts", 3, {"account": ""}, "account", "required"),
        ("accounts", 3, {"role": "revenue"}, "role", "duplicate_key"),
        ("revenue_policies", 2, {"value": "at_expiry"}, "value", "policy_value"),
        ("revenue_policies", 3, {"value": "zero", "rate": ""}, "value", "policy_value"),
        ("revenue_policies", 3, {"value": "sometimes"}, "value", "choice"),
        ("revenue_policies", 3, {"rate": ""}, "rate", "policy_rate"),
        ("revenue_policies", 3, {"rate": "1"}, "rate", "policy_rate"),
        ("revenue_policies", 3, {"rate": "0.12345"}, "rate", "policy_rate"),
        ("revenue_policies", 3, {"value": "at_expiry"}, "rate", "policy_rate"),
        ("revenue_policies", 3, {"rate": "-0.1"}, "rate", "bound"),
        ("revenue_policies", 3, {"policy": "free_credit"}, "policy", "duplicate_key"),
    ],
)
def test_what_does_not_fit_is_refused_with_file_row_column_and_rule(
    load, table, row, cells, column, rule
):
    with pytest.raises(PriceBookError) as refused:
        load(table, row, **cells)
    found = [(one.file, one.row, one.column, one.rule) for one in refused.value.problems]
    assert (f"{table}.csv", row, column, rule) in found
