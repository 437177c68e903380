"""Guards against two texts for one number (S-15) and against numbers that fill the memory."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raw_events.validation.numbers import Number, canonical_json, plain_number, property_texts


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1.0", "1"),
        ("-0", "0"),
        ("-0.00e7", "0"),
        ("1e3", "1000"),
        ("1.5E+3", "1500"),
        ("12e-4", "0.0012"),
        ("-120.3400", "-120.34"),
        ("123456789012345678901", "123456789012345678901"),
        ("1e400", "1" + "0" * 400),
        ("0." + "0" * 500 + "1", "0." + "0" * 500 + "1"),
        ("10e-600", "1e-599"),
        ("1e999999999", "1e999999999"),
        ("10e99999999999999999999", "1e99999999999999999999"),
    ],
)
def test_plain_number(text: str, plain: str) -> None:
    assert plain_number(text) == plain


@given(st.decimals(allow_nan=False, allow_infinity=False, places=None), st.integers(-30, 30))
def test_plain_number_keeps_the_value(value: Decimal, exponent: int) -> None:
    if abs(value.adjusted()) > 300:
        return
    text = f"{value:f}e{exponent}"
    plain = plain_number(text)
    assert Decimal(plain) == Decimal(text)
    assert "e" not in plain
    assert plain_number(plain) == plain


def test_canonical_json_sorts_at_every_level() -> None:
    value = {"b": [Number("1.0"), {"z": None, "a": True}], "a": 'q"'}
    assert canonical_json(value) == r'{"a":"q\"","b":[1,{"a":true,"z":null}]}'


def test_only_odd_values_have_a_text() -> None:
    plain = {"a": Number("1.0"), "b": "text", "c": None, "d": Number("123456789012345")}
    assert property_texts(plain) is None
    odd = {**plain, "e": Number("1e2"), "f": Number("1234567890123456"), "g": Number("0.00001")}
    assert property_texts(odd) == '{"e":"100","f":"1234567890123456","g":"0.00001"}'
    assert property_texts({"h": Number("-0"), "i": []}) == '{"h":"0","i":"[]"}'
