"""An edited price book against charges that are invoiced (S-44, S-46): each keeps its name.

Guards against a subscription, a charge or a purchase that is invoiced a second time because it is
called otherwise now.
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


@pytest.fixture
def invoiced(ledger: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """s1, x1 and k1 of the book are invoiced on 1 January 2026, s1 for that month."""
    day = date(2026, 1, 1)
    for invoice_on, scheduled in ((day, "c1.scheduled.2026-01-01"), (date(2026, 1, 5), "of x1")):
        insert(
            ledger, "invoices", invoice_id=scheduled, invoice_type="scheduled",
            status="finalized", contract_id="c1", currency="USD", issue_on=invoice_on,
        )  # fmt: skip
    line(
        ledger, "c1.scheduled.2026-01-01", "subscription", source_id="s1", product_id="seat",
        service_start=day, service_end=date(2026, 2, 1), quantity=3, amount=75,
    )  # fmt: skip
    line(ledger, "of x1", "scheduled", source_id="x1", product_id="fee", amount=100)
    line(ledger, "c1.scheduled.2026-01-01", "commit_purchase", source_id="k1", amount=90)
    return ledger


@pytest.fixture
def invoiced_in_arrears() -> duckdb.DuckDBPyConnection:
    """`used` of c1: January with its usage invoice; February void, but a seat more of it final."""
    con = empty_ledger()
    january, february, march = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
    invoice(con, "c1", january, february)
    invoice(con, "c1", february, march, "void")
    insert(con, "invoices", invoice_id="more", invoice_type="scheduled", status="finalized",
           contract_id="c1", currency="USD", issue_on=date(2026, 2, 20))  # fmt: skip
    used = {"source_id": "used", "product_id": "seat", "quantity": 1, "amount": 25}
    for invoice_id, start, end in (
        ("c1.2026-01-01", january, february), ("c1.2026-02-01", february, march),
        ("more", date(2026, 2, 20), march),
    ):  # fmt: skip
        line(con, invoice_id, "subscription", service_start=start, service_end=end, **used)
    return con


S1 = {"subscription_id": "s1x"}
QUANTITIES = ("subscription_quantities", 0, {"subscription_id": "s1x"})
RENAMED = {
    "the book that made them": ((), None),
    "a subscription renamed": (
        (("subscriptions", 0, S1), QUANTITIES),
        ("subscriptions.csv", 2, "subscription_id", "final_subscription_renamed"),
    ),
    "renamed and started where the invoiced days end": (
        (("subscriptions", 0, {**S1, "starting_on": "2026-02-01"}), QUANTITIES),
        None,
    ),
    "another subscription beside it": (
        (
            ("subscriptions", 0, {"ending_before": "2026-01-10"}),
            ("subscriptions", None, {**S1, "ending_before": ""}),
        ),
        None,
    ),
    "gone without another one": (
        (("subscriptions", 0, {**S1, "contract_id": "c1", "collection": "arrears"}), QUANTITIES),
        None,
    ),
    "a charge renamed": (
        (("scheduled_charges", 0, {"charge_id": "x2"}),),
        ("scheduled_charges.csv", 2, "charge_id", "final_charge_renamed"),
    ),
    "a charge of another day": (
        (("scheduled_charges", 0, {"charge_id": "x2", "charge_on": "2026-01-06"}),),
        None,
    ),
    "a further charge": ((("scheduled_charges", None, {"charge_id": "x2"}),), None),
    "a purchase moved": (
        (("commit_invoices", 0, {"invoice_on": "2026-01-02"}),),
        ("commit_invoices.csv", 2, "invoice_on", "final_purchase_moved"),
    ),
    "a further purchase": ((("commit_invoices", None, {"invoice_on": "2026-04-01"}),), None),
}


@pytest.mark.parametrize(("edits", "expected"), RENAMED.values(), ids=RENAMED.keys())
def test_what_is_invoiced_keeps_its_name(
    load: Callable, invoiced: duckdb.DuckDBPyConnection, edits: tuple, expected: tuple | None
) -> None:
    problems = problems_of(load(*edits), invoiced)
    assert places(problems) == ([] if expected is None else [expected])


USED = "final_subscription_renamed"
IN_ARREARS = {
    "of a final period": ({"starting_on": "2026-01-01", "ending_before": "2026-02-01"}, None),
    "of a final period, in advance now": (
        {"starting_on": "2026-01-01", "ending_before": "2026-02-01", "collection": "advance"}, USED
    ),
    "of a void period, whose increase stands": ({"starting_on": "2026-01-01"}, USED),
    "from where the invoiced days end": (
        {"starting_on": "2026-03-01", "collection": "advance"}, None
    ),
}  # fmt: skip


@pytest.mark.parametrize(("terms", "rule"), IN_ARREARS.values(), ids=IN_ARREARS.keys())
def test_a_renamed_subscription_charges_no_day_twice(
    load: Callable, invoiced_in_arrears: duckdb.DuckDBPyConnection, terms: dict, rule: str | None
) -> None:
    """In arrears a period is charged with its invoice and, once that is final, no more (S-44)."""
    row = {"ending_before": "", "collection": "arrears", **S1, **terms}
    book = load(("subscriptions", 0, row), QUANTITIES)
    problems = problems_of(book, invoiced_in_arrears)
    place = ("subscriptions.csv", 2, "subscription_id", rule)
    assert places(problems) == ([] if rule is None else [place])
    assert all("'used'" in problem.message for problem in problems)


def test_a_subscription_in_advance_that_is_renamed_in_arrears_is_not_charged_again(
    load: Callable, invoiced: duckdb.DuckDBPyConnection
) -> None:
    """While the period is open, its usage invoice would charge the days that are paid."""
    book = load(("subscriptions", 0, {**S1, "collection": "arrears"}), QUANTITIES)
    check_against_ledger(book, invoiced)  # January is final
    invoiced.execute("update ledger.invoices set status = 'void' where invoice_type = 'usage'")
    with pytest.raises(PriceBookError, match=USED):
        check_against_ledger(book, invoiced)
