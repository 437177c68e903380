"""Many values of one property at once: as values.broken_rule() says of each, sooner.

Arrow decides what it can beyond doubt, for texts without escapes and for numbers of few digits.
What is left, and whatever comes in few different values, is asked one by one.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from raw_events.schemas.declared import PropertySchema
from raw_events.schemas.values import PLAIN_DECIMAL, VALUE_RULES, broken_rule, read_value
from raw_events.validation.words import Flags, Places

# 0: it fits; else 1 + the place of the rule in VALUE_RULES. (n,)
Codes = NDArray[np.int8]
# So few are sooner asked one by one (3 µs each) than prepared for Arrow.
FEW = 200
_CODES = {rule: np.int8(number) for number, rule in enumerate(VALUE_RULES, 1)}
_DIGITS = 15
_PLAIN_NUMBER = rf"^[+-]?[0-9]{{1,{_DIGITS}}}(\.[0-9]{{1,{_DIGITS}}})?\z"
_WHOLE_NUMBER = rf"^[+-]?[0-9]{{1,{_DIGITS}}}(\.0{{1,{_DIGITS}}})?\z"
_DECIMAL = pa.decimal128(2 * _DIGITS + 8, _DIGITS)
_LIMIT = Decimal(10) ** _DIGITS
_STEP = Decimal(1).scaleb(-_DIGITS)
_OPEN = np.int8(-1)


def broken_rules(values: pa.StringArray, schema: PropertySchema, few: int = FEW) -> Codes:
    """Which rule of `schema` each of n JSON texts breaks first: Codes, (n,).

    The texts are not null, as DuckDB writes JSON; best each of them different.
    """
    codes = np.full(len(values), _OPEN, np.int8)
    if len(values) > few:
        _settle(values, schema, codes)
    places = np.flatnonzero(codes == _OPEN)
    texts: dict[int, str] = {}
    for place, text in zip(places.tolist(), values.take(places).to_pylist(), strict=True):
        value = read_value(text, schema)
        rule = broken_rule(value, schema)
        codes[place] = _CODES[rule] if rule else 0
        if rule is None and isinstance(value.value, str):
            texts[place] = value.value
    if schema.pattern is not None and texts:
        fits = _flags(pc.match_substring_regex(pa.array(texts.values()), schema.pattern))
        codes[np.array(list(texts))[~fits]] = _CODES["pattern"]
    return codes


def first_bytes(values: pa.StringArray) -> NDArray[np.uint8]:
    """The first byte of each of n texts, none of them empty: (n,)."""
    if not len(values):
        return np.zeros(0, np.uint8)
    _, offsets, data = values.buffers()
    starts = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values)]
    return np.frombuffer(data, np.uint8)[starts]


def _settle(values: pa.StringArray, schema: PropertySchema, codes: Codes) -> None:
    first = first_bytes(values)
    is_text = first == ord('"')
    is_nested = (first == ord("{")) | (first == ord("["))
    is_number = (first == ord("-")) | ((first >= ord("0")) & (first <= ord("9")))
    nested = np.flatnonzero(is_nested)
    kinds = np.where(first[nested] == ord("{"), "object", "array")
    fits = np.isin(kinds, schema.types) | (not schema.types)
    codes[nested] = np.where(fits, _CODES["enum"] if schema.enum is not None else 0, _CODES["type"])
    numbers = np.flatnonzero(is_number)
    _settle_numbers(values.take(numbers), numbers, schema, codes)
    is_text[_true(pc.match_substring(values, "\\"))] = False
    places = np.flatnonzero(is_text)
    texts = pc.utf8_slice_codeunits(values.take(places), 1, -1)
    if schema.reads_numbers:
        is_decimal = pc.match_substring_regex(texts, rf"^(?:{PLAIN_DECIMAL})\z")
        decimals = _true(is_decimal)
        _settle_numbers(texts.take(decimals), places[decimals], schema, codes)
        others = _true(pc.invert(is_decimal))
        places, texts = places[others], texts.take(others)
    if not schema.reads_booleans:
        _settle_texts(texts, places, schema, codes)


def _settle_numbers(
    texts: pa.StringArray, places: Places, schema: PropertySchema, codes: Codes
) -> None:
    """Those of few digits and without an exponent; the others stay open."""
    plain = _true(pc.match_substring_regex(texts, _PLAIN_NUMBER))
    texts, places = texts.take(plain), places[plain]
    if not len(places):
        return
    found = np.zeros(len(places), np.int8)
    types = set(schema.types)
    if types and "number" not in types:
        is_whole = pc.match_substring_regex(texts, _WHOLE_NUMBER)
        _note(found, "type", _flags(is_whole) if "integer" in types else np.zeros(len(found), bool))
    decimals = pc.cast(pc.utf8_ltrim(texts, "+"), _DECIMAL)
    if schema.enum is not None:
        listed = [member.value for member in schema.enum if member.kind == "number"]
        # What has more digits than a plain number is equal to none.
        kept = [one for one in listed if isinstance(one, Decimal) and _on_grid(one) == one]
        _note(found, "enum", _flags(pc.is_in(decimals, pa.array(kept, _DECIMAL))))
    if schema.minimum is not None:
        low = pa.scalar(_on_grid(schema.minimum, ROUND_CEILING), _DECIMAL)
        _note(found, "minimum", _flags(pc.greater_equal(decimals, low)))
    if schema.maximum is not None:
        high = pa.scalar(_on_grid(schema.maximum, ROUND_FLOOR), _DECIMAL)
        _note(found, "maximum", _flags(pc.less_equal(decimals, high)))
    codes[places] = found


def _settle_texts(
    texts: pa.StringArray, places: Places, schema: PropertySchema, codes: Codes
) -> None:
    if not len(places):
        return
    found = np.zeros(len(places), np.int8)
    if schema.types and "string" not in schema.types:
        codes[places] = _CODES["type"]
        return
    if schema.enum is not None:
        listed = [member.value for member in schema.enum if member.kind == "string"]
        _note(found, "enum", _flags(pc.is_in(texts, pa.array(listed, pa.string()))))
    if schema.min_length is not None or schema.max_length is not None:
        sizes = pc.utf8_length(texts).to_numpy()
        if schema.min_length is not None:
            _note(found, "minLength", sizes >= schema.min_length)
        if schema.max_length is not None:
            _note(found, "maxLength", sizes <= schema.max_length)
    if schema.pattern is not None:
        _note(found, "pattern", _flags(pc.match_substring_regex(texts, schema.pattern)))
    codes[places] = found


def _note(found: Codes, rule: str, fits: Flags) -> None:
    found[(found == 0) & ~fits] = _CODES[rule]


def _on_grid(number: Decimal, rounding: str = ROUND_FLOOR) -> Decimal:
    """The nearest number that a plain number may be equal to, on the side of `rounding`."""
    with localcontext() as context:
        context.prec = 200
        return max(-_LIMIT, min(_LIMIT, number)).quantize(_STEP, rounding=rounding)


def _flags(found: pa.BooleanArray) -> Flags:
    flags: Flags = found.to_numpy(zero_copy_only=False).astype(bool)
    return flags


def _true(found: pa.BooleanArray) -> Places:
    return np.flatnonzero(_flags(found))
