"""One invoice from the published marts, as plain Python values."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.mart_files import mart_files, mart_sql
from meterhouse.ledger.numbers import as_credit_note_number, as_invoice_number
from meterhouse.reports.errors import InvoiceNotFound, NothingPublished
from raw_events.common.sql import literals


@dataclass(frozen=True)
class Invoice:
    """Rows of the marts as dicts by column name; amounts are Decimal, dates date, instants UTC."""

    header: dict[str, Any]
    lines: list[dict[str, Any]]
    breakdowns: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    unrated: list[dict[str, Any]] = field(default_factory=list)
    credit_note: dict[str, Any] | None = None
    # Whether the credit note was asked for, by its number.
    by_credit_note: bool = False


def load_invoice(marts: Path, id_or_number: str) -> Invoice:
    """The invoice with that id or number (`INV-000012`, `inv-12` and `12` are one number).

    The number of a credit note (`CN-000001`) gives the invoice that it takes back (S-55).

    Raises NothingPublished before the first run, and InvoiceNotFound with what comes near.
    """
    # The link is followed once: all files are then of one run, even if a run ends meanwhile.
    folder = Path(marts).resolve()
    if not mart_files(folder, "invoices"):
        raise NothingPublished(
            f"No invoices are published in {marts} yet. Land events and run once: "
            "meterhouse ingest FILE…, then meterhouse run"
        )
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        asked = _invoice_of_credit_note(con, folder, id_or_number.strip())
        found = _rows(
            con,
            folder,
            "from {invoices} where invoice_id = $1 or invoice_number = $2",
            [asked, as_invoice_number(asked)],
        )
        if not found:
            raise InvoiceNotFound(_not_found(con, folder, asked))
        header = found[0]
        invoice_id = [header["invoice_id"]]
        lines = _rows(
            con,
            folder,
            "from {invoice_lines} where invoice_id = $1 order by line_number",
            invoice_id,
        )
        parts = _rows(
            con,
            folder,
            "from {invoice_line_breakdowns} where invoice_id = $1 "
            "order by line_number, presentation_group",
            invoice_id,
        )
        unrated = _rows(
            con,
            folder,
            "from {unrated_usage} where contract_id = $1 and period_start = $2 "
            "order by product_id, pricing_group, reason",
            [header["contract_id"], header["period_start"]],
        )
        notes = _rows(con, folder, "from {credit_notes} where invoice_id = $1", invoice_id)
    breakdowns: dict[int, list[dict[str, Any]]] = {}
    for part in parts:
        breakdowns.setdefault(part["line_number"], []).append(part)
    by_credit_note = bool(notes) and as_credit_note_number(id_or_number.strip()) is not None
    return Invoice(header, lines, breakdowns, unrated, notes[0] if notes else None, by_credit_note)


def _invoice_of_credit_note(con: duckdb.DuckDBPyConnection, folder: Path, asked: str) -> str:
    number = as_credit_note_number(asked)
    if number is None:
        return asked
    query = "from {credit_notes} order by credit_note_number desc"
    notes = {note["credit_note_number"]: note for note in _rows(con, folder, query, [])}
    if number not in notes:
        latest = "\n".join(
            f"  {one}  takes back {note['invoice_id']}, {note['issue_on']}"
            for one, note in [*notes.items()][:5]
        )
        raise InvoiceNotFound(
            f"There is no credit note '{number}'. "
            + (f"The latest are:\n{latest}" if latest else "No invoice was voided so far.")
        )
    return str(notes[number]["invoice_id"])


def currency_decimals(home: Path) -> dict[str, int]:
    """Decimals per pricing unit in the frozen price books of a data directory.

    The marts do not carry them. A unit never loses decimals between books, so the most count.
    """
    files = sorted(Path(home).glob("price_books/*/pricing_units.parquet"))
    if not files:
        return {}
    listed = literals(files)
    with duckdb.connect() as con:
        rows = con.execute(
            f"select pricing_unit, max(decimals) from read_parquet([{listed}]) group by all"
        ).fetchall()
    return dict(rows)


def commit_names(home: Path) -> dict[str, str]:
    """What each commit is called in the frozen price books of a data directory.

    The marts do not say it. A commit that books call differently is left out.
    """
    files = sorted(Path(home).glob("price_books/*/commits.parquet"))
    if not files:
        return {}
    with duckdb.connect() as con:
        rows = con.execute(
            f"select commit_id, min(name) from read_parquet([{literals(files)}]) "
            "group by all having count(distinct name) = 1"
        ).fetchall()
    return dict(rows)


def _rows(
    con: duckdb.DuckDBPyConnection, folder: Path, query: str, parameters: list[Any]
) -> list[dict[str, Any]]:
    def relation(match: re.Match[str]) -> str:
        return mart_sql(folder, match[1]) or match[1]

    marts = re.findall(r"\{(\w+)\}", query)
    if not mart_files(folder, marts[0]):
        return []
    cursor = con.execute(re.sub(r"\{(\w+)\}", relation, query), parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _not_found(con: duckdb.DuckDBPyConnection, folder: Path, asked: str) -> str:
    of_customer = _rows(
        con,
        folder,
        "from {invoices} where $1 in (customer_id, contract_id, customer_name) "
        "order by issue_on desc, invoice_id limit 10",
        [asked],
    )
    if of_customer:
        return (
            f"'{asked}' is a customer or contract, not an invoice. Its latest invoices:\n"
            + _listed(of_customer)
        )
    near = _rows(
        con,
        folder,
        "from {invoices} order by greatest("
        "    jaro_winkler_similarity(lower(invoice_id), lower($1)),"
        "    jaro_winkler_similarity(coalesce(invoice_number, ''), $2)"
        ") desc, issue_on desc, invoice_id limit 5",
        [asked, as_invoice_number(asked)],
    )
    if not near:
        return f"There is no invoice '{asked}', for there are no invoices at all yet."
    return (
        f"There is no invoice '{asked}'. The nearest are:\n{_listed(near)}\n"
        "Give an id or a number from the mart invoices; a draft has an id only, and is there from "
        "the first run of its period on (meterhouse run)."
    )


def _listed(invoices: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"  {row['invoice_id']}  {row['invoice_number'] or '-'}  {row['status']}  "
        f"{row['customer_name']}  issued {row['issue_on']}"
        for row in invoices
    )
