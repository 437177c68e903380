"""Flat properties without escapes, by their quotes.

Inside such an object every other stretch between quotes is a text. What stands between two texts
says what they are: `:` a key and its value, `,` a value and the next key, `:12,` a key whose value
is no text and the next key; `}` and `:12}` end the object. One space may follow a colon or a comma.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from raw_events.validation.grammar import BARE
from raw_events.validation.words import MASKS, Flags, Places, Text, Words, are_digits, digits

# Keys of an object are compared each with each: past this the exact path is no slower.
MAX_KEYS = 48
_MOST_DIGITS = 15
_SPACE, _COLON, _COMMA, _CLOSE, _ZERO = b" :,}0"
_PRIMES = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


@dataclass(frozen=True)
class Strings:
    """The n texts in the properties of some events, in order; all arrays are (n,).

    `event`: the index of each one's event. `open` and `close`: where its quotes are, `next` where
    the quote of the next text is, or the end of the properties if it `is_last`.
    """

    event: Places
    open: Places
    close: Places
    next: Places
    is_last: Flags

    @classmethod
    def between(cls, quotes: Places, first: Places, counts: Places, ends: Places) -> "Strings":
        """Of each of m events the texts between `counts` quotes from number `first` on.

        `quotes` has the places of all quotes. `first`, `counts` (even, 2 at least) and `ends`,
        where the properties end, are (m,).
        """
        strings = counts // 2
        behind = np.cumsum(strings)
        event = np.repeat(np.arange(len(counts)), strings)
        at = np.repeat(first - 2 * (behind - strings), strings) + 2 * np.arange(len(event))
        following = quotes.take(at + 2, mode="clip")
        following[behind - 1] = ends
        is_last = np.zeros(len(event), bool)
        is_last[behind - 1] = True
        return cls(event, quotes[at], quotes[at + 1], following, is_last)


def plain_properties(text: Text, strings: Strings, events: int) -> Flags:
    """Which of the events have properties that are plain beyond doubt: (events,).

    Those are objects as grammar.PLAIN_LINE has them, with no key twice; the first quote is known
    to follow the brace.
    """
    is_bad, is_key = _roles(text, strings)
    is_fit: Flags = np.ones(events, bool)
    is_fit[strings.event[is_bad]] = False
    is_fit[_with_key_twice(text, strings, is_key)] = False
    return is_fit


def _roles(text: Text, strings: Strings) -> tuple[Flags, Flags]:
    """(Which texts are followed by something that may not follow, which are keys.)"""
    start, stop = strings.close + 1, strings.next
    sign = text.bytes[start]
    # After the sign, and before the comma or brace at the end, with at most one space each.
    inner = start + 1 + (text.bytes[start + 1] == _SPACE)
    is_empty = inner >= stop
    last = stop - 1 - ((text.bytes[stop - 1] == _SPACE) & ~strings.is_last)
    ending = text.bytes[last]
    is_value_next = (sign == _COLON) & (inner == stop) & ~strings.is_last
    is_key_next = (sign == _COMMA) & (inner == stop) & ~strings.is_last
    is_end = strings.is_last & (sign == _CLOSE) & (stop == start + 1)
    has_scalar = (sign == _COLON) & ~is_empty & ~is_value_next & (last > inner)
    has_scalar &= ending == np.where(strings.is_last, _CLOSE, _COMMA)
    chosen = np.flatnonzero(has_scalar)
    has_scalar[chosen] = _are_scalars(text, inner[chosen], last[chosen])
    # A text is a value exactly when a colon alone stands before it.
    is_key = np.ones(len(sign), bool)
    is_key[1:] = ~is_value_next[:-1]
    is_good = np.where(is_key, is_value_next | has_scalar, is_key_next | is_end)
    return ~is_good, is_key


def _are_scalars(text: Text, starts: Places, ends: Places) -> Flags:
    """Which stretches are a number, true, false or null (grammar.BARE)."""
    sizes = ends - starts
    low = digits(text.words[starts], np.minimum(sizes, 8))
    high = digits(text.words[starts + 8], np.clip(sizes - 8, 0, 8))
    is_scalar: Flags = are_digits(low) & are_digits(high) & (sizes <= _MOST_DIGITS)
    is_scalar &= (text.bytes[starts] != _ZERO) | (sizes == 1)
    rest = np.flatnonzero(~is_scalar)
    if len(rest):
        texts = text.slices(starts[rest], ends[rest])
        matches = pc.match_substring_regex(texts, rf"^(?:{BARE})\z")
        is_scalar[rest] = matches.to_numpy(zero_copy_only=False)
    return is_scalar


def _with_key_twice(text: Text, strings: Strings, is_key: Flags) -> Places:
    """The events that perhaps name a key twice; none that does is left out."""
    event = strings.event[is_key]
    start, size = strings.open[is_key] + 1, (strings.close - strings.open)[is_key] - 1
    # Equal keys have equal marks; different ones hardly ever.
    mark: Words = (text.words[start] & MASKS[np.minimum(size, 8)]) * _PRIMES[0]
    tail = text.words[np.maximum(start + size - 8, start)] & MASKS[np.minimum(size, 8)]
    mark ^= tail * _PRIMES[1] + size.astype(np.uint64) * _PRIMES[2]
    found: list[Places] = []
    for distance in range(1, MAX_KEYS + 1):
        is_same_event = event[distance:] == event[:-distance]
        if not is_same_event.any():
            return np.concatenate(found) if found else np.zeros(0, np.int64)
        found.append(event[distance:][is_same_event & (mark[distance:] == mark[:-distance])])
    found.append(event[MAX_KEYS:][event[MAX_KEYS:] == event[:-MAX_KEYS]])
    return np.concatenate(found)
