"""Pages as HTML. Everything that comes from data is escaped; numbers stand as people read them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from meterhouse.server.customers.own import Own
from meterhouse.server.customers.pages import data
from meterhouse.server.customers.values import plain
from meterhouse.server.reading.reader import Row

FOLDER = Path(__file__).resolve().parent
STATIC = FOLDER / "static"
# Page → what it says; its template has the same name.
PAGES: dict[str, Callable[[Own], dict[str, Any]]] = {
    "index": data.overview,
    "spend": data.spend,
    "invoices": data.invoices,
    "usage": data.usage,
}
_WORDS = {
    "usage": "Usage", "late_usage": "Late usage", "scheduled": "Scheduled", "true_up": "True-up",
    "draft": "Draft", "finalized": "Final", "void": "Void", "prepaid": "Prepaid",
    "postpaid": "Commitment", "credit": "Credit", "paid": "Paid",
    "payment_failed": "Payment failed",
}  # fmt: skip


def page(own: Own, name: str) -> str | None:
    """The page of that name as HTML, `invoice-<slug>` too; None if there is none."""
    if name.startswith("invoice-"):
        found = data.invoice(own, name.removeprefix("invoice-"))
        return None if found is None else _rendered(own, "invoice", found)
    return _rendered(own, name, PAGES[name](own)) if name in PAGES else None


def _rendered(own: Own, template: str, said: dict[str, Any]) -> str:
    frame = data.frame(own)

    def money(amount: Decimal, unit: str) -> str:
        places = max(frame.decimals.get(unit, 2), _places(amount))
        return f"{amount:,.{places}f}\u00a0{unit}"

    def count(quantity: Decimal, _: str) -> str:
        return _number(quantity)

    shown = _environment().get_template(f"{template}.html")
    return shown.render(frame=frame, here=template, money=money, count=count, **said)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "day": _day,
        "last_day": lambda end: _day(end - timedelta(1)),
        "moment": _moment,
        "line_words": _line_words,
        "service": _service,
        "number": _number,
        "exact": plain,
        "words": lambda text: _WORDS.get(text, text.replace("_", " ").capitalize()),
        "group": data.group_words,
        "name": lambda text: text.replace("_", " "),
    }
    return environment


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _number(number: Decimal) -> str:
    return f"{number:,.{_places(number)}f}"


def _day(found: date) -> str:
    return f"{found.day} {found:%b %Y}"


def _moment(found: datetime) -> str:
    at = found.astimezone(UTC)
    return f"{_day(at)}, {at:%H:%M} UTC"


def _line_words(line: Row) -> str:
    """What a line charges, as a person calls it."""
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


def _service(line: Row) -> str:
    """Its days; the one day of what has a date."""
    first, last = line["service_start"], line["service_end"] - timedelta(1)
    return f"{_day(first)} to {_day(last)}" if last > first else _day(first)
