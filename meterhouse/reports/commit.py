"""`meterhouse commit`: balances, burn-down and ledger of a commit, as a person reads them."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table

from meterhouse.reports.burndown_chart import draw_burndown
from meterhouse.reports.commit_data import Commit, load_commit
from meterhouse.reports.invoice_data import currency_decimals
from meterhouse.reports.page import print_page
from meterhouse.reports.text import Text, days, money

TYPES = {
    "prepaid": "prepaid commit",
    "postpaid": "postpaid commit: usage counts against it",
    "credit": "credit",
}
ENTRIES = {
    "grant": "granted",
    "application": "applied",
    "true_up": "trued up",
    "expiry": "expired",
    "rollover": "rolled over",
}
# How it ends, in words: that it runs out, that it did, that it does not, and what is left then.
USUAL_OUTLOOK = ("it runs out", "It ran out", "it lasts", "are unused")
OUTLOOKS = {"postpaid": ("it is reached", "It was reached", "it is not reached", "are missing")}
USUAL_DECIMALS = 2


def print_commit(marts: Path, commit_id: str, console: Console | None = None) -> None:
    """Print a commit; to a pipe as plain text that is cut off nowhere.

    Raises the errors of `load_commit`.
    """
    console = console or Console()
    decimals = currency_decimals(Path(marts).parent)
    parts = render_commit(load_commit(marts, commit_id), decimals)
    print_page(parts, console)


def render_commit(commit: Commit, decimals: dict[str, int]) -> list[RenderableType]:
    """The parts from top to bottom, for rich: heading, segments, burn-downs, ledger."""
    unit = commit.balances[0]["pricing_unit"]
    places = decimals.get(unit, USUAL_DECIMALS)
    charts = [
        _chart(balance, commit.burndown[balance["segment"]], places)
        for balance in commit.balances
        if balance["segment"] in commit.burndown
    ]
    return [_heading(commit), _segments(commit, places), *charts, _ledger(commit, places)]


def _heading(commit: Commit) -> RenderableType:
    first = commit.balances[0]
    kind = TYPES.get(first["type"], first["type"])
    text = Text.assemble(
        (commit.commit_id, "bold"),
        f"  {kind}\ncontract {first['contract_id']}, in {first['pricing_unit']}",
        *(f"\n{_gate(row)}" for row in commit.balances if row.get("payment")),
    )
    return Panel(text, box=box.SQUARE, expand=False)


def _gate(balance: dict[str, Any]) -> str:
    """What a segment waits for (S-73)."""
    purchase = balance["purchase_invoice_id"]
    waits_for = f"invoice {purchase} is paid" if purchase else "its purchase is paid"
    if balance["payment"] == "waiting for payment":
        says = f"waits for payment: it gives nothing until {waits_for}"
    elif balance["payment"] == "payment taken back":
        says = f"payment taken back: it gives nothing more until {waits_for}"
    elif balance["serves_from"] is None:
        says = f"paid on {balance['paid_on']}, after its last day: it gives nothing"
    else:
        says = f"paid on {balance['paid_on']}: it gives balance from {balance['serves_from']} on"
    return f"segment {balance['segment']} {says}"


def _segments(commit: Commit, places: int) -> RenderableType:
    applied = "Counted" if commit.balances[0]["type"] == "postpaid" else "Applied"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Segment", justify="right")
    table.add_column("Days", no_wrap=True)
    for title in ("Granted", applied, "on drafts", "Expired", "Remaining"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in commit.balances:
        amounts = ("granted", "applied_finalized", "applied_draft", "expired", "remaining")
        table.add_row(
            str(row["segment"]),
            days(row["starting_on"], row["ending_before"]),
            *(money(row[name], places) for name in amounts),
        )
    return table


def _chart(balance: dict[str, Any], burned: list[dict[str, Any]], places: int) -> RenderableType:
    last = burned[-1]
    lines = draw_burndown(
        [(row["burned_on"], row["balance"]) for row in burned],
        balance["ending_before"],
        last["daily_pace"],
        balance["granted"],
    )
    granted = money(balance["granted"], places)
    left = "missing from" if balance["type"] == "postpaid" else "left of"
    text = Text.assemble(
        (f"Segment {balance['segment']}: what is {left} {granted}\n", "bold"),
        "\n".join(lines),
        f"\n{_outlook(balance, last, places)}\n",
    )
    return Padding(text, (0, 0, 0, 1), expand=False)


def _outlook(balance: dict[str, Any], last: dict[str, Any], places: int) -> str:
    pace, unused, over = (
        money(_rounded(last[name], places), places)
        for name in ("daily_pace", "projected_unused", "projected_overage")
    )
    runs_out, ran_out, lasts, rest = OUTLOOKS.get(balance["type"], USUAL_OUTLOOK)
    last_day = balance["ending_before"] - timedelta(days=1)
    if last["balance"] <= 0:
        return (
            f"{ran_out} on {last['runs_out_on']}, at {pace} a day;"
            f" at that pace {over} more by its last day, {last_day}."
        )
    if last["burned_on"] >= last_day:
        return f"On its last day, {last_day}, {unused} {rest}; the pace was {pace} a day."
    if last["runs_out_on"]:
        return (
            f"At {pace} a day {runs_out} on {last['runs_out_on']};"
            f" at that pace {over} more by its last day, {last_day}."
        )
    return f"At {pace} a day {lasts}; on its last day, {last_day}, {unused} {rest}."


def _rounded(amount: Decimal, places: int) -> Decimal:
    return round(amount, places)


def _ledger(commit: Commit, places: int) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Date", no_wrap=True)
    table.add_column("Segment", justify="right")
    table.add_column("Entry")
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("Balance", justify="right", no_wrap=True)
    table.add_column("Invoice", overflow="fold")
    for row in commit.ledger:
        invoice = row["invoice_number"] or row["invoice_id"] or ""
        if invoice and row["line_number"] is not None:
            invoice += f" line {row['line_number']}"
        if row["invoice_status"] == "draft":
            invoice += " (draft)"
        table.add_row(
            str(row["entry_on"]),
            str(row["segment"]),
            ENTRIES.get(row["entry_type"], row["entry_type"]),
            money(row["amount"], places),
            money(row["balance"], places),
            Text(invoice),
        )
    return table
