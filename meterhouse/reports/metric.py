"""`meterhouse metric`: the running value of a metric, as a person reads it."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table

from meterhouse.preview.cumulative_usage import RunningValues
from meterhouse.reports.page import print_page
from meterhouse.reports.text import Text, group, instant, number

GROUPS_SHOWN = 20


def print_metric(found: RunningValues, console: Console | None = None) -> None:
    """To a terminal folded to its width, else as plain text that is as wide as it needs to be."""
    console = console or Console(highlight=False)
    print_page(render_metric(found), console)


def render_metric(found: RunningValues) -> list[RenderableType]:
    """The parts from top to bottom, for rich."""
    parts: list[RenderableType] = [
        Text.assemble(
            (f"{found.metric} version {found.version}, {found.customer}, {found.month}", "bold"),
            f"\nwith what was landed at the last run, as of {instant(found.as_of)}",
        )
    ]
    for contract, start in dict.fromkeys(
        (row["contract_id"], row["period_start"]) for row in found.days
    ):
        rows = [
            row
            for row in found.days
            if row["contract_id"] == contract and row["period_start"] == start
        ]
        parts.append(Text(f"\nContract {contract}, period from {start}", "bold"))
        parts += [_days(rows), _groups([row for row in rows if row["day"] == rows[-1]["day"]])]
    if not found.days:
        parts.append(
            Text(f"\nNo quantity: contract {', '.join(found.contracts)} has nothing to bill by it.")
        )
    return [*parts, *_carried(found), *_events(found)]


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in columns:
        is_number = title in ("Running value", "Change", "Groups", "Alone")
        table.add_column(title, justify="right" if is_number else "left", overflow="fold")
    return table


def _days(rows: list[dict[str, Any]]) -> Table:
    """Summed over the groups, as a product without pricing group keys is billed (S-11)."""
    by_day: dict[Any, Any] = defaultdict(list)
    for row in rows:
        by_day[row["day"]].append(row["running_value"])
    table = _table("To the end of", "Running value", "Change", "Groups")
    before = Decimal(0)
    for day, values in by_day.items():
        value = sum(values)
        change = value - before
        sign = "+" if change > 0 else ""
        table.add_row(str(day), number(value), f"{sign}{number(change)}", str(len(values)))
        before = value
    return table


def _groups(rows: list[dict[str, Any]]) -> Table:
    table = _table("Group", "Running value")
    for row in sorted(rows, key=lambda row: -row["running_value"])[:GROUPS_SHOWN]:
        table.add_row(
            Text(group(row["metric_group"]) or "(all)"), Text(number(row["running_value"]))
        )
    if len(rows) > GROUPS_SHOWN:
        table.add_row(Text(f"… and {len(rows) - GROUPS_SHOWN:,} more", "dim"), "")
    return table


def _carried(found: RunningValues) -> list[RenderableType]:
    """What the periods begin with (S-56)."""
    if not found.carried:
        return []
    table = _table("Timestamp", "Event type", "Transaction", "Properties", "Into the period from")
    for row in found.carried:
        table.add_row(
            instant(row["timestamp"]),
            row["event_type"],
            Text(row["transaction_id"]),
            Text(row["properties"] or ""),
            str(row["period_start"]),
        )
    return [Text(f"\nCarried over from before, the latest {len(found.carried):,}", "bold"), table]


def _events(found: RunningValues) -> list[RenderableType]:
    shown = len({row["event_seq"] for row in found.events})
    parts: list[RenderableType] = [
        Text(f"\nEvents of its types: {found.total:,}, the latest {shown:,}", "bold")
    ]
    if not found.total and found.carried:
        return [*parts, Text("None came in it: what it began with goes on (S-56).")]
    if not found.total:
        return [*parts, Text("None: are the event types in the metric's YAML right?")]
    table = _table("Timestamp", "Event type", "Transaction", "Properties", "Group", "Alone")
    for row in found.events:
        counts = row["quantity"] is not None
        table.add_row(
            instant(row["timestamp"]),
            row["event_type"],
            Text(row["transaction_id"]),
            Text(row["properties"] or ""),
            Text(group(row["metric_group"]) if counts else "", "dim"),
            Text(number(row["quantity"]) if counts else "nothing"),
        )
    parts.append(table)
    parts.append(Text("Alone: what the metric gives for this event by itself on its day.", "dim"))
    return parts
