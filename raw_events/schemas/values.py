"""One value of a property, exactly: what it is, and which rule of its schema it breaks (S-64).

Numbers are compared as the decimals that were sent, however long. Where a schema asks for a number
and not also for text, a text that is a plain decimal is that number: a quantity may be sent as one
(S-10), and a CSV file has nothing else.
"""

import json
import re
from decimal import Decimal
from typing import Any

from raw_events.schemas.declared import Member, PropertySchema
from raw_events.validation.numbers import Number

# In the order in which they are looked for: a value breaks the first that it does not fit.
VALUE_RULES = ("type", "enum", "minimum", "maximum", "minLength", "maxLength", "pattern")
# S-10
PLAIN_DECIMAL = r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"
_PLAIN_DECIMAL = re.compile(PLAIN_DECIMAL)
_LONG_EXPONENT = re.compile(r"([eE][+-]?)0*([0-9]{15,})$")
_BY_SIGN = {'"': "string", "{": "object", "[": "array", "t": "boolean", "f": "boolean", "n": "null"}


def kind_of(value: Any) -> str:
    """The kind of a value that json_text.decoder gave; a whole number is a `number` too."""
    if isinstance(value, Number):
        return "number"
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, dict) else "array"


def kind_of_text(text: str) -> str:
    """The kind of a JSON value by the first character of its text."""
    return _BY_SIGN.get(text[0], "number")


def member_of(value: Any) -> Member:
    """A scalar as it is compared; 1.0 is 1, and 1 is neither "1" nor true."""
    return Member(kind_of(value), exact_number(value) if isinstance(value, Number) else value)


def exact_number(text: str) -> Decimal:
    """A plain decimal as it is written. An exponent beyond any bound keeps its sign alone."""
    return Decimal(_LONG_EXPONENT.sub(r"\g<1>99999999999999", text))


def is_whole(number: Decimal) -> bool:
    """Whether nothing stands behind the point: 1.0 and 10e-1 are whole."""
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{number} is not a number")
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return not any(digits) or exponent + zeros >= 0


def read_value(text: str, schema: PropertySchema) -> Member:
    """The JSON text of a value as `schema` reads it: its kind and what it is compared by."""
    kind = kind_of_text(text)
    if kind == "number":
        return Member(kind, exact_number(text))
    if kind != "string":
        return Member(kind, text == "true" if kind == "boolean" else None)
    said = json.loads(text)
    if schema.reads_numbers and _PLAIN_DECIMAL.fullmatch(said):
        return Member("number", exact_number(said))
    if schema.reads_booleans and said in ("true", "false"):
        return Member("boolean", said == "true")
    return Member(kind, said)


def broken_rule(value: Member, schema: PropertySchema) -> str | None:
    """The first of VALUE_RULES that a value breaks, None if it fits; read by `schema`.

    `pattern`, the last of them, is asked elsewhere, of many texts at once: Python's own matching
    may take for ever.
    """
    if schema.types and not _is_of(value, schema.types):
        return "type"
    if schema.enum is not None and value not in schema.enum:
        return "enum"
    if isinstance(value.value, Decimal):
        if schema.minimum is not None and value.value < schema.minimum:
            return "minimum"
        if schema.maximum is not None and value.value > schema.maximum:
            return "maximum"
    if isinstance(value.value, str):
        # Characters are code points, as in S-5.
        if schema.min_length is not None and len(value.value) < schema.min_length:
            return "minLength"
        if schema.max_length is not None and len(value.value) > schema.max_length:
            return "maxLength"
    return None


def _is_of(value: Member, types: tuple[str, ...]) -> bool:
    if value.kind in types:
        return True
    return "integer" in types and isinstance(value.value, Decimal) and is_whole(value.value)
