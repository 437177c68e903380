"""Instants as nearly all are sent, `2026-01-31T12:00:00.000000Z`, by the word."""

from calendar import monthrange
from datetime import UTC, datetime

import numpy as np

from raw_events.validation.event import FURTHEST_AHEAD, OLDEST
from raw_events.validation.rules import microseconds
from raw_events.validation.words import Flags, Places, Text, are_digits, digits, number, word

_DAY, _HOUR, _MINUTE, _SECOND = 86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000
# Length without fraction and zone.
_WHOLE = 19
_DIGITS = 6
# Events of one file are of few months; each costs a look at all lines.
_MOST_MONTHS = 12
# As digits() leaves what stands between the digits: zero where it is the character that belongs.
_DATE, _TIME, _SECONDS = (
    word(pattern) ^ word(pattern.translate(bytes.maketrans(b"-T:", b"000")))
    for pattern in (b"0000-00-", b"00T00:00", b":00")
)


def plain_instants(
    text: Text, starts: Places, ends: Places, as_of: datetime | None
) -> tuple[Places, Flags]:
    """(µs since 1970 UTC, whether they are beyond doubt), both (n,), of n texts in `text`.

    They stand from `starts` to `ends` (behind the last character). An instant that is not beyond
    doubt has any number.

    Beyond doubt is a text in UTC, with Z or +00:00 and at most six digits of a second, that is an
    instant inside S-6 as of `as_of` (None: any instant, S-62); anything else is for
    validation.rules.
    """
    sizes = ends - starts
    is_fit = (sizes > _WHOLE) & (sizes <= _WHOLE + 1 + _DIGITS + 6)
    zone = np.where(text.bytes[ends - 1] == ord("Z"), 1, 6)
    is_fit &= (zone == 1) | text.has(ends - 6, b"+00:00")
    fraction = sizes - _WHOLE - zone - 1
    is_fit &= (fraction == -1) | ((fraction >= 1) & (fraction <= _DIGITS))
    is_fit &= (fraction == -1) | (text.bytes[starts + _WHOLE] == ord("."))
    date = digits(text.words[starts], 8) ^ _DATE
    time = digits(text.words[starts + 8], 8) ^ _TIME
    seconds = digits(text.words[starts + 16], 3) ^ _SECONDS
    part = digits(text.words[starts + _WHOLE + 1], np.clip(fraction, 0, _DIGITS))
    for values in (date, time, seconds, part):
        is_fit &= are_digits(values)
    # YYYY0MM0, DD0HH0MM and 0SS00000: the characters between became zeros.
    month_codes, day_codes, second_codes = number(date), number(time), number(seconds)
    day, hour, minute = day_codes // 1_000_000, day_codes // 1_000 % 1_000, day_codes % 1_000
    second = second_codes // 100_000
    instants: Places = np.zeros(len(starts), np.int64)
    last_day: Places = np.zeros(len(starts), np.int64)
    months = _months(as_of) if as_of else _months_of(month_codes[is_fit])
    for code, first, days in months:
        is_month = month_codes == code
        instants[is_month] = first
        last_day[is_month] = days
    is_fit &= (day >= 1) & (day <= last_day) & (hour <= 23) & (minute <= 59) & (second <= 59)
    instants += (day - 1) * _DAY + hour * _HOUR + minute * _MINUTE + second * _SECOND
    instants += number(part) // 100
    if as_of:
        is_fit &= instants >= microseconds(as_of - OLDEST)
        is_fit &= instants <= microseconds(as_of + FURTHEST_AHEAD)
    return instants, is_fit


def _months(as_of: datetime) -> list[tuple[int, int, int]]:
    """(YYYY0MM0, first instant, days) of each month that an event as of `as_of` may be from."""
    months = []
    first, last = as_of - OLDEST, as_of + FURTHEST_AHEAD
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        months.append(_month(year, month))
        year, month = year + month // 12, month % 12 + 1
    return months


def _months_of(codes: Places) -> list[tuple[int, int, int]]:
    """The same of the months that are there, YYYY0MM0; of a file with many the first ones alone."""
    found = (divmod(code // 10, 1_000) for code in np.unique(codes)[:_MOST_MONTHS].tolist())
    return [_month(year, month) for year, month in found if year >= 1 and 1 <= month <= 12]


def _month(year: int, month: int) -> tuple[int, int, int]:
    begin = microseconds(datetime(year, month, 1, tzinfo=UTC))
    return year * 10_000 + month * 10, begin, monthrange(year, month)[1]
