"""A year's commit that waits for its payment, and what may become of it: for tests of S-73."""

from datetime import date, timedelta

from tests.commits.gate_history import DAY, Event, History, Invoice, Segment

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))
YEAR = Segment(JANUARY, date(2027, 1, 1))
BOUGHT = Invoice("buy", 1, JANUARY)


def month(start: date) -> tuple[date, date]:
    return start, (start + timedelta(days=31)).replace(day=1)


def usage(start: date, entry: int, version: int) -> Invoice:
    """The usage invoice of the month, by a run that had read the payments up to `version`."""
    return Invoice(f"usage.{start}.{entry}", entry, month(start)[1], month(start), version)


def paid(day: date, version: int = 1, invoice: str = "buy", status: str = "paid") -> Event:
    return Event(invoice, status, day, version)


def days(first: date, before: date) -> set[date]:
    return {first + DAY * n for n in range((before - first).days)}


ONE = History((YEAR,), {JANUARY: 100}, (BOUGHT,))
JAN_20, FEB_10, MAR_5 = date(2026, 1, 20), date(2026, 2, 10), date(2026, 3, 5)
END = YEAR.ending_before
TWO = History(
    (Segment(JANUARY, FEBRUARY), Segment(FEBRUARY, MARCH, 1), Segment(FEBRUARY, MARCH)),
    {JANUARY: 100, FEBRUARY: 100},
    (BOUGHT, Invoice("second", 2, FEBRUARY)),
)
