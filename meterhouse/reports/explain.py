"""`meterhouse explain`: from a line of an invoice back to its rate, its slice and its events.

What a final line is explained by is evidence: the ledger's slices, the price book that made the
invoice, and the events of the log version that it records. Drafts are explained from what the last
run computed. All billing arithmetic is SQL, on the same types as in the models.
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.ledger.sql import one_row
from meterhouse.price_book.freeze import read_frozen
from meterhouse.reports.errors import LineNotFound, NotComputed
from meterhouse.reports.explain_case import Case, Section
from meterhouse.reports.explain_lines import sections_of
from meterhouse.reports.invoice_data import load_invoice
from meterhouse.warehouse.database import open_warehouse, table_exists
from meterhouse.warehouse.layout import check_layout
from meterhouse.warehouse.price_book_tables import DECLARED
from raw_events.common.sql import literal
from raw_events.common.text import shown


def explain(home: Path, invoice: str, line_number: int, limit: int = 10) -> list[Section]:
    """The sections that explain a line, at most `limit` events among them.

    Raises InvoiceNotFound, LineNotFound, NothingPublished, NotComputed; RunInProgress while a run
    has the warehouse.
    """
    header = load_invoice(home / "marts", invoice).header
    if not (home / "warehouse.duckdb").is_file():
        raise NotComputed("The warehouse is not there; the next run builds it: meterhouse run")
    with open_warehouse(home, read_only=True) as con:
        if not table_exists(con, "invoices", "draft_lines"):
            raise NotComputed("The warehouse is empty; the next run fills it: meterhouse run")
        check_layout(con)
        case = _case(con, home, header, line_number)
        return [_summary(case), *sections_of(case, limit)]


def _case(
    con: duckdb.DuckDBPyConnection, home: Path, header: dict[str, Any], line_number: int
) -> Case:
    invoice_id = header["invoice_id"]
    # Views take no parameters; the id is made of the price book's own text.
    quoted_id = literal(invoice_id)
    if header["status"] == "draft":
        source, applied = "invoices.draft_lines", "invoices.draft_applications"
        slices = (
            "(select records.* from rating.slice_records as records "
            "inner join invoices.draft_invoices as headers on "
            "records.contract_id = headers.contract_id and records.carried_on = headers.period_key "
            f"where headers.invoice_id = {quoted_id})"
        )
        log_version, book = one_row(con, "select log_version, price_book from inputs.run")
    else:
        source, applied = "ledger.invoice_lines", "ledger.commit_applications"
        slices = f"(select * from ledger.usage_slices where invoice_id = {quoted_id})"
        log_version, book = one_row(
            con,
            "select log_version, price_book from ledger.invoices where invoice_id = ?",
            [invoice_id],
        )
    _show_book(con, home, book)
    lines = f"(select * from {source} where invoice_id = {quoted_id})"
    applications = f"(select * from {applied} where invoice_id = {quoted_id})"
    case = Case(con, header, {}, log_version, book, slices, lines, applications)
    found = case.rows(f"select * from {lines} where line_number = ?", line_number)
    if not found:
        count = len(case.rows(f"select 1 from {lines}"))
        has = f"lines 1 to {count}" if count else "no lines"
        raise LineNotFound(
            f"Invoice {invoice_id} has {has}, and no line {line_number}. See them with: "
            f"meterhouse invoice {invoice_id}"
        )
    if found[0]["corrects_invoice_id"]:
        # S-43: a late line is rated with the book that finalized its period; aliases are today's.
        query = "select price_book from ledger.invoices where invoice_id = ?"
        (book,) = one_row(con, query, [found[0]["corrects_invoice_id"]])
        _show_book(con, home, book, besides="customer_aliases")
    return Case(con, header, found[0], log_version, book, slices, lines, applications)


def _show_book(
    con: duckdb.DuckDBPyConnection, home: Path, book: str, besides: str | None = None
) -> None:
    """Views `book_<table>` of a frozen price book."""
    for table, path in read_frozen(home, book).tables.items():
        if table != besides:
            # A book has the columns of the release that froze it: what came later is null.
            later = ", ".join(
                f'null::{kind} as "{name}"' for name, kind in DECLARED.get(table, {}).items()
            )
            also = f" union all by name (select {later} limit 0)" if later else ""
            if table in _AUTOMATIC:
                also += (
                    f" union all by name ({_AUTOMATIC[table]} from ledger.automatic_commits "
                    "as automatic inner join ledger.invoices as invoices using (invoice_id))"
                )
            con.execute(
                f"create or replace temp view book_{table} as "
                f"(from read_parquet({literal(path)})){also}"
            )


# S-58: the commits that thresholds bought, from the ledger, as a price book would say them.
_AUTOMATIC = {
    "commits": """
        select automatic.commit_id, invoices.contract_id, automatic.product_id,
            automatic.product_name as name, 'prepaid' as type,
            invoices.currency as pricing_unit, 'list' as rate_type,
            automatic.kind = 'gated_balance' as payment_gated
    """,
    "commit_access": """
        select automatic.commit_id, 1 as segment, automatic.amount, automatic.starting_on,
            automatic.ending_before
    """,
    "commit_invoices": """
        select automatic.commit_id, invoices.issue_on as invoice_on, automatic.amount
    """,
}


def _summary(case: Case) -> Section:
    line, header = case.line, case.header
    name = header["invoice_number"] or header["invoice_id"]
    facts = {
        "invoice": f"{header['invoice_id']} ({header['status']})",
        "line type": line["line_type"],
        "product": line["product_name"] and f"{line['product_name']} ({line['product_id']})",
        "group": line["pricing_group"] if line["pricing_group"] != "{}" else None,
        "service": f"from {line['service_start']} to before {line['service_end']}",
        "corrects": line["corrects_invoice_id"],
        "log version": case.log_version,
        "price book": case.price_book
        + (", that of the corrected invoice (S-43)" if line["corrects_invoice_id"] else ""),
        "amount": f"{line['amount']} {line['pricing_unit']}",
    }
    return Section(f"{name} line {line['line_number']}", facts)


def text_of(sections: Sequence[Section]) -> str:
    """Plain text: a heading per section, facts by label, tables with aligned columns."""
    parts = []
    for section in sections:
        title = shown(section.title)
        lines = [title, "-" * len(title)]
        facts = {label: value for label, value in section.facts.items() if value is not None}
        width = max(map(len, facts), default=0)
        lines += [f"{label.ljust(width)}  {cell_text(value)}" for label, value in facts.items()]
        if section.rows:
            lines += _table(section.columns, section.rows)
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _table(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[str]:
    cells = [
        [name.replace("_", " ") for name in columns],
        *([*map(cell_text, row)] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def cell_text(value: object) -> str:
    """A value as explanations show it: `-` for null, quantities without zeros at their end."""
    if value is None:
        return "-"
    if not isinstance(value, Decimal):
        return shown(value)
    text = f"{value:f}"
    # Quantities and prices without the zeros that their types end in; amounts as they are.
    is_long = -int(value.as_tuple().exponent) >= 10
    return text.rstrip("0").rstrip(".") if is_long else text
