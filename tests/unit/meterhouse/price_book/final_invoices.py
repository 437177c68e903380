"""Final invoices in a ledger, row by row, and what an edited price book may not change of them."""

from datetime import date

import duckdb

from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.price_book import PriceBook, PriceBookError, Problem, check_against_ledger

# (file, row, column, rule)
Place = tuple[str, int | None, str | None, str]


def empty_ledger() -> duckdb.DuckDBPyConnection:
    """The tables of schema `ledger`, without rows."""
    con = duckdb.connect()
    con.execute("create schema ledger")
    for table in ("invoices", "invoice_lines", "automatic_commits"):
        con.execute(f"create table ledger.{table} ({column_definitions(WAREHOUSE_TABLES[table])})")
    return con


def insert(con: duckdb.DuckDBPyConnection, table: str, **values: object) -> None:
    """A row of a table of schema `ledger`; other columns are null."""
    names, marks = ", ".join(values), ", ".join("?" for _ in values)
    con.execute(f"insert into ledger.{table} ({names}) values ({marks})", list(values.values()))


def line(con: duckdb.DuckDBPyConnection, invoice_id: str, kind: str, **values: object) -> None:
    """A line of an invoice."""
    insert(con, "invoice_lines", invoice_id=invoice_id, line_type=kind, **values)


def invoice(
    con: duckdb.DuckDBPyConnection,
    contract: str,
    start: date,
    end: date,
    status: str = "finalized",
    currency: str = "USD",
) -> None:
    """A usage invoice of a contract's period."""
    insert(
        con, "invoices", invoice_id=f"{contract}.{start}", invoice_type="usage", status=status,
        contract_id=contract, currency=currency, period_start=start, period_end=end,
    )  # fmt: skip


def apply(con: duckdb.DuckDBPyConnection, invoice_id: str, amount: str) -> None:
    """What the first segment of k1 paid of an invoice."""
    line(con, invoice_id, "commit_applied", commit_id="k1", segment=1, amount=f"-{amount}")


def problems_of(book: PriceBook, ledger: duckdb.DuckDBPyConnection) -> list[Problem]:
    """What the book would change of the ledger's invoices; empty if nothing."""
    try:
        check_against_ledger(book, ledger)
    except PriceBookError as error:
        assert error.problems
        return error.problems
    return []


def places(problems: list[Problem]) -> list[Place]:
    """Where each of them is, and its rule."""
    return [(each.file, each.row, each.column, each.rule) for each in problems]
