"""S-64 once more, slowly: the `jsonschema` package, told how this house reads numbers in texts."""

import json
import re
from decimal import Decimal, localcontext
from typing import Any

import jsonschema

# S-10, written down again.
PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def _whole(value: Decimal) -> Decimal:
    # As many digits as it takes: Python's own context has 28.
    with localcontext(prec=1_000, Emax=10**9, Emin=-(10**9)):
        return value.to_integral_value()


CHECKER = (
    jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "number", lambda _, value: isinstance(value, Decimal)
    )
    .redefine(
        "integer",
        lambda _, value: isinstance(value, Decimal) and value == _whole(value),
    )
    .redefine("array", lambda _, value: isinstance(value, list))
)


def _pattern(validator: Any, pattern: str, instance: Any, _: Any) -> Any:
    # ECMAScript's $ is the end of the text, and its \d and \w are ASCII.
    if isinstance(instance, str) and not re.search(
        re.sub(r"(?<!\\)\$", r"\\Z", pattern), instance, re.ASCII
    ):
        yield jsonschema.ValidationError("pattern")


VALIDATOR = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"pattern": _pattern}, type_checker=CHECKER
)


def load(text: str) -> Any:
    """JSON whose numbers are Decimals."""
    return json.loads(text, parse_int=Decimal, parse_float=Decimal)


def broken(schema: str, properties: str | None) -> set[tuple[str | None, str]]:
    """What properties break of a schema: (property, keyword); the property is null for others."""
    declared = load(schema)
    event = load(properties) if properties else {}
    for name, one in declared.get("properties", {}).items():
        if name in event:
            event[name] = _read(event[name], one)
    found: set[tuple[str | None, str]] = set()
    for error in VALIDATOR(declared).iter_errors(event):
        if error.validator == "required":
            missing = set(declared["required"]) - set(event)
            found |= {(name, "required") for name in missing}
        elif error.validator == "additionalProperties":
            found.add((None, "additionalProperties"))
        else:
            found.add((error.path[0], error.validator))
    return found


def _read(value: Any, one: dict[str, Any]) -> Any:
    """A text as what it says, where the schema asks for that and not also for text."""
    types = one.get("type", [])
    types = types if isinstance(types, list) else [types]
    if not types:
        kinds = {str: "string", Decimal: "number", bool: "boolean", type(None): "null"}
        types = [kinds[type(member)] for member in one.get("enum", [])]
        one["type"] = types or ["string", "number", "boolean", "null", "object", "array"]
    if not isinstance(value, str) or "string" in types:
        return value
    if {"number", "integer"} & set(types) and PLAIN.fullmatch(value):
        return Decimal(value)
    if "boolean" in types and value in ("true", "false"):
        return value == "true"
    return value
