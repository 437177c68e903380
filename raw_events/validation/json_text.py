"""Strict JSON (RFC 8259), read so that nothing of it is lost: repeated keys, numbers as written.

Guards against what Python's own reader lets pass or changes: a key that is given twice, NaN, a
lone surrogate, a float in the place of the digits that were sent.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from raw_events.validation.numbers import Number

_SPACE = re.compile(r"[ \t\n\r]*")
# An escape counts where an even number of backslashes stands before it.
_ESCAPES = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_BRACKETS_AND_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


def text_fault(text: str) -> str | None:
    """What no text may have, escaped or not: NUL, half a surrogate pair. None if it has neither."""
    if "\0" in text:
        return "a NUL character"
    if "\\u" not in text:
        return None
    high_until = -1
    for escape in _ESCAPES.finditer(text):
        code = int(escape[1] or "1", 16)
        follows_high = escape.start() == high_until
        if high_until >= 0 and not (follows_high and 0xDC00 <= code <= 0xDFFF):
            return "a lone surrogate"
        if high_until < 0 and 0xDC00 <= code <= 0xDFFF:
            return "a lone surrogate"
        high_until = escape.end() if 0xD800 <= code <= 0xDBFF else -1
        if code == 0:
            return "an escaped NUL character"
    return "a lone surrogate" if high_until >= 0 else None


def depth_of(text: str) -> int:
    """How many levels of arrays and objects the text opens, whether it is JSON or not."""
    depth = deepest = 0
    for token in _BRACKETS_AND_STRINGS.findall(text):
        if token in ("[", "{"):
            depth += 1
            deepest = max(deepest, depth)
        elif token in ("]", "}"):
            depth -= 1
    return deepest


def decoder(twice: list[str]) -> json.JSONDecoder:
    """A decoder whose numbers are Number and which adds keys that an object repeats to `twice`.

    It raises ValueError if the text is not JSON; json_fault() says what is wrong.
    """

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        keys = dict(pairs)
        if len(keys) < len(pairs):
            twice.append(first_repeated(key for key, _ in pairs))
        return keys

    return json.JSONDecoder(
        object_pairs_hook=unique, parse_float=Number, parse_int=Number, parse_constant=_refuse
    )


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


# For who asks of numbers only that they are some: a tenth of the time of Number, any key twice.
KINDS_ALONE = json.JSONDecoder(parse_int=float, parse_constant=_refuse)


def members_of(
    text: str, twice: list[str], reader: json.JSONDecoder | None = None
) -> list[tuple[str, Any, str]] | None:
    """(key, value, value as written) of a JSON object, None for another value.

    Keys that an object inside names twice are added to `twice`. Raises ValueError if the text is
    not JSON.
    """
    decode = (reader or decoder(twice)).raw_decode
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        _, at = decode(text, at)
        _end(text, at)
        return None
    members: list[tuple[str, Any, str]] = []
    at = _skip(text, at + 1)
    if text[at : at + 1] == "}":
        _end(text, at + 1)
        return members
    while True:
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("a key in double quotes is expected", text, at)
        key, at = decode(text, at)
        at = _expect(text, at, ":")
        start = _skip(text, at)
        value, at = decode(text, start)
        members.append((key, value, text[start:at]))
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            _end(text, at + 1)
            return members
        at = _skip(text, _expect(text, at, ","))


def json_fault(error: ValueError) -> str:
    """What the ValueError of a text that is not JSON says, and at which character."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return str(error)


def first_repeated(names: Iterable[str]) -> str:
    """The first name that comes again; in one pass, for a line may have 100,000 keys."""
    counts = Counter(names)
    return next(name for name, count in counts.items() if count > 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _expect(text: str, at: int, sign: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != sign:
        raise json.JSONDecodeError(f"{sign!r} is expected", text, at)
    return at + 1


def _end(text: str, at: int) -> None:
    at = _skip(text, at)
    if at < len(text):
        raise json.JSONDecodeError("nothing more is expected", text, at)
