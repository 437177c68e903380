"""Words of documents that stand in more than one format: lines, reasons, tax."""

from datetime import date
from decimal import Decimal
from typing import Any

from meterhouse.reports.text import days, group, money, number, percentage
from raw_events.common.text import shown

Line = dict[str, Any]
# Why there is no tax, by category of EN 16931, where tax_note says nothing else.
NO_TAX = {
    "E": "Exempt from VAT.",
    "AE": "Reverse charge: VAT is owed by the recipient.",
    "K": "Intra-Community supply, exempt from VAT.",
    "G": "Export, free of VAT.",
    "O": "Not subject to VAT.",
}
_TAX_NAMES = {
    "AU": "GST", "CA": "GST", "IN": "GST", "NZ": "GST", "SG": "GST",
    "JP": "Consumption tax", "US": "Sales tax",
}  # fmt: skip


def tax_label(content: dict[str, Any]) -> str:
    """`VAT 19 %`, by what the seller's country calls it."""
    name = _TAX_NAMES.get(content["seller"]["country"] or "", "VAT")
    return f"{name} {percentage(Decimal(content['tax']['rate']))}"


def tax_reason(tax: dict[str, Any] | None) -> str | None:
    """Why there is no tax, or what else is to be said of it."""
    return (tax["note"] or NO_TAX.get(tax["category"])) if tax else None


def item_name(line: Line) -> str:
    """What a line is called: coverage after the balance that paid."""
    covers = line["type"] == "commit_applied"
    name = (covers and line["commit"]) or line["product"] or line["product_id"]
    if line["converted_unit"]:
        name = f"{line['converted_unit']} in {line['unit']}"
    return shown(str(name or line["type"]))


def item_details(content: dict[str, Any], line: Line) -> list[str]:
    """What else a line says: its group, the commit, and why it is what it is."""
    found = [group(line["group"])]
    if line["tier"] is not None:
        found.append(f"tier {line['tier']}")
    if line["commit_id"]:
        name = line["commit"] if line["type"] != "commit_applied" else None
        term = f", term {line['segment']}" if line["segment"] not in (None, 1) else ""
        found.append(shown(f"{name or 'balance ' + line['commit_id']}{term}"))
    return [*filter(None, found), *reasons(content, line)]


def reasons(content: dict[str, Any], line: Line) -> list[str]:
    """Why the amount is not quantity × price, and what the line corrects."""
    found = []
    if line["corrects"]:
        found.append(f"belongs to invoice {shown(line['corrects'])}")
    if line["flat_fee"]:
        found.append(f"with a fee of {amount(content, line, line['flat_fee'])}")
    if line["minimum_applied"]:
        added = amount(content, line, line["minimum_applied"])
        found.append(f"with {added} up to the minimum of the period")
    if line["maximum_applied"]:
        taken = amount(content, line, line["maximum_applied"].removeprefix("-"))
        found.append(f"less {taken} over the maximum of the period")
    if line["type"] == "subscription" and not line["is_product"]:
        found.append("in proportion to the days")
    paid = [row for row in content["paid"] if row["line_number"] == line["number"]]
    for row in paid:
        name = shown(row["commit"] or row["commit_id"])
        found.append(f"{amount(content, line, row['amount'])} of it paid by {name}")
    return found


def amount(content: dict[str, Any], line: Line, text: str) -> str:
    """`1,234.50`, with the unit where it is not the invoice's currency."""
    if line["is_in_currency"]:
        return money(Decimal(text), content["decimals"])
    return f"{number(Decimal(text))} {shown(line['unit'])}"


def price(content: dict[str, Any], line: Line, text: str | None) -> str:
    """A unit price with all of its decimals; a percentage as one."""
    if text is None or line["type"] == "commit_applied":
        return ""
    if line["type"] == "composite":
        return percentage(Decimal(text))
    if not line["is_in_currency"]:
        return f"{number(Decimal(text))} {shown(line['unit'])}"
    return number(Decimal(text), at_least=content["decimals"])


def span(start: str | None, end: str | None) -> str:
    """First and last day of what a line is of."""
    return days(
        date.fromisoformat(start) if start else None, date.fromisoformat(end) if end else None
    )


def address_lines(party: dict[str, Any]) -> list[str]:
    """Name, address, place and country of a seller or customer, one below the other."""
    place = " ".join(filter(None, (party["postcode"], party["city"])))
    street = [line.strip() for line in (party["address"] or "").split("|")]
    lines = [party["name"], *street, place, country_name(party["country"])]
    return [shown(line) for line in lines if line]


def country_name(code: str | None) -> str | None:
    """`Germany` for DE; a code that is none stays what it is."""
    from babel import Locale

    return str(Locale("en").territories.get(code or "", code)) if code else None
