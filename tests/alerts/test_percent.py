"""The part of a balance that is left, in percent: the quick way gives what exact division gives."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from random import Random

import duckdb

from meterhouse.common.model_sql import macro_sql

TENTH = Decimal("0.0001")
# What the quick way has room for ends below 900 million.
EDGES = [0, 1, 2, 3, 8_999_999_999_999, 9_000_000_000_000, 9_000_000_000_001, -1, 10**17]


def amounts(random: Random, count: int) -> list[Decimal]:
    """Small and large ones, negative ones, and those at the edge."""
    most = [30, 10**7, 10**12, 9 * 10**12]
    found = [random.choice([*EDGES, random.randint(0, random.choice(most))]) for _ in range(count)]
    return [number * TENTH for number in found]


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """In Python, half away from zero."""
    with localcontext(prec=60):
        if whole == 0:
            return None
        return (part * 100 / whole).quantize(Decimal("1e-10"), ROUND_HALF_UP)


def test_percent_of_is_exact_and_rounds_half_away_from_zero():
    random = Random(17)
    pairs = list(zip(amounts(random, 4000), amounts(random, 4000), strict=True))
    # A result with more than 18 places before the point has no room in any quantity.
    pairs = [(part, whole) for part, whole in pairs if abs(percent(part, whole) or 0) < 10**18]
    # 1 of 2 ^ 11 is 0.048828125 %; of 2 ^ 15 it ends at a half of the last place.
    pairs += [(Decimal(1), Decimal(2**15)), (Decimal(3), Decimal(2**15))]
    with duckdb.connect() as con:
        con.execute("create table amounts (part decimal(20, 4), whole decimal(20, 4))")
        con.executemany("insert into amounts values (?, ?)", pairs)
        quick = macro_sql("percent_of('part', 'whole')")
        exact = macro_sql("exact_divide('part * 100', 'whole')")
        rows = con.execute(f"select part, whole, {quick}, {exact} from amounts")
        for part, whole, found, divided in rows.fetchall():
            assert found == divided == percent(part, whole), (part, whole)
