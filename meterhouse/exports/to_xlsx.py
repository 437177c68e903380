"""Invoices and their lines of a publication as one spreadsheet (S-79, S-78)."""

from pathlib import Path

from meterhouse.documents.sheet import Book
from meterhouse.exports.errors import ExportRefused
from meterhouse.exports.published import (
    Published,
    check_customer,
    plain_columns,
    with_publication,
)
from meterhouse.price_book.freeze import read_frozen
from raw_events.common.files import replaced_file
from raw_events.common.sql import literal

SHEETS = (
    "invoices", "invoice_lines", "invoice_line_breakdowns", "credit_notes", "commit_balances",
)  # fmt: skip
# A sheet has 1,048,576 rows, one of them the head.
MOST_ROWS = 1_048_575
_AT_ONCE = 10_000
_WIDTH = 18


def export_xlsx(home: Path, file: Path, customer: str | None = None) -> Published:
    """Write the sheets, of all customers or of one; gives the publication.

    Raises ExportError, or ExportRefused for a customer that nobody knows, or if a mart has more
    rows than a sheet.
    """

    def work(published: Published) -> Published:
        if customer is not None:
            check_customer(home, published, customer)
            contracts = read_frozen(home, published.price_book).tables["contracts"]
            published.con.execute(
                f"create or replace temp view contracts as from read_parquet({literal(contracts)})"
            )
        return _write(published, file, customer)

    return with_publication(home, work)


def _write(published: Published, file: Path, customer: str | None) -> Published:
    book = Book(f"Publication {published.name}", "Meterhouse", published.as_of)
    head = book.sheet("publication", (("name", _WIDTH), ("value", 70)))
    for row, (name, value) in enumerate(published.described().items(), 1):
        book.write(head, row, 0, name)
        book.write(head, row, 1, value)
    for mart in SHEETS:
        if mart in published.marts:
            _sheet(book, published, mart, customer)
    with replaced_file(file) as temporary:
        temporary.write_bytes(book.done())
    return published


def _sheet(book: Book, published: Published, mart: str, customer: str | None) -> None:
    con, source, columns = published.con, published.marts[mart], published.columns(mart)
    where = "true" if customer is None else _of_customer(published, columns)
    parameters = {"customer": customer} if customer is not None else {}
    [(rows,)] = con.execute(f"select count(*) from {source} where {where}", parameters).fetchall()
    if rows > MOST_ROWS:
        raise ExportRefused(
            f"{mart} has {rows:,} rows, and a sheet {MOST_ROWS:,}. Export one customer "
            "(--customer), or all of it as csv."
        )
    sheet = book.sheet(mart, tuple((name, _WIDTH) for name in columns))
    found = con.execute(
        f"select {plain_columns(columns, escape=False)} from {source} where {where}", parameters
    )
    row = 0
    while part := found.fetchmany(_AT_ONCE):
        for cells in part:
            row += 1
            for column, value in enumerate(cells):
                book.write(sheet, row, column, value)


def _of_customer(published: Published, columns: dict[str, str]) -> str:
    """The customer's rows; of a mart that does not name it, by invoice or contract.

    A contract that moved is whose it is now (decision 0471), one that is gone its invoices'.
    """
    if "customer_id" in columns:
        return "customer_id = $customer"
    mine = f"from {published.marts['invoices']} where customer_id = $customer"
    if "invoice_id" in columns:
        return f"invoice_id in (select invoice_id {mine})"
    return (
        "contract_id in (select contract_id from contracts where customer_id = $customer) or ("
        f"contract_id in (select contract_id {mine})"
        " and contract_id not in (select contract_id from contracts))"
    )
