"""Contracts with thresholds for test_thresholds.py: small ones by name, and random ones (S-58)."""

from datetime import date
from decimal import Decimal

from tests.commits.book import make_book
from tests.commits.threshold_book import (
    FEBRUARY,
    JANUARY,
    MARCH,
    TODAY,
    Rows,
    balance,
    commit,
    line,
    rows_of,
    spend,
)

RANDOM = 100
B = {"product_id": "b", "product_name": "B"}
FINAL = {
    "invoice_id": "late.usage.2025-12-01", "invoice_type": "usage", "contract_id": "late",
    "status": "finalized", "currency": "USD", "period_start": date(2025, 12, 1),
    "period_end": JANUARY, "issue_on": JANUARY, "sequence": 0, "price_book": "book",
}  # fmt: skip
LATE = {
    "line_type": "late_usage", "service_start": date(2025, 12, 1), "service_end": JANUARY,
}  # fmt: skip

# contract: its lines, thresholds, commits
CONTRACTS: dict[str, tuple[list, list, list]] = {
    "reaches": ([line("reaches", "130.5")], [spend("reaches", "130.5")], []),
    "below": ([line("below", "99.99")], [spend("below")], []),
    "tomorrow": (
        [line("tomorrow", "500")], [spend("tomorrow", starting_on=date(2026, 2, 16))], [],
    ),
    "ended": ([line("ended", "500")], [spend("ended", ending_before=TODAY)], []),
    "due": ([line("due", "500", JANUARY)], [spend("due")], []),
    "two": ([line("two", "500", JANUARY), line("two", "300")], [spend("two")], []),
    "restricted": (
        [line("restricted", "60"), line("restricted", "80", **B)],
        [spend("restricted", "90")],
        [commit("restricted", "50", priority=900, applies_to="a")],
    ),
    "own": (
        [line("own", "100", commit_price=Decimal("0.5"))],
        [spend("own", "60")],
        [commit("own", "20", rate_type="commit")],
    ),
    "units": ([line("units", "400", pricing_unit="CR", decimals=1)], [spend("units")], []),
    "late": (
        [line("late", "40", **LATE, corrects_invoice_id=FINAL["invoice_id"]), line("late", "110")],
        [spend("late")], [],
    ),
    "returns": (
        [line("returns", "-8", **LATE, corrects_invoice_id=FINAL["invoice_id"]),
         line("returns", "110")],
        [spend("returns")], [],
    ),
    "minimum": (
        [line("minimum", "110"),
         line("minimum", "50", line_type="minimum", product_id="fee", product_name="FEE")],
        [spend("minimum")], [],
    ),
    "falls": ([line("falls", "30")], [balance("falls")], [commit("falls", "50")]),
    "above": ([line("above", "29.99")], [balance("above")], [commit("above", "50")]),
    "counts": (
        [line("counts", "10")],
        [balance("counts")],
        [
            commit("counts", "30"),
            commit("counts", "500", commit_id="for-b", applies_to="b"),
            commit("counts", "500", commit_id="past", ending_before=FEBRUARY),
            commit("counts", "500", commit_id="ahead", starting_on=MARCH),
            commit("counts", "500", commit_id="other-unit", pricing_unit="CR"),
            commit("counts", "500", commit_id="promise", type="postpaid"),
        ],
    ),
    "weekly": ([line("weekly", "30")], [balance("weekly")], [commit("weekly", "50")]),
    "half": ([line("half", "30")], [balance("half")], [commit("half", "50")]),
    "lacks": ([line("lacks", "250")], [balance("lacks")], [commit("lacks", "50")]),
    "both": ([line("both", "170")], [spend("both", "60"), balance("both")], []),
    "enough": ([line("enough", "150")], [spend("enough", "60"), balance("enough")], []),
    "void": ([line("void", "130")], [spend("void")], []),
    "void_ended": ([line("void_ended", "130")], [spend("void_ended")], []),
    "edited": ([line("edited", "130")], [spend("edited", product_id="other_fee")], []),
}  # fmt: skip
FREQUENCIES = {"weekly": "weekly", "half": "semiannual"}


def book() -> Rows:
    """The contracts above, and random ones (k000, …) with both kinds of thresholds."""
    each = CONTRACTS.values()
    names = [f"k{number:03}" for number in range(RANDOM)]
    thresholds = [spend(name, "40") for name in names]
    thresholds += [balance(name, "30", "90") for name in names[::2]]
    rows = rows_of(
        [row for lines, _, _ in each for row in lines],
        [row for _, wanted, _ in each for row in wanted] + thresholds,
        [row for _, _, commits in each for row in commits],
        not_due={"two", *names},
        **{"ledger.invoices": [FINAL]},
    )
    for table, more in make_book(RANDOM, seed=11).items():
        name = "rating.commit_eligible_lines" if table == "lines" else f"price_book.{table}"
        rows[name] = [*rows.get(name, []), *more]
    ends = {"falls": date(2026, 6, 1)}
    for row in rows["price_book.contracts"]:
        row["ending_before"] = ends.get(row["contract_id"])
        frequency = FREQUENCIES.get(row["contract_id"], "monthly")
        row |= {"billing_frequency": frequency, "billing_anchor": "contract_start"}
    return rows


def edited(rows: Rows) -> Rows:
    """A price book after the first run: a threshold ended, one and its product gone."""
    return rows | {
        "price_book.thresholds": [
            row | ({"ending_before": TODAY} if row["contract_id"] == "void_ended" else {})
            for row in rows["price_book.thresholds"]
            if row["contract_id"] != "edited"
        ],
        "price_book.products": [
            row for row in rows["price_book.products"] if row["product_id"] != "other_fee"
        ],
    }
