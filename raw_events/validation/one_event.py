"""One event that arrives by itself, judged by what it says alone, before it is kept (S-62).

The HTTP server refuses a request for what is said here and leaves the rest to landing: a key that
is given twice, an encoding that no database takes, values nested too deeply. The limits and the
grammar are those of landing, so what is taken here is rejected there for nothing else.
"""

import re
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache

from raw_events.validation.event import (
    FURTHEST_AHEAD,
    IDENTITY_FIELDS,
    MAX_IDENTITY_CHARACTERS,
    MAX_LINE_BYTES,
    MAX_PROPERTIES,
    MAX_PROPERTIES_BYTES,
    OLDEST,
)
from raw_events.validation.grammar import RFC_3339
from raw_events.validation.json_text import KINDS_ALONE, json_fault, members_of
from raw_events.validation.one_line import event_of
from raw_events.validation.rules import microseconds

LEFT_TO_LANDING = ("bad_encoding", "duplicate_key", "too_large")

_RFC_3339 = re.compile(RFC_3339)
_UTC = ("Z", "+00:00")
_DAY, _SECOND = 86_400, 1_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()

Fault = tuple[str, str]


class Ages:
    """Which timestamps S-6 lets in at a moment, given in UTC.

    Of `whole_days` (`2026-01-31`) every moment of UTC is let in.
    """

    def __init__(self, now: datetime):
        self._now = now
        self.whole_days = _days((now - OLDEST).date() + timedelta(days=1), now.date())

    def fault(self, text: str) -> Fault | None:
        """(Reason, detail) for a timestamp that cannot be taken."""
        if not _RFC_3339.fullmatch(text):
            return "bad_timestamp", text[:100]
        if text[:10] in self.whole_days and text.endswith(_UTC):
            return None
        instant = _microseconds_of(text)
        if instant is None:
            return "bad_timestamp", text[:100]
        oldest, newest = self._bounds
        if instant < oldest:
            return "too_old", text[:100]
        return ("in_future", text[:100]) if instant > newest else None

    @cached_property
    def _bounds(self) -> tuple[int, int]:
        """The oldest and the newest instant, in µs since 1970."""
        return microseconds(self._now - OLDEST), microseconds(self._now + FURTHEST_AHEAD)


def event_fault(raw: bytes, ages: Ages) -> Fault | None:
    """(Reason, detail) of the first fault of an event, as it came; None if landing may have it.

    Exact, and slow (about 20 µs); sizes come first, so that what it costs follows from the limits.
    Raises RecursionError for what Python cannot read.
    """
    if len(raw) > MAX_LINE_BYTES:
        return "too_large", f"the event has {len(raw):,} bytes"
    # What is not UTF-8 is left to landing; here it may be any character.
    text = raw.decode("utf-8", "replace")
    try:
        members = members_of(text, [], KINDS_ALONE)
    except ValueError as error:
        return "not_json", json_fault(error)
    if members is None:
        return "not_an_object", ""
    for key, _, raw_value in members:
        size = len(raw_value.encode("utf-8", "replace")) if key == "properties" else 0
        if size > MAX_PROPERTIES_BYTES:
            return "too_large", f"properties have {size:,} bytes"
    event, _ = event_of(members)
    if event.early:
        return event.early, event.detail or ""
    for name in IDENTITY_FIELDS:
        characters = len(getattr(event, name))
        if characters > MAX_IDENTITY_CHARACTERS:
            return "too_long", f"{name} has {characters}"
    if event.property_count > MAX_PROPERTIES:
        return "too_many_properties", f"it has {event.property_count}"
    return ages.fault(event.timestamp_text or "")


@lru_cache(4)
def _days(first: date, last: date) -> frozenset[str]:
    days = range(first.toordinal(), last.toordinal() + 1)
    return frozenset(date.fromordinal(day).isoformat() for day in days)


def _microseconds_of(text: str) -> int | None:
    """µs since 1970 UTC of a text of RFC_3339; None if there is no such day."""
    year = int(text[:4])
    try:
        # Python has no year 0; it is as long as the year 400.
        days = date(year or 400, int(text[5:7]), int(text[8:10])).toordinal()
    except ValueError:
        return None
    days -= _EPOCH_DAY + (0 if year else 146_097)
    seconds = days * _DAY + int(text[11:13]) * 3_600 + int(text[14:16]) * 60 + int(text[17:19])
    if text[-1] not in "Zz":
        offset = int(text[-5:-3]) * 3_600 + int(text[-2:]) * 60
        seconds -= -offset if text[-6] == "-" else offset
    fraction = re.match(r"\.([0-9]+)", text[19:])
    return seconds * _SECOND + (int(fraction[1][:6].ljust(6, "0")) if fraction else 0)
