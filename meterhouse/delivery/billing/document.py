"""An invoice for a provider, from the very row of the ledger that its message names (S-71)."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.delivery.billing.provider import Account, Document, DocumentLine, ProviderError
from meterhouse.ledger.store import Ledger
from raw_events.common.files import file_sha256

_INVOICE = """
    select
        customer_name, invoice_type, contract_id, period_start, period_end, issue_on, due_on,
        reason, finalized_at::date as day,
        total::decimal(38, {decimals})::varchar as total,
        (total * {minor})::bigint as total_minor,
        total = total::decimal(38, {decimals}) as is_whole
    from read_parquet($file) where invoice_id = $id and event = $event
"""

_LINES = """
    with lines as (
        select unnest(lines) as line
        from read_parquet($file) where invoice_id = $id and event = 'finalized'
    )

    select
        line.line_number,
        line.line_type,
        line.product_name,
        line.pricing_group,
        line.pricing_unit,
        line.service_start,
        line.service_end,
        rtrim(rtrim(line.quantity::varchar, '0'), '.') as quantity,
        rtrim(rtrim(line.unit_price::varchar, '0'), '.') as unit_price,
        line.amount::decimal(38, {decimals})::varchar as amount,
        (line.amount * {minor})::bigint as amount_minor,
        line.amount = line.amount::decimal(38, {decimals}) as is_whole,
        -- what does not fit is not exact
        coalesce(try(line.quantity * line.unit_price) = line.amount, false) as is_exact
    from lines
    order by line.line_number
"""


def ledger_file(home: Path, name: str) -> Path:
    """A file of the ledger, as it was committed. Raises ProviderError if it is not: nothing of it
    may leave."""
    ledger = Ledger(home)
    path = ledger.root / name
    entries = ledger.entries(0, ledger.version())
    known = next((entry for entry in entries if entry.path == name), None)
    if known is None or not path.is_file() or file_sha256(path) != known.sha256:
        raise ProviderError(
            None,
            f"not sent, {path} is missing or not what was committed: restore it from a backup "
            "(meterhouse verify)",
        )
    return path


def read_row(file: Path, invoice_id: str, event: str, decimals: int) -> dict[str, Any]:
    """A row of the ledger without its lists; amounts in minor units are exact or refused."""
    query = _INVOICE.format(decimals=decimals, minor=10**decimals)
    parameters = {"file": str(file), "id": invoice_id, "event": event}
    return _whole(_rows(query, parameters))[0]


def document(key: str, account: Account, data: dict[str, Any], file: Path) -> Document:
    """The invoice that a message's `data` names, for that account."""
    decimals = int(data["decimals"])
    row = read_row(file, data["invoice_id"], "finalized", decimals)
    query = _LINES.format(decimals=decimals, minor=10**decimals)
    lines = _whole(_rows(query, {"file": str(file), "id": data["invoice_id"]}), empty=True)
    return Document(
        key=key,
        customer=account.customer,
        collection=account.collection,
        email=account.email,
        decimals=decimals,
        customer_id=data["customer_id"],
        invoice_id=data["invoice_id"],
        invoice_number=data["invoice_number"],
        currency=data["currency"],
        digest=data["digest"],
        lines=[_line(line) for line in lines],
        **{
            name: row[name]
            for name in (
                *("customer_name", "invoice_type", "contract_id", "period_start", "period_end"),
                *("issue_on", "due_on", "total", "total_minor"),
            )
        },
    )


def _line(row: dict[str, Any]) -> DocumentLine:
    exact = bool(row["is_exact"])
    return DocumentLine(
        row["line_number"],
        row["line_type"],
        _description(row, exact),
        row["amount"],
        row["amount_minor"],
        row["quantity"] if exact else None,
        row["unit_price"] if exact else None,
        row["service_start"],
        row["service_end"],
    )


def _description(row: dict[str, Any], exact: bool) -> str:
    """Product, group and days; where quantity × unit price is not the amount, these too."""
    parts = [row["product_name"] or row["line_type"]]
    if row["pricing_group"] not in (None, "{}"):
        parts.append(row["pricing_group"])
    if isinstance(row["service_start"], date) and isinstance(row["service_end"], date):
        parts.append(f"{row['service_start']} to {row['service_end']}")
    if not exact and row["quantity"] is not None:
        price = f" × {row['unit_price']}" if row["unit_price"] is not None else ""
        parts.append(f"{row['quantity']}{price}")
    return ", ".join(parts)


def _whole(rows: list[dict[str, Any]], empty: bool = False) -> list[dict[str, Any]]:
    if not rows and not empty:
        raise ProviderError(409, "not sent, the ledger has no such row")
    for row in rows:
        if not row["is_whole"]:
            raise ProviderError(409, "not sent, an amount has more decimals than its currency")
    return rows


def _rows(query: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        found = con.execute(query, parameters)
        columns = [name for name, *_ in found.description or []]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
