"""Schemas and events by chance, close to each other's edges."""

import json
import random
from decimal import Decimal
from typing import Any

NUMBERS = [
    "0", "-0", "0.0", "1", "1.0", "10e-1", "1.5", "-1.5", "2", "9", "10", "10.00", "100", "1e2",
    "999999999999999", "1000000000000000", "1000000000000001", "9007199254740993",
    "12345678901234567890", "12345678901234567891", "0.1", "0.10", "0.1000000000000001", "1E400",
    "0.00001", "-12345678901234567890.5", "123456789012345.123456789012345", "1e-400",
]  # fmt: skip
TEXTS = [
    "", "a", "ab", "abc", "eu", "EU", "é", "😀", "😀😀", "a\nb", "ab\n", 'q"x', "back\\slash",
    "tab\t", "true", "false", "null", "+5", "005", "5.", ".5", "1_0", "0x1F", "NaN",
    "Infinity", " 5", "１",
    "\u2028", "a b", "u-42", "+1.50", "12345678901234567890", "1e2", "-0",
]  # fmt: skip
PATTERNS = [
    "^[a-z]+$",
    "b",
    "^.$",
    r"^\d+$",
    "^(?:eu|us)$",
    "[^a-z]",
    r"^\w{1,3}$",
    "a.b",
    r"\.",
    "^$",
]
NAMES = ["minutes", "model", "a/b", "x~y", "", "été", 'quo"te']
TYPES = ["string", "number", "integer", "boolean", "object", "array", "null"]


class Raw(float):
    """A number whose JSON is as written."""

    def __new__(cls, text: str) -> "Raw":
        made = super().__new__(cls, 0.0)
        made.text = text
        return made

    text: str

    def __repr__(self) -> str:
        return self.text


def text_of(value: Any) -> str:
    """JSON with its numbers as written."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        inside = (f"{json.dumps(key)}:{text_of(one)}" for key, one in value.items())
        return "{" + ",".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text_of, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def some_value(chance: random.Random) -> Any:
    kind = chance.random()
    if kind < 0.4:
        return Raw(chance.choice(NUMBERS))
    if kind < 0.55:
        return str(chance.choice(NUMBERS))
    if kind < 0.85:
        return chance.choice(TEXTS)
    return chance.choice([True, False, None, {}, {"minutes": 1}, [], [1, "a"]])


def some_members(chance: random.Random) -> list[Any]:
    """Scalars, no two of them equal."""
    found = {}
    for value in (some_value(chance) for _ in range(chance.randint(1, 5))):
        is_number = isinstance(value, Raw)
        if not isinstance(value, (list, dict)) and not (is_number and "400" in value.text):
            key = ("number", Decimal(value.text)) if is_number else (type(value), value)
            found.setdefault(key, value)
    return list(found.values()) or ["a"]


def some_schema(chance: random.Random) -> str:
    properties = {}
    for name in chance.sample(NAMES, chance.randint(0, 4)):
        one: dict[str, Any] = {}
        types = chance.sample(TYPES, chance.choice([0, 1, 1, 1, 2, 3]))
        if types:
            one["type"] = types[0] if len(types) == 1 else types
        if chance.random() < 0.3:
            one["enum"] = some_members(chance)
        if {"number", "integer"} & set(types):
            low, high = sorted((chance.choice(NUMBERS[:24]) for _ in range(2)), key=Decimal)
            if chance.random() < 0.4 and "400" not in low:
                one["minimum"] = Raw(low)
            if chance.random() < 0.4 and "400" not in high:
                one["maximum"] = Raw(high)
        if "string" in types:
            if chance.random() < 0.3:
                one["minLength"] = chance.randint(0, 2)
            if chance.random() < 0.3:
                one["maxLength"] = chance.randint(2, 4)
            if chance.random() < 0.4:
                one["pattern"] = chance.choice(PATTERNS)
        properties[name] = one
    schema: dict[str, Any] = {"properties": properties}
    if chance.random() < 0.6:
        schema["required"] = chance.sample(NAMES, chance.randint(0, 3))
    if chance.random() < 0.5:
        schema["additionalProperties"] = chance.random() < 0.5
    if not schema.get("additionalProperties", True):
        schema["required"] = [name for name in schema.get("required", []) if name in properties]
    return text_of(schema)


def some_properties(chance: random.Random) -> str | None:
    if chance.random() < 0.05:
        return None
    names = chance.sample(NAMES, chance.randint(0, len(NAMES)))
    return text_of({name: some_value(chance) for name in names})
