"""What a commit that waits for its payment gives to open invoices, and what is said (S-73)."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import duckdb
import pytest

from tests.commits.in_memory import run_in_memory
from tests.commits.threshold_book import (
    FEBRUARY,
    JANUARY,
    MARCH,
    Rows,
    balance,
    commit,
    line,
    rows_of,
    run,
    spend,
    with_ledger,
)

FEB_5, FEB_10, FEB_12 = (date(2026, 2, day) for day in (5, 10, 12))
YEAR_END = date(2027, 1, 1)
# All that is final became so at once, before anything came back.
ENTRY = {"ledger_version": 1, "rows": 9, "last_sequence": 9, "payments_version": -1}
MARTS = ("commit_ledger", "commit_balances", "commit_burndown", "rollovers", "drawdowns")


def purchase(contract: str) -> Rows:
    """The final invoice of 1 January that sells the commit `<contract>-credit` for 100."""
    invoice = {"invoice_id": f"{contract}.buy"}
    return {
        "price_book.commit_invoices": [
            {"commit_id": f"{contract}-credit", "invoice_on": JANUARY, "amount": Decimal(100)}
        ],
        "ledger.invoices": [
            invoice | {
                "invoice_type": "scheduled", "contract_id": contract, "status": "finalized",
                "issue_on": JANUARY, "total": Decimal(100), "sequence": 1, "currency": "USD",
                "price_book": "book",
            }
        ],
        "ledger.invoice_lines": [
            invoice | {
                "line_number": 1, "line_type": "commit_purchase", "amount": Decimal(100),
                "commit_id": f"{contract}-credit", "source_id": f"{contract}-credit",
                "pricing_unit": "USD",
            }
        ],
    }  # fmt: skip


def came_back(*events: tuple[str, str, date]) -> list[dict]:
    """Invoice, status and day of each payment's event."""
    return [
        {
            "invoice_id": invoice, "status": status, "event_id": str(number), "status_rank": number,
            "occurred_at": datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
            "received_at": datetime(day.year, day.month, day.day, 13, tzinfo=UTC),
            "payments_version": number,
            # As calendar.payments says it.
            "is_settled": {"paid": True, "refunded": False, "charged_back": False}.get(status),
        }
        for number, (invoice, status, day) in enumerate(events, start=1)
    ]  # fmt: skip


USED = {
    "ledger.invoices": [
        {"invoice_id": "used.usage", "invoice_type": "usage", "contract_id": "used", "sequence": 2,
         "status": "finalized", "period_start": JANUARY, "period_end": FEBRUARY,
         "issue_on": FEBRUARY, "currency": "USD", "price_book": "book"}
    ],
    "ledger.invoice_lines": [
        {"invoice_id": "used.usage", "line_number": 2, "line_type": "commit_applied",
         "amount": Decimal(-40), "commit_id": "used-credit", "segment": 1, "pricing_unit": "USD",
         "service_start": JANUARY, "service_end": FEBRUARY, "pricing_group": "{}"}
    ],
}  # fmt: skip
# Contract → what came back of the invoice of its commit.
HISTORIES = {
    "unpaid": [],
    "failed": [("payment_failed", FEB_5)],
    "paid": [("payment_failed", JANUARY), ("paid", FEB_5)],
    "back": [("paid", FEB_5), ("refunded", FEB_12)],
    "rolls": [("paid", JANUARY)],
    "rolls_not": [("paid", FEB_5)],
    "used": [],
}


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """A commit of 100 for each contract, and the slices of February that the 5th and 12th cut.

    The segment of `rolls…` ends with January, and what it leaves rolls over.
    """
    lines, commits = [], []
    more: Rows = defaultdict(list)
    for contract, events in HISTORIES.items():
        cuts = [FEBRUARY, FEB_5, FEB_12, MARCH]
        lines += [
            line(contract, "30", service_start=start, service_end=end)
            for start, end in pairwise(cuts)
        ]
        ends = {"ending_before": FEBRUARY} if contract.startswith("rolls") else {}
        commits.append(commit(contract, "100", type="prepaid", payment_gated=True, **ends))
        for table, records in purchase(contract).items():
            more[table] += records
        more["calendar.payments"] += came_back(
            *((f"{contract}.buy", status, day) for status, day in events)
        )
    for table, records in USED.items():
        more[table] += records
    rows = rows_of(lines, [], commits, **more)
    rows["ledger.entries"] = [ENTRY]
    for contract in ("rolls", "rolls_not"):
        rows["price_book.commit_access"].append(
            {"commit_id": f"{contract}-credit", "amount": Decimal(100), "starting_on": FEBRUARY,
             "ending_before": YEAR_END, "segment": 2, "rolls_over_from": 1}
        )  # fmt: skip
    return run_in_memory(rows, MARTS)


def covered(con: duckdb.DuckDBPyConnection, contract: str) -> list[tuple]:
    return con.execute(
        "select service_start, covered from drawdowns where contract_id = ? order by all",
        [contract],
    ).fetchall()


def said(con: duckdb.DuckDBPyConnection, contract: str) -> list[tuple]:
    return con.execute(
        "select granted, applied_finalized, applied_draft, expired, remaining, payment, paid_on,"
        " serves_from, purchase_invoice_id from commit_balances where contract_id = ?",
        [contract],
    ).fetchall()


def entries(con: duckdb.DuckDBPyConnection, contract: str) -> list[tuple]:
    return con.execute(
        "select entry_type, entry_on, amount, balance from commit_ledger where contract_id = ?"
        " order by entry_number",
        [contract],
    ).fetchall()


@pytest.mark.parametrize("contract", ["unpaid", "failed"])
def test_nothing_before_it_is_paid(con, contract: str):
    assert covered(con, contract) == []
    assert entries(con, contract) == []
    waiting = (0, 0, 0, 0, 0, "waiting for payment", None, None, f"{contract}.buy")
    assert said(con, contract) == [waiting]
    assert con.execute("from commit_burndown where contract_id = ?", [contract]).fetchall() == []


def test_from_the_day_of_payment_on(con):
    """S-41: what is granted is dated that day."""
    assert covered(con, "paid") == [(FEB_5, 30), (FEB_12, 30)]
    assert entries(con, "paid") == [
        ("grant", FEB_5, 100, 100),
        ("application", MARCH, -60, 40),
    ]
    assert said(con, "paid") == [(100, 0, 60, 0, 40, "paid", FEB_5, FEB_5, "paid.buy")]
    first = "select min(burned_on) from commit_burndown where contract_id = 'paid'"
    assert con.execute(first).fetchall() == [(FEB_5,)]


def test_until_the_money_goes_back(con):
    """What it gave before stays given; the rest expires that day."""
    assert covered(con, "back") == [(FEB_5, 30)]
    taken_back = (100, 0, 30, 70, 0, "payment taken back", None, FEB_5, "back.buy")
    assert said(con, "back") == [taken_back]
    assert entries(con, "back") == [
        ("grant", FEB_5, 100, 100),
        ("application", MARCH, -30, 70),
        ("expiry", FEB_12, -70, 0),
    ]
    # Nothing is ahead of it.
    ahead = "select max(burned_on), max(runs_out_on), max(projected_overage) from commit_burndown"
    last = con.execute(f"{ahead} where contract_id = 'back'").fetchall()
    assert last == [(FEB_12 - timedelta(days=1), None, 0)]


def test_what_is_not_paid_does_not_roll_over(con):
    rolled = "select contract_id, amount from rollovers inner join commit_terms using (commit_id)"
    assert con.execute(rolled).fetchall() == [("rolls", 100)]
    assert len(covered(con, "rolls")) == 3
    assert covered(con, "rolls_not") == []


def test_a_commit_that_is_gated_when_it_has_given_already(con):
    """S-48: what final invoices took of it stays granted, so no balance is below zero."""
    assert said(con, "used") == [(40, 40, 0, 0, 0, "waiting for payment", None, None, "used.buy")]


def ending(rows: Rows) -> Rows:
    """The same with contracts that end, as what a balance threshold buys does with them."""
    contracts = [row | {"ending_before": YEAR_END} for row in rows["price_book.contracts"]]
    return rows | {"price_book.contracts": contracts}


def bought(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    return con.execute(
        "select commit_id, kind, amount from reached_thresholds order by all"
    ).fetchall()


def test_a_top_up_that_waits_for_its_payment_is_asked_for_once():
    """S-58: it gives nothing yet, so what is outstanding is asked for by the spend threshold."""
    rows = ending(
        rows_of([line("k", "120")], [balance("k", payment_gated=True), spend("k", "110")])
    )
    first = run(rows)
    assert bought(first) == [
        ("k.ask.1", "spend", 120),
        ("k.reload.1", "gated_balance", 100),
    ]
    assert first.execute("select commit_id, covered from drawdowns").fetchall() == [
        ("k.ask.1", 120)
    ]
    after = with_ledger(rows, first)
    assert bought(run(after)) == []
    # a void takes the commit away, and the threshold asks again
    assert ("k.reload.2", "gated_balance", 100) in bought(run(with_ledger(rows, first, {"k"})))


def test_a_top_up_serves_from_its_payment_on():
    slices = [
        line("k", "30", service_start=start, service_end=end)
        for start, end in ((FEBRUARY, FEB_10), (FEB_10, MARCH))
    ]
    rows = ending(rows_of(slices, [balance("k", payment_gated=True)]))
    rows = with_ledger(rows, run(rows))
    [invoice] = rows["ledger.invoices"]
    rows["ledger.invoices"] = [invoice | {"total": Decimal(100)}]
    rows["ledger.entries"] = [ENTRY]
    sold = {"invoice_id": invoice["invoice_id"], "line_number": 1, "amount": Decimal(100),
            "line_type": "commit_purchase", "commit_id": "k.reload.1"}  # fmt: skip
    rows["ledger.invoice_lines"] = [sold]
    rows["calendar.payments"] = came_back((invoice["invoice_id"], "paid", FEB_10))
    con = run(rows)
    assert covered(con, "k") == [(FEB_10, 30)]
    assert bought(con) == [], "70 are left of it"
