"""property_number() against Python's exact decimals (S-10).

Guards against: an exponent or a long fraction that DuckDB's own cast reads as another number, and a
magnitude validated after rounding.
"""

import random
import re
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

import duckdb
import pyarrow
import pytest

from tests.project.metric_sql import render

PLAIN_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)


def numbers(texts: list[str]) -> dict[str, Decimal | None]:
    """Text → number, as a metric reads it."""
    con = duckdb.connect()
    con.register("texts", pyarrow.table({"value": texts}))
    number = render("{{ number_from_text('value') }}")
    return dict(con.execute(f"select value, {number} from texts").fetchall())


def exact(text: str) -> Decimal | None:
    if not PLAIN_DECIMAL.fullmatch(text):
        return None
    with localcontext(Context(prec=500, Emax=10**9, Emin=-(10**9))):
        number = Decimal(text)
        if abs(number) >= 10**15:
            return None
        return number.quantize(Decimal("1e-10"), ROUND_HALF_UP)


def test_random_decimals_are_exact():
    rng = random.Random(10)

    def digits(longest: int) -> str:
        return "".join(rng.choice("0123456789049") for _ in range(rng.randint(1, longest)))

    texts = []
    for _ in range(20_000):
        longest = rng.choice([3, 16, 60])
        text = rng.choice(["", "-", "+"]) + digits(longest)
        if rng.random() < 0.6:
            text += "." + digits(longest)
        if rng.random() < 0.4:
            text = text[:16] + f"{rng.choice('eE')}{rng.choice(['', '-', '+'])}{rng.randint(0, 40)}"
        texts.append(text)
    assert numbers(texts) == {text: exact(text) for text in texts}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("999999999999999.99999999999", "1000000000000000"),  # below the limit, then rounded
        ("1000000000000000", None),
        ("1e15", None),
        ("0.000000000000000001e18", "1"),
        ("1e-9999", "0"),
        ("1e9999", None),
        ("0.0000000000000000001e19", None),  # more digits than the cast of an exponent reads
        ("0.00000000005", "0.0000000001"),
        ("-0.00000000005", "-0.0000000001"),
        ("0.00000000004999999999999999999999", "0"),
        ("007", "7"),
    ],
)
def test_edges(text: str, number: str | None):
    assert numbers([text])[text] == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "1\n", "1_0", "0x1F", "NaN", "Infinity", ".5", "5.", "1e", "--1", "1,5", "٣"],
)
def test_what_is_not_a_number(text: str):
    assert numbers([text])[text] is None
