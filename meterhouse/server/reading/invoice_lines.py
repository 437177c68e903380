"""The lines of invoices, with what explains them."""

import json
from typing import Any

from meterhouse.server.reading.customers import midnight
from meterhouse.server.reading.money import exact, money, number, type_of
from meterhouse.server.reading.reader import Reader, Row

# Breakdown rows of one invoice; more are left out whole, and the line says so.
BREAKDOWN_ROWS = 1_000
LINE_TYPES = {
    "composite": "usage",
    "late_usage": "usage",
    "commit_applied": "applied_commit_or_credit",
    "unit_conversion": "cpu_conversion",
    "true_up": "commit_purchase",
}
PRODUCT_TYPES = {
    "usage": "UsageProductListItem",
    "subscription": "SubscriptionProductListItem",
    "composite": "CompositeProductListItem",
    "fixed": "FixedProductListItem",
}
_LINES = """
    select
        lines.*,
        products.type as product_type,
        products.tags,
        balances.type as commit_kind
    from {invoice_lines} as lines
    semi join (select unnest($invoices) as invoice_id) as page on lines.invoice_id = page.invoice_id
    left join {book.products} as products on lines.product_id = products.product_id
    left join (select distinct commit_id, type from {commit_balances}) as balances
        on lines.commit_id = balances.commit_id
    where not ($without_zero and coalesce(lines.quantity = 0, false))
    order by lines.invoice_id, lines.line_number
"""
_BREAKDOWNS = """
    select *
    from (
        select *, count(*) over (partition by invoice_id) as rows_of_invoice
        from {invoice_line_breakdowns}
        semi join (select unnest($invoices) as invoice_id) as page using (invoice_id)
    )
    where rows_of_invoice <= $most
    order by invoice_id, line_number, presentation_group
"""
_COUNTS = """
    select invoice_id, line_number, count(*) as rows_of_line
    from {invoice_line_breakdowns}
    semi join (select unnest($invoices) as invoice_id) as page using (invoice_id)
    group by all
    order by all
"""
# What the line's metadata says with all decimals, and what the SDK has no place for.
_EXACT = (
    *("amount", "quantity", "unit_price", "list_unit_price", "list_amount", "flat_fee"),
    *("minimum_applied", "maximum_applied"),
)
_FACTS = (
    *("line_number", "line_type", "metric", "metric_version", "pricing_group", "tier"),
    *("rate_id", "override_id", "corrects_invoice_id", "converted_unit"),
)


def lines_of(
    reader: Reader, invoices: list[str], units: dict[str, dict[str, str]], without_zero: bool
) -> dict[str, list[dict[str, Any]]]:
    """Invoice → its lines in their order, as the SDK's LineItem; `without_zero` quantities."""
    found: dict[str, list[dict[str, Any]]] = {invoice: [] for invoice in invoices}
    if not invoices:
        return found
    asked = {"invoices": invoices, "without_zero": without_zero, "most": BREAKDOWN_ROWS}
    shares: dict[tuple[str, int], list[Row]] = {}
    for row in reader.rows(_BREAKDOWNS, asked):
        shares.setdefault((row["invoice_id"], row["line_number"]), []).append(row)
    counts = {
        (row["invoice_id"], row["line_number"]): row["rows_of_line"]
        for row in reader.rows(_COUNTS, asked)
    }
    for row in reader.rows(_LINES, asked):
        key = row["invoice_id"], row["line_number"]
        line = _line(row, units, counts.get(key, 0), shares.get(key, []))
        found[row["invoice_id"]].append(line)
    return found


def _line(
    row: Row, units: dict[str, dict[str, str]], breakdown_rows: int, shares: list[Row]
) -> dict[str, Any]:
    unit = row["pricing_unit"]
    line = {
        "type": LINE_TYPES.get(row["line_type"], row["line_type"]),
        "name": row["product_name"] or _conversion_name(row, units),
        "credit_type": type_of(units, unit),
        "quantity": number(row["quantity"]),
        "unit_price": money(row["unit_price"], unit),
        "total": money(row["amount"], unit),
        "starting_at": midnight(row["service_start"]),
        "ending_before": midnight(row["service_end"]),
        "product_id": row["product_id"],
        "product_type": PRODUCT_TYPES.get(row["product_type"]),
        "product_tags": row["tags"],
        "pricing_group_values": _group_values(row["pricing_group"]),
        "metadata": _metadata(row, breakdown_rows),
        "sub_line_items": [_share(share, row, unit) for share in shares] or None,
    }
    return line | _of_commit(row)


def _of_commit(row: Row) -> dict[str, Any]:
    if row["commit_id"] is None:
        return {}
    kind = "POSTPAID" if row["line_type"] == "true_up" else str(row["commit_kind"] or "").upper()
    segment = None if row["segment"] is None else f"{row['commit_id']}.{row['segment']}"
    of_commit: dict[str, Any] = {"commit_id": row["commit_id"], "commit_segment_id": segment}
    if kind:
        of_commit["commit_type"] = "PostpaidCommit" if kind == "POSTPAID" else "PrepaidCommit"
    if row["line_type"] == "true_up":
        of_commit["postpaid_commit"] = {"id": row["commit_id"]}
    if row["line_type"] == "commit_applied" and kind:
        of_commit["applied_commit_or_credit"] = {
            "id": row["commit_id"],
            "type": kind,
            "access_type": "SPEND",
        }
    return of_commit


def _metadata(row: Row, breakdown_rows: int) -> str:
    """JSON text: exact numbers as texts, and the mart's own words for the line."""
    facts = {name: row[name] for name in _FACTS if row[name] is not None}
    facts |= {name: exact(row[name]) for name in _EXACT if row[name] is not None}
    if breakdown_rows:
        # Also where they are left out, so that nobody takes the line for one without a breakdown.
        facts["breakdown_rows"] = breakdown_rows
    return json.dumps(facts, ensure_ascii=False)


def _share(share: Row, line: Row, unit: str) -> dict[str, Any]:
    """What of a line falls to one presentation group (S-20)."""
    group = share["presentation_group"]
    fields = {"presentation_group": group, "amount": exact(share["amount"])}
    return {
        "name": f"{line['product_name']} {group}",
        "quantity": number(share["quantity"]),
        "subtotal": money(share["amount"], unit),
        "custom_fields": fields | {"quantity": exact(share["quantity"])},
    }


def _group_values(group: str | None) -> dict[str, str] | None:
    """The values of a group that has some; a key without a value (S-15) has no text to stand for
    it, and is in the metadata's `pricing_group`."""
    values = json.loads(group or "{}")
    return {key: value for key, value in values.items() if value is not None} or None


def _conversion_name(row: Row, units: dict[str, dict[str, str]]) -> str:
    converted = row["converted_unit"] or ""
    name = units.get(converted, {}).get("name", converted)
    return f"{name} in {row['pricing_unit']}"
