"""An edited price book against final invoices (S-46): what is settled cannot be moved."""

from collections.abc import Callable
from datetime import date

import duckdb
import pytest

from meterhouse.price_book import PriceBookError, check_against_ledger


@pytest.fixture
def ledger() -> duckdb.DuckDBPyConnection:
    """January of c1 and the first quarter of c2 are final; 40 were taken from k1's first segment,
    of which 10 went back, and 120 are trued up of k2, of which late lines drew 25."""
    con = duckdb.connect()
    con.execute("create schema ledger")
    con.execute(
        "create table ledger.invoices (invoice_id varchar, invoice_type varchar, status varchar,"
        " contract_id varchar, currency varchar, period_start date, period_end date)"
    )
    con.execute(
        "create table ledger.invoice_lines (invoice_id varchar, line_type varchar,"
        " commit_id varchar, segment integer, amount decimal(20, 4))"
    )
    invoice(con, "c1", date(2026, 1, 1), date(2026, 2, 1))
    invoice(con, "c2", date(2026, 1, 15), date(2026, 4, 15))
    invoice(con, "c1", date(2026, 2, 1), date(2026, 2, 14), "void", "EUR")
    apply(con, "c1.2026-01-01", "40")
    apply(con, "c1.2026-02-01", "999")
    con.execute(
        "insert into ledger.invoice_lines values ('c1.2026-01-01', 'true_up', 'k2', null, 120),"
        " ('c2.2026-01-15', 'commit_applied', 'k1', 1, 10),"
        " ('c2.2026-01-15', 'commit_applied', 'k2', 1, -25)"
    )
    return con


def invoice(
    con: duckdb.DuckDBPyConnection,
    contract: str,
    start: date,
    end: date,
    status: str = "finalized",
    currency: str = "USD",
) -> None:
    con.execute(
        "insert into ledger.invoices values (?, 'usage', ?, ?, ?, ?, ?)",
        [f"{contract}.{start}", status, contract, currency, start, end],
    )


def apply(con: duckdb.DuckDBPyConnection, invoice_id: str, amount: str) -> None:
    con.execute(
        "insert into ledger.invoice_lines values (?, 'commit_applied', 'k1', 1, ?)",
        [invoice_id, f"-{amount}"],
    )


CARDS_IN_EURO = (
    ("rate_cards", None, {"rate_card_id": "euro", "currency": "EUR"}),
    ("rates", None, {"rate_id": "r8", "rate_card_id": "euro"}),
)

CASES = {
    "the book that made them": ((), None),
    "a start moved": (
        (("contracts", 0, {"starting_on": "2026-01-02"}),),
        ("contracts.csv", 2, "starting_on", "final_period_moved"),
    ),
    "another frequency": (
        (("contracts", 0, {"billing_frequency": "quarterly"}),),
        ("contracts.csv", 2, "ending_before", "final_period_moved"),
    ),
    "another anchor": (
        (("contracts", 1, {"billing_anchor": "first_of_month"}),),
        ("contracts.csv", 3, "ending_before", "final_period_moved"),
    ),
    "an anchor that gives the same period": (
        (("contracts", 0, {"billing_anchor": "contract_start"}),),
        None,
    ),
    "an end inside a final period": (
        (("contracts", 0, {"ending_before": "2026-01-20"}),),
        ("contracts.csv", 2, "ending_before", "final_period_moved"),
    ),
    "an end at a final period's end": ((("contracts", 0, {"ending_before": "2026-02-01"}),), None),
    "an end before a final period": (
        (("contracts", 1, {"starting_on": "2025-01-15", "ending_before": "2026-01-15"}),),
        ("contracts.csv", 3, "ending_before", "final_period_moved"),
    ),
    "a contract removed": (
        (("contracts", 1, {"contract_id": "c3"}),),
        ("contracts.csv", None, "contract_id", "final_contract_missing"),
    ),
    "another currency": (
        (*CARDS_IN_EURO, ("contracts", 1, {"rate_card_id": "euro"})),
        ("contracts.csv", 3, "rate_card_id", "final_currency_changed"),
    ),
    "an amount as high as what was taken": ((("commit_access", 0, {"amount": "30"}),), None),
    "an amount below what was taken": (
        (("commit_access", 0, {"amount": "29.99"}),),
        ("commit_access.csv", 2, "amount", "access_below_applied"),
    ),
    "a pledge as high as its true-up": ((("commit_access", 2, {"amount": "120"}),), None),
    "a pledge below its true-up": (
        (("commit_access", 2, {"amount": "119.99"}),),
        ("commit_access.csv", 4, "amount", "access_below_applied"),
    ),
    "a segment removed": (
        (
            ("commit_access", 0, {"commit_id": "k4"}),
            ("commit_access", 1, {"commit_id": "k4"}),
            ("commits", 0, {"commit_id": "k4"}),
            ("commit_applies_to", 0, {"commit_id": "k4"}),
            ("commit_applies_to", 1, {"commit_id": "k4"}),
            ("commit_invoices", 0, {"commit_id": "k4"}),
        ),
        ("commit_access.csv", None, "amount", "access_below_applied"),
    ),
}


@pytest.mark.parametrize(("edits", "expected"), CASES.values(), ids=CASES.keys())
def test_against_final_invoices(
    load: Callable, ledger: duckdb.DuckDBPyConnection, edits: tuple, expected: tuple | None
) -> None:
    book = load(*edits)
    if expected is None:
        check_against_ledger(book, ledger)
        return
    with pytest.raises(PriceBookError) as error:
        check_against_ledger(book, ledger)
    [found] = error.value.problems
    assert (found.file, found.row, found.column, found.rule) == expected


@pytest.mark.parametrize(
    ("starting_on", "anchor", "frequency", "start", "end"),
    [
        ("2025-10-31", "contract_start", "monthly", date(2025, 11, 30), date(2025, 12, 31)),
        ("2025-10-31", "contract_start", "monthly", date(2026, 2, 28), date(2026, 3, 31)),
        ("2024-02-29", "contract_start", "annual", date(2025, 2, 28), date(2026, 2, 28)),
        ("2025-11-30", "contract_start", "quarterly", date(2026, 2, 28), date(2026, 5, 30)),
        ("2025-05-17", "first_of_month", "quarterly", date(2025, 5, 17), date(2025, 7, 1)),
        ("2025-05-17", "first_of_month", "annual", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_every_calendar_keeps_its_periods(
    load: Callable, starting_on: str, anchor: str, frequency: str, start: date, end: date
) -> None:
    """Boundaries of S-3, where the last day of a month is clamped."""
    con = duckdb.connect()
    con.execute("create schema ledger")
    con.execute(
        "create table ledger.invoices as select 'i' as invoice_id, 'usage' as invoice_type,"
        " 'finalized' as status, 'c1' as contract_id, 'USD' as currency,"
        " ?::date as period_start, ?::date as period_end",
        [start, end],
    )
    con.execute(
        "create table ledger.invoice_lines (invoice_id varchar, line_type varchar,"
        " commit_id varchar, segment integer, amount decimal(20, 4))"
    )
    terms = {"starting_on": starting_on, "billing_anchor": anchor, "billing_frequency": frequency}
    check_against_ledger(load(("contracts", 0, terms)), con)
