"""Pages as HTML, by the templates; the rest of how a page looks is in meterhouse/html."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from meterhouse.html import words
from meterhouse.html.environment import environment
from meterhouse.server.customers.own import Own
from meterhouse.server.customers.pages import data

TEMPLATES = Path(__file__).resolve().parent / "templates"
# Page → what it says; its template has the same name.
PAGES: dict[str, Callable[[Own], dict[str, Any]]] = {
    "index": data.overview,
    "spend": data.spend,
    "invoices": data.invoices,
    "usage": data.usage,
}


def page(own: Own, name: str) -> str | None:
    """The page of that name as HTML, `invoice-<slug>` too; None if there is none."""
    if name.startswith("invoice-"):
        found = data.invoice(own, name.removeprefix("invoice-"))
        return None if found is None else _rendered(own, "invoice", found)
    return _rendered(own, name, PAGES[name](own)) if name in PAGES else None


def _rendered(own: Own, template: str, said: dict[str, Any]) -> str:
    frame = data.frame(own)

    def money(amount: Decimal, unit: str) -> str:
        return words.money(amount, unit, frame.decimals)

    def count(quantity: Decimal, _: str) -> str:
        return words.number(quantity)

    shown = environment(TEMPLATES).get_template(f"{template}.html")
    return shown.render(frame=frame, here=template, money=money, count=count, **said)
