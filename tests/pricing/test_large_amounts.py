"""What the price book takes can be worked out: quantity × price up to 10^15 (S-35, S-36, S-52).

Guards against an amount whose way overflows although it fits, and against one that is rounded
otherwise because it is large.
"""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.common.model_sql import macro_sql
from tests.pricing.published import book_settings

# The bound of price_book/checks/sizes.py.
BOUND = Decimal(10**15)
CHARGE = macro_sql("round_to_unit(to_unrounded_amount('quantity * price'), 'decimals')")
PRORATED = macro_sql("prorated_amount('quantity', 'price', 'days', 'full_days', 'decimals')")
QUERY = f"""
    select {CHARGE}, {PRORATED}
    from (
        select
            $1::decimal(28, 10) as quantity, $2::decimal(20, 10) as price, $3::integer as days,
            $4::integer as full_days, $5::integer as decimals
    )
"""
CON = duckdb.connect(config={"threads": 1})


def largest(price: Decimal) -> Decimal:
    """The largest quantity that a book takes at this price, to 10 decimals."""
    step = Decimal(1).scaleb(-10)
    quantity = min(BOUND / price, BOUND).quantize(step)
    return quantity if quantity * price < BOUND else quantity - step


@book_settings(examples=40)
@given(
    price=st.one_of(
        st.sampled_from([Decimal("1e-10"), Decimal(1), Decimal("9999999999.9999999999")]),
        st.decimals("0.0000000001", "9999999999", places=10),
    ),
    below=st.one_of(st.just(Decimal(0)), st.decimals(0, 1000, places=10)),
    full_days=st.sampled_from([28, 31, 90, 365, 366]),
    part=st.integers(0, 365),
    decimals=st.integers(0, 4),
)
def test_the_largest_amounts_come_out_exactly(price, below, full_days, part, decimals) -> None:
    days = full_days - part % full_days
    with localcontext() as exact:
        exact.prec = 100
        quantity = max(largest(price) - below, Decimal(0))
        unit = Decimal(1).scaleb(-decimals)
        charge = (quantity * price).quantize(unit, ROUND_HALF_UP)
        scaled = quantity * price * days
        # half away from zero, of a quotient that need not end
        whole, rest = divmod(scaled, unit * full_days)
        prorated = (whole + (2 * rest >= unit * full_days)) * unit
    found = CON.execute(QUERY, [quantity, price, days, full_days, decimals]).fetchone()
    assert found == (charge, prorated)
