"""An edited price book against final invoices (S-46): periods and amounts that are settled stay.

Guards against a contract whose final periods would be billed again in another cut or currency, and
against a commit that has less than was taken from it. Names: test_book_against_charges.py.
"""

from collections.abc import Callable
from datetime import date

import duckdb
import pytest

from meterhouse.price_book import PriceBookError, check_against_ledger
from tests.unit.meterhouse.price_book.final_invoices import (
    empty_ledger,
    insert,
    invoice,
    line,
    places,
    problems_of,
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
    problems = problems_of(load(*edits), ledger)
    assert places(problems) == ([] if expected is None else [expected])


GIVEN_BACK, GIVEN_BACK_AGAIN = date(2026, 2, 1), date(2026, 3, 1)


@pytest.mark.parametrize(
    ("granted", "is_replaced", "is_sound"),
    [("40", False, True), ("39.99", False, False), ("40", True, False), ("75", True, True)],
)
def test_what_a_void_invoice_gave_back_its_replacement_gives_back_again(
    load: Callable, granted: str, is_replaced: bool, is_sound: bool
) -> None:
    """A later invoice drew what it had given back (S-50); once it is replaced, that one counts."""
    con = empty_ledger()
    invoice(con, "c1", date(2026, 1, 1), GIVEN_BACK)
    invoice(con, "c1", GIVEN_BACK, GIVEN_BACK_AGAIN, "void")
    invoice(con, "c1", GIVEN_BACK_AGAIN, date(2026, 4, 1))
    if is_replaced:
        insert(con, "invoices", invoice_id="r2", invoice_type="usage", status="finalized",
               contract_id="c1", currency="USD", period_start=GIVEN_BACK,
               period_end=GIVEN_BACK_AGAIN)  # fmt: skip
    for start, amount in (("2026-01-01", -40), (GIVEN_BACK, 35), (GIVEN_BACK_AGAIN, -35)):
        line(con, f"c1.{start}", "commit_applied", commit_id="k1", segment=1, amount=amount)
    book = load(("commit_access", 0, {"amount": granted}))
    if is_sound:
        check_against_ledger(book, con)
        return
    with pytest.raises(PriceBookError, match="access_below_applied"):
        check_against_ledger(book, con)


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
    con = empty_ledger()
    invoice(con, "c1", start, end)
    terms = {"starting_on": starting_on, "billing_anchor": anchor, "billing_frequency": frequency}
    check_against_ledger(load(("contracts", 0, terms)), con)
