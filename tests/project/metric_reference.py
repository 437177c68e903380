"""The reference metrics a second time, in plain Python: fractions, loops, no SQL.

Each function takes the events of one window and gives {group: quantity}, a group being the texts
of the metric's group keys. Written from the rules, so that the SQL agrees only if both are right.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
TEN_DECIMALS = Decimal("0.0000000001")
Group = tuple[str | None, ...]


@dataclass(frozen=True)
class Event:
    """An event of a window; `properties` as JSON parsed with Decimal numbers."""

    seq: int
    event_type: str
    timestamp: datetime
    properties: dict


@dataclass(frozen=True)
class Window:
    """A window and its events, ordered by the log; `earlier` are those before it (S-56)."""

    start: datetime
    end: datetime
    events: list[Event]
    earlier: list[Event] = field(default_factory=list)

    @property
    def days(self) -> int:
        return (self.end - self.start).days


def text(value: object) -> str | None:
    """S-15: the text of a property."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        plain = f"{Decimal(value):f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def number(value: object) -> Fraction | None:
    """S-10: the number of a property, with 10 decimals."""
    sent = f"{value:f}" if isinstance(value, Decimal) else text(value)
    if sent is None or not NUMBER.fullmatch(sent):
        return None
    with localcontext(prec=400):
        exact = Decimal(sent)
        return (
            None if abs(exact) >= 10**15 else Fraction(exact.quantize(TEN_DECIMALS, ROUND_HALF_UP))
        )


def rounded(value: Fraction) -> Decimal:
    """10 decimals, half away from zero (S-18)."""
    scaled = abs(value) * 10**10
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    with localcontext(prec=60):
        return Decimal(whole if value >= 0 else -whole).scaleb(-10)


def groups(window: Window, *keys: str) -> dict[Group, list[Event]]:
    """The window's events by the texts of their group keys."""
    found = defaultdict(list)
    for event in window.events:
        found[tuple(text(event.properties.get(key)) for key in keys)].append(event)
    return found


def numbers(events: list[Event], key: str) -> list[Fraction]:
    return [n for event in events if (n := number(event.properties.get(key))) is not None]


def by_group(*keys: str) -> Callable:
    """A metric from a function of one group's events and its window; None gives no row."""

    def metric(quantity: Callable[[list[Event], Window], Fraction | None]) -> Callable:
        def values(window: Window) -> dict[Group, Decimal]:
            found = {g: quantity(events, window) for g, events in groups(window, *keys).items()}
            return {group: rounded(value) for group, value in found.items() if value is not None}

        return values

    return metric


def distinct(events: list[Event], key: str) -> int:
    return len({text(event.properties.get(key)) for event in events} - {None})


def by_day(events: list[Event]) -> list[list[Event]]:
    days = defaultdict(list)
    for event in events:
        days[event.timestamp.date()].append(event)
    return list(days.values())


def tokens(events: list[Event], output_weight: int) -> Fraction:
    return sum(numbers(events, "input_tokens")) + output_weight * sum(
        numbers(events, "output_tokens")
    )


def percentile(values: list[Fraction]) -> Fraction | None:
    for value in sorted(values):
        if sum(other <= value for other in values) * 100 >= 95 * len(values):
            return value
    return None


def daily_maxima(events: list[Event]) -> list[Fraction]:
    return [max(values) for day in by_day(events) if (values := numbers(day, "gb"))]


def in_order(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.timestamp, event.seq))


def with_gb(events: list[Event]) -> list[Event]:
    return [event for event in in_order(events) if number(event.properties.get("gb")) is not None]


def microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def time_average(events: list[Event], window: Window) -> Fraction | None:
    samples = with_gb(events)
    begins = [max(event.timestamp, window.start) for event in samples]
    ends = [*begins[1:], window.end]
    held = [microseconds(end - begin) for begin, end in zip(begins, ends, strict=False)]
    integral = sum(
        number(event.properties["gb"]) * span for event, span in zip(samples, held, strict=True)
    )
    return integral / microseconds(window.end - window.start) if samples else None


def instance_seconds(window: Window) -> dict[Group, Decimal]:
    """Per instance, over all types: so not by group first."""
    totals: dict[Group, Fraction] = defaultdict(Fraction)
    for signals in groups(window, "instance_id").values():
        ordered = in_order(signals)
        ends = [event.timestamp for event in ordered[1:]] + [window.end]
        for event, end in zip(ordered, ends, strict=True):
            begin = max(event.timestamp, window.start)
            span = min(end, event.timestamp + timedelta(seconds=900)) - begin
            is_over = event.timestamp < window.start and span <= timedelta(0)
            if event.event_type != "instance_stop" and not is_over:
                seconds = Fraction(microseconds(span), 10**6)
                totals[(text(event.properties.get("instance_type")),)] += seconds
    return {group: rounded(value) for group, value in totals.items()}


def carrying(*by: str, having: str | None = None) -> Callable:
    """A rule over the window's events and the latest of each combination before it (S-56)."""

    def with_state(rule: Callable) -> Callable:
        def values(window: Window) -> dict[Group, Decimal]:
            latest: dict[Group, Event] = {}
            for event in in_order(window.earlier):
                if having is None or number(event.properties.get(having)) is not None:
                    latest[tuple(text(event.properties.get(key)) for key in by)] = event
            return rule(Window(window.start, window.end, [*latest.values(), *window.events]))

        return values

    return with_state


def largest(values: list[Fraction]) -> Fraction | None:
    return max(values, default=None)


WEIGHTS = {"large": Fraction(5, 2), "free": Fraction(0)}


def weighted(events: list[Event], window: Window) -> Fraction:
    return tokens(events, 1) * WEIGHTS.get(text(events[0].properties.get("model")), Fraction(1))


def errors(events: list[Event]) -> int:
    return sum(value >= 500 for value in numbers(events, "status"))


# (metric, version) → events of one window → {group: quantity}
REFERENCE = {
    ("api_calls", 1): by_group("region", "user_id")(lambda e, w: Fraction(len(e))),
    ("api_errors_ratio", 1): by_group("region")(lambda e, w: Fraction(errors(e), len(e))),
    ("api_latency_p95", 1): by_group("region")(lambda e, w: percentile(numbers(e, "latency_ms"))),
    ("active_users", 1): by_group("region")(lambda e, w: Fraction(distinct(e, "user_id"))),
    ("llm_tokens", 1): by_group("model", "user_id")(lambda e, w: Fraction(tokens(e, 1))),
    ("llm_tokens", 2): by_group("model", "user_id")(lambda e, w: Fraction(tokens(e, 4))),
    ("llm_tokens_weighted", 1): by_group("model")(weighted),
    ("transfer_bytes", 1): by_group("region", "direction")(
        lambda e, w: Fraction(sum(numbers(e, "bytes")))
    ),
    ("peak_connections", 1): by_group("region")(lambda e, w: largest(numbers(e, "connections"))),
    ("min_free_gb", 1): by_group("region")(lambda e, w: min(numbers(e, "free_gb"), default=None)),
    ("storage_gb_latest", 1): by_group("region")(
        lambda e, w: number(with_gb(e)[-1].properties["gb"]) if with_gb(e) else None
    ),
    ("storage_gb_latest", 2): carrying("region", having="gb")(
        by_group("region")(
            lambda e, w: number(with_gb(e)[-1].properties["gb"]) if with_gb(e) else None
        )
    ),
    ("storage_gb_daily_avg", 1): by_group("region")(
        lambda e, w: (sum(m) / len(m)) if (m := daily_maxima(e)) else None
    ),
    ("storage_gb_daily_avg", 2): by_group("region")(
        lambda e, w: (sum(m) / w.days) if (m := daily_maxima(e)) else None
    ),
    ("storage_gb_time_avg", 1): by_group("region")(time_average),
    ("storage_gb_time_avg", 2): carrying("region", having="gb")(by_group("region")(time_average)),
    ("instance_seconds", 1): instance_seconds,
    ("instance_seconds", 2): carrying("instance_id")(instance_seconds),
    ("seats_by_day", 1): by_group("plan")(
        lambda e, w: Fraction(sum(distinct(day, "user_id") for day in by_day(e)), w.days)
    ),
}
