"""Canonical text (S-15) of property values that DuckDB would not print so itself."""

import json
import re

from raw_events.validation.event import EXACT_DIGITS

_NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
# Past this the text of a number that is sent with an exponent keeps one: `1e999999999` is legal
# JSON of eleven characters, and its plain form would fill the memory.
_LONGEST_EXPONENT = 400


class Number(str):
    """A JSON number as it is written; Python's own float would lose digits."""

    __slots__ = ()


def plain_number(text: str) -> str:
    """The shortest plain decimal form of a JSON number: 1.0 → 1, 1.5e3 → 1500, -0 → 0."""
    sign, whole, fraction, exponent = _pieces(text)
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return "0"
    significant = digits.rstrip("0")
    if len(exponent or "") > 9:
        return f"{sign}{significant}e{exponent}"
    # The value is 0.digits × 10^point.
    point = len(digits) - len(fraction) + int(exponent or 0)
    if exponent and not -_LONGEST_EXPONENT <= point <= _LONGEST_EXPONENT + len(significant):
        return f"{sign}{significant}e{point - len(significant)}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{significant}"
    if point >= len(significant):
        return sign + significant + "0" * (point - len(significant))
    return f"{sign}{significant[:point]}.{significant[point:]}"


def canonical_json(value: object) -> str:
    """JSON text with sorted keys, no spaces and plain numbers; `value` has numbers as Number."""
    if isinstance(value, Number):
        return plain_number(value)
    if isinstance(value, dict):
        members = (f"{_text(key)}:{canonical_json(value[key])}" for key in sorted(value))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical_json, value)) + "]"
    return _text(value)


def property_texts(properties: dict[str, object]) -> str | None:
    """The log's column property_texts: JSON object of key → canonical text, null if none is needed.

    It has arrays and objects, and the numbers whose text DuckDB would not give in plain
    decimal form: with an exponent, over 15 digits, below 0.0001, negative zero.
    """
    texts = {
        key: canonical_json(value)
        for key, value in properties.items()
        if isinstance(value, (dict, list)) or (isinstance(value, Number) and _is_odd(value))
    }
    return _text(texts) if texts else None


def _is_odd(number: Number) -> bool:
    sign, whole, fraction, exponent = _pieces(number)
    digits = (whole + fraction).lstrip("0")
    if exponent is not None or len(digits) > EXACT_DIGITS:
        return True
    if not digits:
        return bool(sign)
    return whole == "0" and fraction.startswith("0000")


def _pieces(number: str) -> tuple[str, str, str, str | None]:
    """(Sign, whole part, fraction, exponent) of a JSON number."""
    found = _NUMBER.fullmatch(number)
    if found is None:
        raise ValueError(f"{number!r} is not a JSON number")
    sign, whole, fraction, exponent = found.groups()
    return sign, whole, fraction or "", exponent


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
