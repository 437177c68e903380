"""`meterhouse preview`: for a terminal, or as CSV, JSON or Parquet."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from rich import box
from rich.console import Console, RenderableType
from rich.table import Table

from meterhouse.preview.preview import Preview
from meterhouse.reports.csv_file import csv_bytes
from meterhouse.reports.page import print_page
from meterhouse.reports.text import Text, days, group, instant, money, number
from raw_events.common.text import shown as visible

WHEN = {"finalized": "would have been (final)", "draft": "will be (draft)"}


def print_preview(
    preview: Preview, decimals: dict[str, int], shown: int, console: Console | None = None
) -> None:
    """Totals, then the `shown` customers and lines that change most. Plain text is not cut off."""
    console = console or Console(highlight=False)
    parts = render_preview(preview, decimals, shown)
    print_page(parts, console)


def render_preview(preview: Preview, decimals: dict[str, int], shown: int) -> list[RenderableType]:
    """The parts from top to bottom, for rich."""
    question = preview.question
    what = f"Invoices with {question.subject}"
    if question.customer:
        what += f", customer {question.customer}"
    if question.month:
        what += f", {question.month}"
    parts: list[RenderableType] = [
        Text.assemble(
            (what, "bold"),
            f"\nagainst what is invoiced and drafted as of {instant(preview.as_of)}. "
            "Nothing is changed: final invoices stay as they are.",
        )
    ]
    if not preview.lines.num_rows:
        return [*parts, Text("No invoice has such a line: nothing would change.")]
    parts.append(_totals(preview.totals.to_pylist(), decimals))
    customers = [row for row in preview.customers.to_pylist() if row["difference"]]
    changed = [row for row in preview.lines.to_pylist() if _changes(row)]
    if not changed:
        parts.append(Text("No line would change."))
    if customers:
        parts.append(_customers(customers[:shown], decimals))
        parts += _more(customers, shown, "customers")
    if changed:
        parts.append(_lines(changed[:shown], decimals))
        parts += _more(changed, shown, "lines")
    return parts + [Text(f"Note: {note}", "yellow") for note in preview.notes]


def write_preview(preview: Preview, kind: str, target: Path | None) -> None:
    """All lines, changed or not, to a file or to standard output. JSON has the totals as well."""
    import sys

    if kind == "json":
        content = (
            json.dumps(
                {
                    "metric": preview.question.metric,
                    "version": preview.question.version,
                    "seeds": str(preview.question.seeds) if preview.question.seeds else None,
                    "as_of": preview.as_of.isoformat(),
                    "notes": preview.notes,
                    "totals": preview.totals.to_pylist(),
                    "customers": preview.customers.to_pylist(),
                    "lines": preview.lines.to_pylist(),
                },
                default=_json,
                indent=1,
            ).encode()
            + b"\n"
        )
    else:
        if kind == "csv":
            content = csv_bytes(preview.lines)
        else:
            buffer = pa.BufferOutputStream()
            pa.parquet.write_table(preview.lines, buffer, compression="zstd")
            content = buffer.getvalue().to_pybytes()
    if target is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        target.write_bytes(content)


def _json(value: Decimal | date) -> str:
    return format(value, "f") if isinstance(value, Decimal) else value.isoformat()


def _changes(row: dict[str, Any]) -> bool:
    return bool(row["difference"]) or row["quantity_now"] != row["quantity_preview"]


def _more(rows: list[dict[str, Any]], shown: int, what: str) -> list[RenderableType]:
    if len(rows) <= shown:
        return []
    return [Text(f"… and {len(rows) - shown:,} more {what}: --limit, or --format csv", "dim")]


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in columns:
        is_number = title in ("Invoices", "Changed", "Quantity", "Now", "Preview", "Difference")
        table.add_column(
            title, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number
        )
    return table


def _money(row: dict[str, Any], decimals: dict[str, int]) -> tuple[str, str, str]:
    places = decimals.get(row["pricing_unit"], 2)
    unit = row["pricing_unit"]
    difference = money(row["difference"], places)
    if row["difference"] > 0:
        difference = f"+{difference}"
    return (
        f"{money(row['amount_now'], places)} {unit}",
        f"{money(row['amount_preview'], places)} {unit}",
        f"{difference}{_percent(row)}",
    )


def _percent(row: dict[str, Any]) -> str:
    if not row["amount_now"] or not row["difference"]:
        return ""
    return f" ({row['difference'] / abs(row['amount_now']) * 100:+.1f} %)"


def _totals(rows: list[dict[str, Any]], decimals: dict[str, int]) -> Table:
    table = _table("Totals", "Invoices", "Changed", "Now", "Preview", "Difference")
    for row in rows:
        counts = (f"{row['invoices']:,}", f"{row['invoices_changed']:,}")
        table.add_row(WHEN[row["status"]], *counts, *_money(row, decimals))
    return table


def _customers(rows: list[dict[str, Any]], decimals: dict[str, int]) -> Table:
    table = _table("Customer", "Changed", "Now", "Preview", "Difference")
    for row in rows:
        name = Text(visible(f"{row['customer_name']} ({row['customer_id']})"))
        table.add_row(name, f"{row['invoices_changed']:,}", *_money(row, decimals))
    return table


def _lines(rows: list[dict[str, Any]], decimals: dict[str, int]) -> Table:
    table = _table("Invoice", "Line", "Quantity", "Now", "Preview", "Difference")
    for row in rows:
        quantity = number(row["quantity_preview"])
        if row["quantity_now"] != row["quantity_preview"]:
            quantity = f"{number(row['quantity_now'])} → {quantity}"
        period = days(row["invoiced_for"], row["invoiced_to"])
        table.add_row(
            Text.assemble(row["invoice_id"], (f"\n{period}", "dim")),
            _line(row),
            quantity,
            *_money(row, decimals),
        )
    return table


def _line(row: dict[str, Any]) -> RenderableType:
    detail = [row["line_type"], group(row["pricing_group"])]
    if row["tier"] is not None:
        detail.append(f"tier {row['tier']}")
    if row["commit_id"]:
        detail.append(row["commit_id"])
    if row["metric_now"] != row["metric_preview"]:
        detail.append(f"{row['metric_now'] or 'nothing'} → {row['metric_preview'] or 'nothing'}")
    text = "\n" + ", ".join(part for part in detail if part)
    return Text.assemble(row["product_name"] or f"to {row['pricing_unit']}", (text, "dim"))
