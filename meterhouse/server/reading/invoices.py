"""Invoices of a customer: pages of them, and one."""

from typing import Any

from meterhouse.server.reading.customers import check_customer, instant, midnight
from meterhouse.server.reading.errors import Refused, no_such
from meterhouse.server.reading.invoice_lines import lines_of
from meterhouse.server.reading.money import credit_types, exact, money, type_of, unit_id
from meterhouse.server.reading.paging import TEXT, Place, day, key_after, next_page
from meterhouse.server.reading.parameters import MAX_LIMIT, Asked
from meterhouse.server.reading.reader import Reader, Row

DEFAULT_LIMIT = 25
# Lines of one answer: a page ends before the invoice with which it would have more.
PAGE_LINES = 5_000
INVOICE_LINES = 20_000
STATUSES = ("DRAFT", "FINALIZED", "VOID")
TYPES = ("USAGE", "USAGE_CONSOLIDATED", "SCHEDULED")
# Our types → the SDK's. `invoice_type` in custom_fields says ours.
SDK_TYPES = {
    "usage": "USAGE",
    "late_usage": "USAGE",
    "scheduled": "SCHEDULED",
    "true_up": "SCHEDULED",
}
# An invoice without a period is of its date. `{order}` is made here, of no text that was sent.
_INVOICES = """
    select *
    from {invoices}
    where customer_id = $customer
        and ($invoice is null or invoice_id = $invoice)
        and ($contract is null or contract_id = $contract)
        and ($unit is null or currency = $unit)
        and ($status is null or status = $status)
        and ($types is null or list_contains($types, invoice_type))
        and coalesce(coalesce(period_start, issue_on)::timestamp >= $starting_on, true)
        and coalesce(coalesce(period_end, issue_on)::timestamp <= $ending_before, true)
        and ($on is null or (issue_on, invoice_id) ORDER ($on::date, $id))
    order by issue_on DIRECTION, invoice_id DIRECTION
    limit $rows
"""
# By a join, so that only the parts of the files are read that have these invoices.
_LINE_COUNTS = """
    select invoice_id, count(*) as lines
    from {invoice_lines}
    semi join (select unnest($invoices) as invoice_id) as page using (invoice_id)
    group by all
"""
_REPLACED = """
    select replaced_by, min(invoice_id) as invoice_id
    from {invoices}
    where customer_id = $customer and list_contains($invoices, replaced_by)
    group by all
"""
_ORDERS = {"date_asc": (">", "asc"), "date_desc": ("<", "desc")}
_TEXTS = ("invoice_number", "invoice_type", "currency", "void_reason", "replaced_by")
_AMOUNTS = ("subtotal", "credits_applied", "total")
_DAYS = ("issue_on", "due_on")
_INSTANTS = ("finalizes_at", "finalized_at", "voided_at")


def list_invoices(reader: Reader, asked: Asked, place: Place, customer: str) -> dict[str, Any]:
    """`customers.invoices.list`, by date of issue and id."""
    limit = asked.limit(DEFAULT_LIMIT, MAX_LIMIT)
    sort = asked.choice("sort", tuple(_ORDERS)) or "date_asc"
    status, kind = asked.choice("status", STATUSES), asked.choice("type", TYPES)
    unit = asked.text("credit_type_id")
    without_zero = bool(asked.boolean("skip_zero_qty_line_items"))
    wanted = {
        "customer": customer,
        "contract": asked.text("contract_id"),
        "unit": unit_id(unit) if unit else None,
        "status": status.lower() if status else None,
        "types": [ours for ours, theirs in SDK_TYPES.items() if theirs == kind] if kind else None,
        "starting_on": asked.instant("starting_on"),
        "ending_before": asked.instant("ending_before"),
    }
    # Invoices of commits from before a migration: there are none, so with them is as without.
    asked.boolean("include_historical_commit_invoices")
    asked.refuse("webhook_notification_id", "there are no webhooks here.")
    asked.done()
    check_customer(reader, customer)
    key = key_after(place, {"on": day, "id": TEXT})
    rows = _invoices(reader, {**wanted, **key, "rows": limit + 1}, sort)
    shown = _fitting(reader, rows[:limit])
    data = _payloads(reader, shown, without_zero)
    last = [shown[-1]["issue_on"].isoformat(), shown[-1]["invoice_id"]] if shown else []
    more = next_page(asked, reader.at, last) if len(rows) > len(shown) else None
    return {"data": data, "next_page": more}


def retrieve_invoice(reader: Reader, asked: Asked, customer: str, invoice: str) -> dict[str, Any]:
    """`customers.invoices.retrieve`: 404 for an invoice of another customer, as for none."""
    without_zero = bool(asked.boolean("skip_zero_qty_line_items"))
    asked.done()
    rows = _invoices(reader, {"customer": customer, "invoice": invoice, "rows": 1}, "date_asc")
    if not rows:
        raise no_such(f"invoice of customer {customer!r}", invoice)
    [payload] = _payloads(reader, _fitting(reader, rows), without_zero)
    return {"data": payload}


def _invoices(reader: Reader, wanted: dict[str, Any], sort: str) -> list[Row]:
    names = ("contract", "unit", "status", "types", "starting_on", "ending_before", "on", "id")
    compare, direction = _ORDERS[sort]
    query = _INVOICES.replace("ORDER", compare).replace("DIRECTION", direction)
    return reader.rows(query, {**dict.fromkeys((*names, "invoice")), **wanted})


def _fitting(reader: Reader, rows: list[Row]) -> list[Row]:
    """The first of these invoices, as many as one answer holds with their lines; at least one."""
    if not rows:
        return rows
    asked = {"invoices": [row["invoice_id"] for row in rows]}
    counts = {row["invoice_id"]: row["lines"] for row in reader.rows(_LINE_COUNTS, asked)}
    total = 0
    for place, row in enumerate(rows):
        lines = counts.get(row["invoice_id"], 0)
        if lines > INVOICE_LINES and place == 0:
            raise Refused(
                413,
                f"Invoice {row['invoice_id']} has {lines:,} lines, more than one answer holds. "
                "Read them in the marts: invoice_lines.parquet.",
            )
        total += lines
        if total > PAGE_LINES and place:
            return rows[:place]
    return rows


def _payloads(reader: Reader, rows: list[Row], without_zero: bool) -> list[dict[str, Any]]:
    if not rows:
        return []
    units = credit_types(reader)
    ids = [row["invoice_id"] for row in rows]
    asked = {"invoices": ids, "customer": rows[0]["customer_id"]}
    replaced = {row["replaced_by"]: row["invoice_id"] for row in reader.rows(_REPLACED, asked)}
    lines = lines_of(reader, ids, units, without_zero)
    return [
        _payload(row, reader, units, lines[row["invoice_id"]])
        | {"regenerated_from_invoice_id": replaced.get(row["invoice_id"])}
        for row in rows
    ]


def _payload(
    row: Row, reader: Reader, units: dict[str, dict[str, str]], lines: list[dict[str, Any]]
) -> dict[str, Any]:
    currency = row["currency"]
    fields = {name: row[name] for name in _TEXTS}
    fields |= {name: exact(row[name]) for name in _AMOUNTS}
    fields |= {name: row[name].isoformat() if row[name] else None for name in _DAYS}
    fields |= {name: instant(row[name]) for name in _INSTANTS}
    fields["publication"] = reader.at.name
    terms = row["due_on"] - row["issue_on"] if row["due_on"] else None
    return {
        "id": row["invoice_id"],
        "customer_id": row["customer_id"],
        "contract_id": row["contract_id"],
        "status": row["status"].upper(),
        "type": SDK_TYPES[row["invoice_type"]],
        "credit_type": type_of(units, currency),
        "issued_at": midnight(row["issue_on"]),
        "start_timestamp": midnight(row["period_start"]),
        "end_timestamp": midnight(row["period_end"]),
        "net_payment_terms_days": None if terms is None else float(terms.days),
        "subtotal": money(row["subtotal"], currency),
        "total": money(row["total"], currency),
        "line_items": lines,
        "invoice_adjustments": [],
        "custom_fields": {name: value for name, value in fields.items() if value is not None},
    }
