"""Values as a person reads them on an invoice. Exact: decimals are never made floats."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from rich import text as rich_text

from raw_events.common.text import shown, shown_lines


class Text(rich_text.Text):
    """Text for rich in which control characters are shown; all parts of reports are made of it."""

    def __init__(self, text: str = "", *style: Any, **options: Any):
        super().__init__(shown_lines(text), *style, **options)

    def append(self, text: "rich_text.Text | str", style: Any = None) -> "Text":
        """Append text; one that is a Text already is as it should be."""
        super().append(shown_lines(text) if isinstance(text, str) else text, style)
        return self


def money(amount: Decimal, decimals: int) -> str:
    """`1,234.50`: all decimals of the currency, and more only if the amount has more."""
    return f"{amount:,.{max(decimals, _decimals_used(amount))}f}"


def number(quantity: Decimal | None, at_least: int = 0) -> str:
    """`1,234.5`: without the zeros that a DECIMAL(28,10) ends in; empty for null."""
    if quantity is None:
        return ""
    return f"{quantity:,.{max(at_least, _decimals_used(quantity))}f}"


def percentage(rate: Decimal) -> str:
    """`10 %` for 0.10 (S-29)."""
    return f"{number(rate * 100)} %"


def group(text: str | None) -> str:
    """`model gpt-a, region eu` for a group in JSON; empty for the empty group."""
    members = json.loads(text or "{}", parse_int=str, parse_float=str)
    return ", ".join(f"{shown(key)} {_member(value)}" for key, value in members.items())


def days(start: date | None, end: date | None) -> str:
    """First and last day of a half-open interval, one day alone if they are the same.

    `service_end` is the day after the last one (S-1); on paper people read that as included.
    """
    if start is None or end is None:
        return ""
    last = max(start, end - timedelta(days=1))
    return str(start) if start == last else f"{start} – {last}"


def instant(value: datetime) -> str:
    """`2025-02-02 00:00 UTC`, seconds only where there are any."""
    value = value.astimezone(UTC)
    has_seconds = value.second or value.microsecond
    return value.strftime("%Y-%m-%d %H:%M:%S UTC" if has_seconds else "%Y-%m-%d %H:%M UTC")


def _member(value: object) -> str:
    if value is None:
        return "(none)"
    is_text = isinstance(value, str) and value
    return shown(value if is_text else json.dumps(value, ensure_ascii=False))


def _decimals_used(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -int(exponent))
