"""`meterhouse cost`: what events would change on the drafts, for a terminal or as JSON."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table

from meterhouse.preview.cost import Cost
from meterhouse.reports.page import print_page
from meterhouse.reports.text import Text, days, group, instant, money, number

# Why an event changes nothing, after its outcome in the answer.
OUTCOMES = {
    "metered": "counted",
    "duplicate": "landed before, as it is (S-8): counts once",
    "conflict": "its id was landed before with something else (S-8): does not count",
    "unmatched": "no customer has this id or alias on that day (S-9)",
    "outside_contract": "the customer has no contract on that day",
    "late_reported": "its period is final, and the contract reports what is late (S-43)",
    "after_today": "its day has not begun at the moment of the drafts: none counts it yet",
    "no_product": "no product under the contract counts its type (S-23)",
}


def cost_document(cost: Cost, shown: int | None = None) -> dict[str, Any]:
    """The answer for JSON: amounts and quantities as texts, exact; `shown` bounds single events."""
    counts = Counter(row["outcome"] for row in cost.events)
    return {
        "publication": cost.publication,
        "as_of": _plain(cost.as_of),
        "invoices": [_encoded(row) for row in cost.invoices],
        "lines": [_encoded(row) for row in cost.lines],
        "balances": [_encoded(row) for row in cost.balances],
        "outcomes": {name: counts[name] for name in OUTCOMES if counts[name]},
        "not_counted": [row for row in cost.events if row["outcome"] != "metered"][:shown],
        "rejected": cost.rejected[:shown],
        "rejected_events": len(cost.rejected),
        "held": cost.held,
        "notes": cost.notes,
    }


def print_cost(
    cost: Cost, decimals: dict[str, int], shown: int, console: Console | None = None
) -> None:
    """Totals, the lines that change, balances, and what became of the events."""
    print_page(render_cost(cost, decimals, shown), console or Console(highlight=False))


def render_cost(cost: Cost, decimals: dict[str, int], shown: int) -> list[RenderableType]:
    """The parts from top to bottom, for rich."""
    parts: list[RenderableType] = [
        Text.assemble(
            ("What these events would cost", "bold"),
            f"\nagainst the drafts of publication {cost.publication}, as of "
            f"{instant(cost.as_of)}. Nothing is landed.",
        )
    ]
    if cost.invoices:
        parts += [_invoices(cost, decimals), _lines(cost.lines[:shown], decimals)]
        if len(cost.lines) > shown:
            parts.append(Text(f"… and {len(cost.lines) - shown:,} more lines: --json", "dim"))
    else:
        parts.append(Text("No draft would change."))
    if cost.balances:
        parts.append(_balances(cost, decimals))
    counts = Counter(row["outcome"] for row in cost.events)
    for name, why in OUTCOMES.items():
        if counts[name]:
            parts.append(Text(f"{counts[name]:,} of the events: {why}"))
    for row in cost.rejected[:shown]:
        parts.append(Text(f"row {row['row']}: {row['reason']}", "yellow"))
    if len(cost.rejected) > shown:
        parts.append(Text(f"… and {len(cost.rejected) - shown:,} more rows are rejected", "dim"))
    parts += [Text(f"held: {one}: {why}", "yellow") for one, why in sorted(cost.held.items())]
    return [*parts, *(Text(f"Note: {note}", "yellow") for note in cost.notes)]


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in columns:
        is_number = title in ("Quantity", "Before", "After", "Difference", "Left")
        table.add_column(
            title, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number
        )
    return table


def _change(
    before: Decimal, after: Decimal, unit: str, decimals: dict[str, int]
) -> tuple[str, str, str]:
    places = decimals.get(unit, 2)
    sign = "+" if after > before else ""
    return (
        f"{money(before, places)} {unit}",
        f"{money(after, places)} {unit}",
        f"{sign}{money(after - before, places)}",
    )


def _invoices(cost: Cost, decimals: dict[str, int]) -> Table:
    table = _table("Draft", "", "Before", "After", "Difference")
    for row in cost.invoices:
        named = Text.assemble(
            row["invoice_id"], (f"\n{days(row['starting_on'], row['ending_before'])}", "dim")
        )
        for at, (title, name) in enumerate(
            (("charges", "subtotal"), ("balances pay", "paid_by_balances"), ("total", "total"))
        ):
            both = row[f"{name}_before"], row[f"{name}_after"]
            table.add_row("" if at else named, title, *_change(*both, row["currency"], decimals))
    return table


def _lines(rows: list[dict[str, Any]], decimals: dict[str, int]) -> Table:
    table = _table("Line", "Quantity", "Before", "After", "Difference")
    for row in rows:
        detail = [row["line_type"], group(row["pricing_group"])]
        detail += [f"tier {row['tier']}"] if row["tier"] is not None else []
        detail += [row["commit_id"]] if row["commit_id"] else []
        text = "\n" + ", ".join(part for part in detail if part)
        both = row["amount_before"], row["amount_after"]
        table.add_row(
            Text.assemble(row["product_name"] or f"to {row['pricing_unit']}", (text, "dim")),
            f"{number(row['quantity_before'])} → {number(row['quantity_after'])}",
            *_change(*both, row["pricing_unit"], decimals),
        )
    return table


def _balances(cost: Cost, decimals: dict[str, int]) -> Table:
    table = _table("Balance", "Before", "After", "Difference")
    for row in cost.balances:
        left = row["remaining_before"], row["remaining_after"]
        named = Text(f"{row['commit_id']}, segment {row['segment']}: left")
        table.add_row(named, *_change(*left, row["pricing_unit"], decimals))
    return table


def _encoded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
