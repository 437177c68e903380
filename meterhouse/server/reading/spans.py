"""Which days a question about usage is about."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.parameters import Asked
from meterhouse.server.reading.reader import Reader

WINDOW_SIZES = ("HOUR", "DAY", "NONE")
_ALIGNED = "must be aligned to UTC midnight, such as 2026-01-01T00:00:00Z."
# An open period has its draft invoice from its first day on (S-43).
_PERIODS = """
    select distinct period_start, period_end
    from {invoices}
    where customer_id = $customer and invoice_type = 'usage' and status = 'draft'
        and period_start <= $today and period_end > $today
    order by all
    limit 10
"""


@dataclass(frozen=True)
class Span:
    """Days from `starting_on` to the one before `ending_before`; `by_day`, or as one window."""

    starting_on: date
    ending_before: date
    by_day: bool

    @property
    def windows(self) -> int:
        """How many windows there are."""
        return (self.ending_before - self.starting_on).days if self.by_day else 1

    def end_of(self, window_start: date) -> date:
        """The day before which a window ends."""
        return window_start + timedelta(days=1) if self.by_day else self.ending_before


def span_of(asked: Asked) -> Span:
    """`starting_on`, `ending_before` and `window_size`, all required.

    Raises Refused (400) for hours: usage is published by day.
    """
    by_day = by_day_of(asked)
    first, end = (_day(asked, name) for name in ("starting_on", "ending_before"))
    return _span(first, end, by_day)


def by_day_of(asked: Asked) -> bool:
    """Whether `window_size` is DAY, else it is NONE."""
    size = asked.choice("window_size", WINDOW_SIZES, required=True)
    if size == "HOUR":
        raise Refused(
            400,
            "window_size HOUR cannot be served: usage is published by day. Ask for DAY or NONE.",
        )
    return size == "DAY"


def open_period(reader: Reader, customer: str, by_day: bool) -> Span:
    """The customer's open billing period; Refused (400) if there is none, or several."""
    periods = reader.rows(_PERIODS, {"customer": customer, "today": reader.at.as_of.date()})
    if len(periods) != 1:
        shown = ", ".join(f"{row['period_start']} to {row['period_end']}" for row in periods)
        raise Refused(
            400,
            f"current_period cannot be served: customer {customer!r} has "
            + (f"open periods of several contracts ({shown})" if shown else "no open period")
            + ". Ask with starting_on and ending_before.",
        )
    return _span(periods[0]["period_start"], periods[0]["period_end"], by_day)


def _span(first: date, end: date, by_day: bool) -> Span:
    if end <= first:
        raise Refused(400, "ending_before must be at least one day after starting_on.")
    # One day as a whole is that day.
    return Span(first, end, by_day or end == first + timedelta(days=1))


def _day(asked: Asked, name: str) -> date:
    moment = asked.instant(name, required=True)
    if moment is None or moment.time() != time():
        raise Refused(400, f"{name} {_ALIGNED}")
    return moment.date()
