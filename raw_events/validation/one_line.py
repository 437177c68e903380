"""One line, exactly: what the set-based path leaves over (nested values, odd numbers, faults).

Slow (about 10 µs a line). It finds the same reasons in the same order, up to the point where the
fields are there; rules.py does the rest for both.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from raw_events.common.budget import GROWN_BYTES, ChunkTooLarge
from raw_events.validation.event import (
    FIELDS,
    MAX_DEPTH,
    MAX_LINE_BYTES,
    MAX_PROPERTIES_BYTES,
    REQUIRED_FIELDS,
)
from raw_events.validation.json_text import (
    decoder,
    depth_of,
    first_repeated,
    json_fault,
    members_of,
    text_fault,
)
from raw_events.validation.numbers import Number, property_texts


@dataclass(frozen=True)
class Parsed:
    """A line taken apart; columns as in rules.FIELDS_SCHEMA."""

    early: str | None = None
    detail: str | None = None
    transaction_id: str | None = None
    customer_id: str | None = None
    event_type: str | None = None
    timestamp_text: str | None = None
    given_instant: int | None = None
    properties: str | None = None
    property_texts: str | None = None
    property_count: int = 0


def within_budget(events: Iterable[Parsed], budget: int = GROWN_BYTES) -> list[Parsed]:
    """All of them. Raises ChunkTooLarge as soon as their canonical texts have `budget` characters.

    One event alone is always taken: 64 KiB of properties have at most 5 MB of canonical text.
    """
    taken: list[Parsed] = []
    grown = 0
    for event in events:
        grown += len(event.property_texts or "")
        if grown > budget and taken:
            raise ChunkTooLarge
        taken.append(event)
    return taken


def parse_line(line: bytes) -> Parsed:
    """Take one line (without its line feed) apart, or say why it cannot be taken."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        return Parsed("bad_encoding", f"byte {error.start + 1} of the line is not UTF-8")
    fault = text_fault(text)
    if fault:
        return Parsed("bad_encoding", fault)
    if len(line) > MAX_LINE_BYTES:
        return Parsed("too_large", f"the line has {len(line):,} bytes")
    if depth_of(text) > MAX_DEPTH:
        return Parsed("too_large", f"it is nested {depth_of(text):,} levels deep")
    twice: list[str] = []
    try:
        members = members_of(text, twice)
    except ValueError as error:
        return Parsed("not_json", json_fault(error))
    if members is None:
        return Parsed("not_an_object")
    for key, _, raw in members:
        if key == "properties" and len(raw.encode()) > MAX_PROPERTIES_BYTES:
            return Parsed("too_large", f"properties have {len(raw.encode()):,} bytes")
    return _event(members, twice)


def parse_properties(text: str) -> Parsed:
    """The properties of an event, made by rows.py: their canonical texts, or a repeated key."""
    twice: list[str] = []
    properties = decoder(twice).decode(text)
    if twice:
        return Parsed("duplicate_key", _short(twice[0]))
    return Parsed(property_texts=property_texts(properties))


def parse_given_properties(given: str, others: str | None) -> Parsed:
    """The properties of a row: the text of its column `properties`, beside those of `others`.

    `others` is the JSON object that other columns make; a key that both give is given twice (S-53).
    """
    fault = text_fault(given)
    if fault:
        return Parsed("bad_encoding", fault)
    if len(given.encode()) > MAX_PROPERTIES_BYTES:
        return Parsed("too_large", f"properties have {len(given.encode()):,} bytes")
    # The event around them is a level of its own.
    if depth_of(given) >= MAX_DEPTH:
        return Parsed("too_large", f"it is nested {depth_of(given) + 1:,} levels deep")
    twice: list[str] = []
    try:
        value = decoder(twice).decode(given)
    except ValueError as error:
        return Parsed("not_json", f"the column properties: {json_fault(error)}")
    if value is None:
        given = "{}"
    elif not isinstance(value, dict):
        return Parsed("bad_type", "properties are not an object")
    inside = [text.strip(" \t\r\n")[1:-1].strip(" \t\r\n") for text in (given, others or "{}")]
    text = "{" + ",".join(filter(None, inside)) + "}"
    if len(text.encode()) > MAX_PROPERTIES_BYTES:
        return Parsed("too_large", f"properties have {len(text.encode()):,} bytes")
    properties = decoder(twice).decode(text)
    if twice:
        return Parsed("duplicate_key", _short(twice[0]))
    return Parsed(
        properties=text if properties else None,
        property_texts=property_texts(properties),
        property_count=len(properties),
    )


def _event(members: list[tuple[str, Any, str]], twice: list[str]) -> Parsed:
    if len({key for key, _, _ in members}) < len(members):
        twice.insert(0, first_repeated(key for key, _, _ in members))
    if twice:
        return Parsed("duplicate_key", _short(twice[0]))
    event, properties = event_of(members)
    return event if event.early else replace(event, property_texts=property_texts(properties))


def event_of(members: list[tuple[str, Any, str]]) -> tuple[Parsed, dict[str, Any]]:
    """The event that the members of a line are, or why they are none; of a key the last counts.

    Beside it its properties; their canonical texts, which cost most, are left to the caller.
    """
    values = {key: value for key, value, _ in members}
    unknown = next((key for key in values if key not in FIELDS), None)
    if unknown is not None:
        return Parsed("unknown_field", _short(unknown)), {}
    missing = next((name for name in REQUIRED_FIELDS if values.get(name) in (None, "")), None)
    if missing:
        return Parsed("missing_field", missing), {}
    for name in REQUIRED_FIELDS:
        if not isinstance(values[name], str) or isinstance(values[name], Number):
            return Parsed("bad_type", f"{name} is not a string"), {}
    properties = values.get("properties")
    if not isinstance(properties, (dict, type(None))):
        return Parsed("bad_type", "properties are not an object"), {}
    event = Parsed(
        transaction_id=values["transaction_id"],
        customer_id=values["customer_id"],
        event_type=values["event_type"],
        timestamp_text=values["timestamp"],
        properties={key: raw for key, _, raw in members}["properties"]
        if properties is not None
        else None,
        property_count=len(properties or {}),
    )
    return event, properties or {}


def _short(key: str) -> str:
    return json.dumps(key[:100], ensure_ascii=False)
