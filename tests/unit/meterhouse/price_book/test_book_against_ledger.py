"""An edited price book against final invoices (S-46): what is settled cannot be moved."""

from collections.abc import Callable
from datetime import date

import duckdb
import pytest

from meterhouse.ledger.schema import WAREHOUSE_TABLES, column_definitions
from meterhouse.price_book import PriceBookError, check_against_ledger


@pytest.fixture
def ledger() -> duckdb.DuckDBPyConnection:
    """January of c1 and the first quarter of c2 are final; 40 were taken from k1's first segment,
    of which 10 went back, and 120 are trued up of k2, of which late lines drew 25."""
    con = empty_ledger()
    invoice(con, "c1", date(2026, 1, 1), date(2026, 2, 1))
    invoice(con, "c2", date(2026, 1, 15), date(2026, 4, 15))
    invoice(con, "c1", date(2026, 2, 1), date(2026, 2, 14), "void", "EUR")
    apply(con, "c1.2026-01-01", "40")
    apply(con, "c1.2026-02-01", "999")
    line(con, "c1.2026-01-01", "true_up", commit_id="k2", amount=120)
    line(con, "c2.2026-01-15", "commit_applied", commit_id="k1", segment=1, amount=10)
    line(con, "c2.2026-01-15", "commit_applied", commit_id="k2", segment=1, amount=-25)
    return con


def empty_ledger() -> duckdb.DuckDBPyConnection:
    """The tables of schema `ledger`, without rows."""
    con = duckdb.connect()
    con.execute("create schema ledger")
    for table in ("invoices", "invoice_lines"):
        con.execute(f"create table ledger.{table} ({column_definitions(WAREHOUSE_TABLES[table])})")
    return con


def insert(con: duckdb.DuckDBPyConnection, table: str, **values: object) -> None:
    names, marks = ", ".join(values), ", ".join("?" for _ in values)
    con.execute(f"insert into ledger.{table} ({names}) values ({marks})", list(values.values()))


def line(con: duckdb.DuckDBPyConnection, invoice_id: str, kind: str, **values: object) -> None:
    insert(con, "invoice_lines", invoice_id=invoice_id, line_type=kind, **values)


def invoice(
    con: duckdb.DuckDBPyConnection,
    contract: str,
    start: date,
    end: date,
    status: str = "finalized",
    currency: str = "USD",
) -> None:
    insert(
        con, "invoices", invoice_id=f"{contract}.{start}", invoice_type="usage", status=status,
        contract_id=contract, currency=currency, period_start=start, period_end=end,
    )  # fmt: skip


def apply(con: duckdb.DuckDBPyConnection, invoice_id: str, amount: str) -> None:
    line(con, invoice_id, "commit_applied", commit_id="k1", segment=1, amount=f"-{amount}")


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
    test_against_final_invoices(load, invoiced, edits, expected)


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
    if rule is None:
        check_against_ledger(book, invoiced_in_arrears)
        return
    with pytest.raises(PriceBookError) as error:
        check_against_ledger(book, invoiced_in_arrears)
    [found] = error.value.problems
    assert (found.file, found.row, found.column, found.rule) == (
        "subscriptions.csv", 2, "subscription_id", rule,
    )  # fmt: skip
    assert "'used'" in found.message


def test_a_subscription_in_advance_that_is_renamed_in_arrears_is_not_charged_again(
    load: Callable, invoiced: duckdb.DuckDBPyConnection
) -> None:
    """While the period is open, its usage invoice would charge the days that are paid."""
    book = load(("subscriptions", 0, {**S1, "collection": "arrears"}), QUANTITIES)
    check_against_ledger(book, invoiced)  # January is final
    invoiced.execute("update ledger.invoices set status = 'void' where invoice_type = 'usage'")
    with pytest.raises(PriceBookError, match=USED):
        check_against_ledger(book, invoiced)
