"""A whole request of events is judged before any of it is kept (S-62).

msgspec takes nearly every request: strict JSON, the fields of an event and no other, in a few
microseconds. What it does not take is looked at again by raw_events.validation.one_event, which has
the last word, so that the door and the landing behind it never disagree.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from raw_events.validation.event import (
    MAX_IDENTITY_CHARACTERS,
    MAX_LINE_BYTES,
    MAX_PROPERTIES,
    MAX_PROPERTIES_BYTES,
    reason_sentence,
)
from raw_events.validation.grammar import UTC_INSTANT
from raw_events.validation.one_event import Ages, event_fault

MOST_EVENTS = 100
# The code of a request that is no array of events; the others are those of events.
NOT_EVENTS = "not_events"

# In fewer bytes than this there is no room for too many properties: `"":1,`.
_FEW_BYTES = 5 * MAX_PROPERTIES
# Fewer are judged faster one by one.
_TOGETHER = 3

_Identity = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_IDENTITY_CHARACTERS)]


class _Object(msgspec.Struct, gc=False):
    """Any object: checked for being JSON, and read over."""


class _Event(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    transaction_id: _Identity
    customer_id: _Identity
    event_type: _Identity
    timestamp: str
    properties: _Object | None = None


class _Sized(msgspec.Struct, gc=False):
    properties: msgspec.Raw = msgspec.Raw(b"")


class _Wide(msgspec.Struct):
    properties: dict[str, msgspec.Raw] | None = None


# One more than there may be; what follows is read over, not collected.
_Items = msgspec.defstruct(
    "_Items",
    [(f"item_{number}", msgspec.Raw, msgspec.Raw(b"")) for number in range(MOST_EVENTS + 1)],
    array_like=True,
)
_items = msgspec.json.Decoder(_Items).decode
_event = msgspec.json.Decoder(_Event).decode
_sized = msgspec.json.Decoder(_Sized).decode
_wide = msgspec.json.Decoder(_Wide).decode
_view: Any = memoryview
_events = msgspec.json.Decoder(list[_Event]).decode
_utc_lines = re.compile(rf"(?:{UTC_INSTANT}(?:\n|\Z))+").fullmatch
_utc = re.compile(UTC_INSTANT).fullmatch
_NOT_READ = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_TOO_DEEP = "It is nested too deeply to be read"


class Faulty(Exception):
    """A request that is not kept: what is wrong, and with which event (`index`, from 0).

    docs/http.md lists the codes.
    """

    def __init__(self, message: str, index: int | None = None, code: str = NOT_EVENTS):
        super().__init__(message)
        self.message, self.index, self.code = message, index, code


class Slow(Exception):
    """Only the exact way can tell, and of the same bytes it may take fifty times as long."""


def judge(body: bytes, now: datetime, *, is_quick: bool = False) -> tuple[bytes, int]:
    """The events of a request as lines, each as it was sent, and how many. Raises Faulty.

    `now`, in UTC, is what their age is judged by. A line feed between the tokens of an event
    becomes a space: inside a text JSON has none. With `is_quick` raises Slow for what msgspec alone
    cannot tell.
    """
    items = _elements(body, is_quick)
    if not items:
        raise Faulty(f"There is no event in it: send an array of 1 to {MOST_EVENTS} events.")
    if len(items) > MOST_EVENTS:
        raise Faulty(f"There are more than {MOST_EVENTS} events in it; send several requests.")
    ages = Ages(now)
    if len(items) < _TOGETHER or not _are_ordinary(body, items, ages):
        _judge_each(items, ages, is_quick)
    if b"\n" in body:
        items = [bytes(item).replace(b"\n", b" ") for item in items]
    return b"\n".join(items) + b"\n", len(items)


def _are_ordinary(body: bytes, items: Sequence[Any], ages: Ages) -> bool:
    """Whether all events are beyond doubt right, looked at together: half the time of one by one.

    They are small, have their fields and no other, and moments of UTC on days that are let in.
    """
    if max(map(len, map(_view, items))) > _FEW_BYTES:
        return False
    try:
        texts = [event.timestamp for event in _events(body)]
    except _NOT_READ:
        return False
    joined = "\n".join(texts)
    return (
        # A line feed in a text would make two of one.
        joined.count("\n") == len(texts) - 1
        and _utc_lines(joined) is not None
        and {text[:10] for text in texts} <= ages.whole_days
    )


def _judge_each(items: Sequence[Any], ages: Ages, is_quick: bool) -> None:
    days = ages.whole_days
    for index, raw in enumerate(items):
        try:
            text = _event(raw).timestamp
            is_fit = (_utc(text) and text[:10] in days) or not ages.fault(text)
            if not is_fit or (len(memoryview(raw)) > _FEW_BYTES and not _is_narrow(raw)):
                _look_again(raw, ages, index, is_quick)
        except _NOT_READ:
            _look_again(raw, ages, index, is_quick)


def _is_narrow(raw: Any) -> bool:
    """Whether the event and its properties are beyond doubt within their limits."""
    size = len(memoryview(raw))
    if size > MAX_PROPERTIES_BYTES and (
        size > MAX_LINE_BYTES or len(memoryview(_sized(raw).properties)) > MAX_PROPERTIES_BYTES
    ):
        return False
    return len(_wide(raw).properties or ()) <= MAX_PROPERTIES


def _look_again(raw: Any, ages: Ages, index: int, is_quick: bool) -> None:
    if is_quick:
        raise Slow
    try:
        found = event_fault(bytes(raw), ages)
    except RecursionError:
        raise Faulty(f"{_TOO_DEEP}: event {index}.", index, "too_large") from None
    if found:
        raise _faulty(*found, index)


def _faulty(code: str, detail: str, index: int) -> Faulty:
    sentence = reason_sentence(code, detail or None)
    return Faulty(f"Event {index} of the request cannot be taken. {sentence}", index, code)


def _elements(body: bytes, is_quick: bool) -> Sequence[Any]:
    """The elements of the array that the body is; of more than there may be one too many."""
    try:
        found = msgspec.structs.astuple(_items(body))
    except RecursionError:
        raise Faulty(f"{_TOO_DEEP}.") from None
    except _NOT_READ as error:
        if is_quick:
            raise Slow from None
        return _elements_exactly(body, str(error))
    if found[-1]:
        return found
    return found[: found.index(_NOTHING)] if found[0] else ()


_NOTHING = msgspec.Raw(b"")


def _elements_exactly(body: bytes, why: str) -> list[bytes]:
    """The same by Python's own reader: half a surrogate pair is JSON all the same (RFC 8259)."""
    text = body.decode("utf-8", "surrogateescape")
    if text.strip(" \t\r\n")[:1] != "[":
        raise Faulty(f"The body is not a JSON array of events: {why}.")
    decode = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse).raw_decode
    try:
        return _stepped(text, decode)
    except RecursionError:
        raise Faulty(f"{_TOO_DEEP}.") from None
    except (ValueError, IndexError):
        raise Faulty(f"The body is not JSON (RFC 8259): {why}.") from None


def _stepped(text: str, decode: Any) -> list[bytes]:
    found: list[bytes] = []
    at = _over_space(text, _over_space(text, 0) + 1)
    while text[at] != "]" or found:
        _, end = decode(text, at)
        found.append(text[at:end].encode("utf-8", "surrogateescape"))
        at = _over_space(text, end)
        if text[at] == "]":
            break
        if text[at] != "," or len(found) > MOST_EVENTS:
            break
        at = _over_space(text, at + 1)
    if len(found) <= MOST_EVENTS and (text[at] != "]" or _over_space(text, at + 1) < len(text)):
        raise ValueError("something else behind an element")
    return found


def _over_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _refuse(constant: str) -> None:
    raise ValueError(constant)
