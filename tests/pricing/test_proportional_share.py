"""A share of a whole number is exact, with room for the product and without (S-18).

Against Python's whole numbers. Guards against the bound between the two ways being set too high,
where a product would no longer fit, and against a sign that is cut to the wrong side.
"""

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterhouse.common.model_sql import macro_sql

# The least that has no room, and the largest that the long division takes.
BOUND, WHOLE, TOTAL = 10**18, 10**28, 10**24


@pytest.fixture(scope="module")
def share():
    """(total, part, whole) → the share cut down, and the rest over `whole`."""
    relation = macro_sql("with_proportional_share('asked', 'x', 'total', 'part', 'whole')")
    con = duckdb.connect()
    con.execute("create table asked (total hugeint, part hugeint, whole hugeint)")

    def ask(total: int, part: int, whole: int) -> tuple[int, int]:
        con.execute("delete from asked")
        con.execute("insert into asked values (?, ?, ?)", [total, part, whole])
        return con.execute(f"select x_share, x_rest from {relation} as given").fetchone()

    yield ask
    con.close()


@given(
    st.integers(-TOTAL, TOTAL),
    st.one_of(st.integers(1, WHOLE), st.integers(1, 10**6)),
    st.fractions(-1, 1),
)
@example(BOUND, BOUND - 1, 1)
@example(-BOUND, BOUND, 1)
@example(BOUND - 1, BOUND - 1, 1)
@example(TOTAL, WHOLE, 1)
@example(-TOTAL, WHOLE, 1)
@example(7, 3, -1)
@example(-7, 3, 2)
def test_a_share_is_that_of_whole_numbers(share, total, whole, portion):
    part = int(whole * portion)
    assert share(total, part, whole) == divmod(total * part, whole)


def test_nothing_but_share_and_rest_is_added():
    con = duckdb.connect()
    relation = macro_sql("with_proportional_share('asked', 'x', 'total', 'part', 'whole')")
    con.execute("create table asked as select 1::hugeint total, 1::hugeint part, 1::hugeint whole")
    found = con.sql(f"from {relation} as given").columns
    assert found == ["total", "part", "whole", "x_share", "x_rest"]
