"""Numbers, days and names as people read them on a page."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

_WORDS = {
    "usage": "Usage", "late_usage": "Late usage", "scheduled": "Scheduled", "true_up": "True-up",
    "draft": "Draft", "finalized": "Final", "void": "Void", "prepaid": "Prepaid",
    "postpaid": "Commitment", "credit": "Credit", "paid": "Paid",
    "payment_failed": "Payment failed", "invoice": "Invoice", "credit_note": "Credit note",
    "pdf": "PDF", "xlsx": "spreadsheet", "xml": "e-invoice",
}  # fmt: skip


def words(text: str) -> str:
    """`late_usage` → `Late usage`."""
    return _WORDS.get(text, text.replace("_", " ").capitalize())


def money(amount: Decimal, unit: str, decimals: Mapping[str, int]) -> str:
    """An amount with the decimals of its unit, or with more where it has them, and the unit."""
    return f"{amount:,.{max(decimals.get(unit, 2), _places(amount))}f}\u00a0{unit}"


def number(value: Decimal | int) -> str:
    """Thousands apart, without zeros at the end."""
    return f"{value:,.{_places(Decimal(value))}f}"


def plain(value: Decimal) -> str:
    """Without zeros at its end: 12.3000 is 12.3."""
    return format(value.normalize(), "f") if value else "0"


def day(found: date) -> str:
    """`1 Feb 2026`."""
    return f"{found.day} {found:%b %Y}"


def last_day(end: date) -> str:
    """The day before `end`, which belongs to it no more."""
    return day(end - timedelta(1))


def moment(found: datetime) -> str:
    """`1 Feb 2026, 06:00 UTC`."""
    at = found.astimezone(UTC)
    return f"{day(at)}, {at:%H:%M} UTC"


def span(seconds: int) -> str:
    """`5400` → `1 h 30 min`; of a day and more `2 d 3 h`."""
    minutes, days = seconds // 60, seconds // 86_400
    if days:
        return f"{days} d {seconds % 86_400 // 3_600} h"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def group_words(group: str | None) -> str:
    """`{"model":"a","region":null}` → `model a, region none`."""
    found = json.loads(group or "{}")
    return ", ".join(
        f"{key.replace('_', ' ')} {'none' if value is None else value}"
        for key, value in found.items()
    )


def line_words(line: Mapping[str, Any]) -> str:
    """What an invoice's line charges, as a person calls it."""
    name = line["product_name"] or ""
    kind = line["line_type"]
    if kind == "commit_applied":
        return f"Paid by {name or line['commit_id']}"
    if kind == "unit_conversion":
        return f"{line['converted_unit']} in {line['pricing_unit']}"
    added = {
        "late_usage": "late usage", "minimum": "minimum", "cap": "cap", "true_up": "true-up",
        "commit_purchase": "purchase",
    }.get(kind)  # fmt: skip
    return f"{name}, {added}" if added else name


def service(line: Mapping[str, Any]) -> str:
    """A line's days; the one day of what has a date."""
    first, last = line["service_start"], line["service_end"] - timedelta(1)
    return f"{day(first)} to {day(last)}" if last > first else day(first)


def _places(value: Decimal) -> int:
    """Decimals without zeros at their end. By its text: a page has a thousand numbers."""
    _, _, decimals = f"{value:f}".partition(".")
    return len(decimals.rstrip("0"))
