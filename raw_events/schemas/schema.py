"""The dialect of schemas: flat JSON Schema over the properties of one event type (S-64).

    {"type": "object",
     "properties": {"minutes": {"type": "number", "minimum": 0, "maximum": 1440},
                    "model": {"type": "string", "enum": ["small", "large"]}},
     "required": ["minutes"],
     "additionalProperties": true}

Whatever else JSON Schema knows is refused by name: a keyword that judged nothing would be taken
for a promise.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from raw_events.schemas.declared import KINDS, Member, PropertySchema
from raw_events.schemas.pattern import pattern_problem
from raw_events.schemas.values import exact_number, kind_of, member_of
from raw_events.validation.event import MAX_DEPTH, MAX_PROPERTIES
from raw_events.validation.json_text import decoder, depth_of, json_fault, text_fault
from raw_events.validation.numbers import Number

MAX_SCHEMA_BYTES = 256 * 1024
MAX_MEMBERS = 1_000
# So long a text is no property (S-5).
_LONGEST_TEXT = 1_000_000
_MOST_DIGITS = 60
# What describes and judges nothing.
NOTES = ("title", "description")
DIALECT = "https://json-schema.org/draft/2020-12/schema"
OF_NUMBERS = ("minimum", "maximum")
OF_TEXTS = ("minLength", "maxLength", "pattern")
TOP = ("$schema", *NOTES, "type", "properties", "required", "additionalProperties")
INSIDE = (*NOTES, "type", "enum", *OF_NUMBERS, *OF_TEXTS)


@dataclass(frozen=True)
class EventSchema:
    """What the properties of one event type may be; `properties` in the order of the file.

    A property that is only required stands among them.
    """

    properties: tuple[PropertySchema, ...] = ()
    takes_others: bool = True
    by_name: dict[str, PropertySchema] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a schema: at which keyword, like `properties.minutes.format`, and why."""

    keyword: str
    sentence: str


def read_schema(text: bytes) -> tuple[EventSchema | None, list[Problem]]:
    """The schema that a file says, or what is wrong with it: one of the two is empty."""
    problems: list[Problem] = []
    value = _json(text, problems)
    if not problems:
        schema = _read(value, problems)
    return (None, problems) if problems else (schema, [])


def _json(text: bytes, problems: list[Problem]) -> Any:
    def refuse(why: str) -> None:
        problems.append(Problem("", why))

    if len(text) > MAX_SCHEMA_BYTES:
        return refuse(f"It has {len(text):,} bytes, and the most is {MAX_SCHEMA_BYTES:,}.")
    try:
        given = text.decode("utf-8")
    except UnicodeDecodeError as error:
        return refuse(f"Byte {error.start + 1} is not UTF-8.")
    if fault := text_fault(given):
        return refuse(f"It has {fault}.")
    if depth_of(given) > MAX_DEPTH:
        return refuse(f"It is nested {depth_of(given):,} levels deep.")
    twice: list[str] = []
    try:
        value = decoder(twice).decode(given)
    except ValueError as error:
        return refuse(f"It is not JSON: {json_fault(error)}.")
    if twice:
        return refuse(f'The key "{twice[0]}" stands twice in one object.')
    return value


def _read(value: Any, problems: list[Problem]) -> EventSchema:
    if not isinstance(value, dict):
        problems.append(Problem("", "A schema is a JSON object."))
        return EventSchema()
    _known(value, TOP, "", problems)
    if value.get("$schema", DIALECT) != DIALECT or isinstance(value.get("$schema"), Number):
        problems.append(Problem("$schema", f"The dialect is {DIALECT}, or leave it out."))
    if value.get("type", "object") != "object":
        problems.append(Problem("type", 'The properties of an event are an "object".'))
    declared = value.get("properties", {})
    if not isinstance(declared, dict):
        problems.append(Problem("properties", "It is an object: property name → what it may be."))
        declared = {}
    required = _names(value.get("required", []), problems)
    others = value.get("additionalProperties", True)
    if not isinstance(others, bool):
        problems.append(Problem("additionalProperties", "It is true or false."))
    names = [*declared, *(name for name in required if name not in declared)]
    if others is False and len(names) > len(declared):
        problems.append(Problem("required", f"{names[-1]} is not among the properties: none fits."))
    if len(names) > MAX_PROPERTIES:
        problems.append(Problem("properties", f"An event has at most {MAX_PROPERTIES:,} (S-5)."))
    properties = tuple(
        _property(name, declared.get(name, {}), name in required, problems) for name in names
    )
    return EventSchema(properties, others is True, {one.name: one for one in properties})


def _known(value: dict[str, Any], known: tuple[str, ...], at: str, problems: list[Problem]) -> None:
    for keyword, said in value.items():
        if keyword not in known:
            problems.append(
                Problem(f"{at}{keyword}", f"It is not judged here; known are {', '.join(known)}.")
            )
        elif keyword in NOTES and not _is_text(said):
            problems.append(Problem(f"{at}{keyword}", "It is a text."))


def _names(value: Any, problems: list[Problem]) -> list[str]:
    if not isinstance(value, list) or not all(map(_is_text, value)):
        problems.append(Problem("required", "It is a list of property names."))
        return []
    if len(set(value)) < len(value):
        problems.append(Problem("required", "It names a property twice."))
    return value


def _property(name: str, value: Any, is_required: bool, problems: list[Problem]) -> PropertySchema:
    at = f"properties.{name}."
    if not isinstance(value, dict):
        problems.append(Problem(at[:-1], "It is an object of keywords; {} takes any value."))
        return PropertySchema(name, is_required=is_required)
    _known(value, INSIDE, at, problems)
    enum = _enum(value, at, problems)
    types = _types(value, at, problems)
    if not types and enum:
        # What is listed says what it is: [1, 2] are numbers.
        types = tuple(dict.fromkeys(member.kind for member in enum))
    for keywords, wanted in ((OF_NUMBERS, ("number", "integer")), (OF_TEXTS, ("string",))):
        for keyword in keywords:
            if keyword in value and not set(types) & set(wanted):
                problems.append(Problem(at + keyword, f'It needs "type": "{wanted[0]}" beside it.'))
    low, high = (_bound(value, keyword, at, problems) for keyword in OF_NUMBERS)
    if low is not None and high is not None and low > high:
        problems.append(Problem(at + "minimum", "It is above the maximum: nothing would fit."))
    short, long = (_length(value, keyword, at, problems) for keyword in OF_TEXTS[:2])
    if short is not None and long is not None and short > long:
        problems.append(Problem(at + "minLength", "It is above maxLength: nothing would fit."))
    pattern = value.get("pattern")
    if pattern is not None:
        why = pattern_problem(pattern) if _is_text(pattern) else "it is no text."
        if why:
            problems.append(Problem(at + "pattern", f"This pattern is refused: {why}"))
    return PropertySchema(name, types, enum, low, high, short, long, pattern, is_required)


def _types(value: dict[str, Any], at: str, problems: list[Problem]) -> tuple[str, ...]:
    given = value.get("type", [])
    types = given if isinstance(given, list) else [given]
    if "type" in value and (
        not types or len(set(map(str, types))) < len(types) or not set(map(str, types)) <= {*KINDS}
    ):
        problems.append(
            Problem(at + "type", f"It is one of {', '.join(KINDS)}, or a list of them.")
        )
        return ()
    return tuple(map(str, types))


def _enum(value: dict[str, Any], at: str, problems: list[Problem]) -> tuple[Member, ...] | None:
    if "enum" not in value:
        return None
    given = value["enum"]
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_MEMBERS:
        problems.append(Problem(at + "enum", f"It is a list of 1 to {MAX_MEMBERS:,} values."))
        return None
    if any(isinstance(one, (list, dict)) for one in given):
        problems.append(Problem(at + "enum", "Its values are texts, numbers, true, false or null."))
        return None
    if any(isinstance(one, Number) and _too_long(one) for one in given):
        problems.append(Problem(at + "enum", f"A number has at most {_MOST_DIGITS} digits."))
        return None
    members = tuple(map(member_of, given))
    if len(set(members)) < len(members):
        problems.append(Problem(at + "enum", "It names a value twice."))
    return members


def _bound(value: dict[str, Any], keyword: str, at: str, problems: list[Problem]) -> Decimal | None:
    if keyword not in value:
        return None
    given = value[keyword]
    if not isinstance(given, Number) or _too_long(given):
        problems.append(Problem(at + keyword, f"It is a number of at most {_MOST_DIGITS} digits."))
        return None
    return exact_number(given)


def _too_long(number: Number) -> bool:
    """Also written out: a bound of 1e999999999 is a typing error, and slow."""
    size = exact_number(number).adjusted()
    return len(number) > _MOST_DIGITS or not -_MOST_DIGITS < size < _MOST_DIGITS


def _length(value: dict[str, Any], keyword: str, at: str, problems: list[Problem]) -> int | None:
    if keyword not in value:
        return None
    given = value[keyword]
    if not (isinstance(given, Number) and given.isdecimal() and int(given[:9]) <= _LONGEST_TEXT):
        problems.append(Problem(at + keyword, "It is a whole number of characters, 0 or more."))
        return None
    return int(given)


def _is_text(value: Any) -> bool:
    return kind_of(value) == "string"
