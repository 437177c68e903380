"""Small books with thresholds (S-58): lines of open periods, commits, what a run made final."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb

from tests.commits.book import TAGS
from tests.commits.in_memory import run_in_memory

Rows = dict[str, list[dict]]
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
# The run of these tests is of this day (benchmarks/commit_warehouse.py).
TODAY = date(2026, 2, 15)
MODELS = (
    "reached_thresholds", "draft_lines", "draft_invoices", "draft_automatic_commits", "drawdowns",
    "commit_segments", "changed_charges",
)  # fmt: skip
NOT_DUE, DUE = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)


def line(contract: str, amount: str, period: date = FEBRUARY, **more: object) -> dict:
    """A usage line of the whole period, of `amount` units at 1."""
    number = Decimal(amount)
    return {
        "contract_id": contract, "period_start": period, "line_type": "usage", "product_id": "a",
        "product_name": "A", "pricing_group": "{}", "service_start": period,
        "service_end": MARCH if period == FEBRUARY else FEBRUARY, "quantity": number,
        "unit_price": Decimal(1), "list_unit_price": Decimal(1), "amount": number,
        "list_amount": number, "pricing_unit": "USD", "decimals": 2, "rate_id": "r",
        "line_rank": 1, "commit_price": None, "corrects_invoice_id": None,
    } | more  # fmt: skip


def spend(contract: str, amount: str = "100", **more: object) -> dict:
    """A spend threshold of a contract, `ask`."""
    return {
        "threshold_id": "ask", "contract_id": contract, "kind": "spend",
        "amount": Decimal(amount), "product_id": "fee", "starting_on": JANUARY,
    } | more  # fmt: skip


def balance(contract: str, amount: str = "20", to: str = "100", **more: object) -> dict:
    """A balance threshold of a contract, `reload`."""
    return spend(contract, amount, threshold_id="reload", kind="balance") | {
        "recharge_to": Decimal(to), **more,
    }  # fmt: skip


def commit(contract: str, amount: str, **more: object) -> tuple[dict, dict, list[dict]]:
    """A credit from January to the year's end: its row, that of its access, what it is for.

    For everything, or for the product `applies_to`.
    """
    access = {"starting_on", "ending_before"}
    applies_to = more.pop("applies_to", None)
    terms = {
        "commit_id": f"{contract}-credit", "contract_id": contract, "product_id": "fee",
        "name": "credit", "type": "credit", "priority": 100, "pricing_unit": "USD",
        "rate_type": "list",
    }  # fmt: skip
    terms |= {key: value for key, value in more.items() if key not in access}
    segment = {
        "commit_id": terms["commit_id"], "segment": 1, "amount": Decimal(amount),
        "starting_on": JANUARY, "ending_before": date(2027, 1, 1),
    }  # fmt: skip
    segment |= {key: value for key, value in more.items() if key in access}
    applied = {"commit_id": terms["commit_id"], "product_id": applies_to, "pricing_group": "{}"}
    return terms, segment, [applied] if applies_to else []


def rows_of(
    lines: Iterable[dict],
    thresholds: Iterable[dict],
    commits: Iterable[tuple[dict, dict, list[dict]]] = (),
    not_due: Collection[str] = (),
    **more: list[dict],
) -> Rows:
    """The rows by table of contracts that have thresholds; both periods are open.

    January becomes final with the run (so no threshold looks at it), but not of contracts in
    `not_due`. `more` has rows of other tables.
    """
    lines, thresholds, commits = list(lines), list(thresholds), list(commits)
    contracts = sorted({row["contract_id"] for row in [*lines, *thresholds]})
    ranks: dict[str, int] = {}
    ranked = []
    for row in lines:
        ranks[row["contract_id"]] = ranks.get(row["contract_id"], 0) + 1
        ranked.append(row | {"line_rank": ranks[row["contract_id"]]})
    periods = [
        {"contract_id": contract, "period_start": start, "period_end": end, "customer_id": "c",
         "price_book": "book", "currency": "USD", "net_payment_days": 30,
         "finalizes_at": NOT_DUE if start == FEBRUARY or contract in not_due else DUE}
        for contract in contracts
        for start, end in ((JANUARY, FEBRUARY), (FEBRUARY, MARCH))
    ]  # fmt: skip
    given: Rows = {
        "price_book.customers": [{"customer_id": "c", "name": "C"}],
        "price_book.rate_cards": [{"rate_card_id": "card", "currency": "USD"}],
        "price_book.pricing_units": [
            {"pricing_unit": "USD", "decimals": 2, "kind": "currency"},
            {"pricing_unit": "CR", "decimals": 1, "kind": "custom"},
        ],
        "price_book.pricing_unit_conversions": [
            {"rate_card_id": "card", "pricing_unit": "CR", "starting_on": date(2025, 1, 1),
             "price": Decimal("0.37")}
        ],
        "price_book.products": [
            {"product_id": name, "name": name.upper(), "tags": TAGS.get(name, [])}
            for name in (*TAGS, "fee", "other_fee")
        ],
        "price_book.contracts": [
            {"contract_id": contract, "customer_id": "c", "rate_card_id": "card",
             "starting_on": JANUARY, "net_payment_days": 30}
            for contract in contracts
        ],
        "price_book.commits": [terms for terms, _, _ in commits],
        "price_book.commit_access": [access for _, access, _ in commits],
        "price_book.commit_applies_to": [row for _, _, applied in commits for row in applied],
        "price_book.thresholds": thresholds,
        "calendar.open_periods": periods,
        "calendar.billing_periods": [
            {key: row[key] for key in ("contract_id", "period_start", "period_end")}
            for row in periods
        ],
        "rating.commit_eligible_lines": ranked,
    }  # fmt: skip
    return {name: rows for name, rows in {**given, **more}.items() if rows}


def run(rows: Rows) -> duckdb.DuckDBPyConnection:
    """The models of a run over these rows."""
    return run_in_memory(rows, MODELS)


def with_ledger(rows: Rows, con: duckdb.DuckDBPyConnection, void: Collection[str] = ()) -> Rows:
    """The same rows, and in the ledger what thresholds bought in that run.

    The purchases of contracts in `void` are void.
    """
    cursor = con.execute(
        "select automatic.*, headers.contract_id, headers.issue_on "
        "from draft_automatic_commits as automatic inner join draft_headers as headers "
        "using (invoice_id) order by all"
    )
    names = [column[0] for column in cursor.description]
    bought = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    earlier = rows.get("ledger.automatic_commits", [])
    # one invoice may sell two commits
    invoices = {
        row["invoice_id"]: {
            "invoice_id": row["invoice_id"], "invoice_type": "scheduled", "currency": "USD",
            "status": "void" if row["contract_id"] in void else "finalized",
            "contract_id": row["contract_id"], "issue_on": row["issue_on"],
            "sequence": len(earlier) + number, "price_book": "book",
        }
        for number, row in enumerate(bought, start=1)
    }  # fmt: skip
    kept = [
        {name: cell for name, cell in row.items() if name not in ("contract_id", "issue_on")}
        for row in bought
    ]
    return rows | {
        "ledger.automatic_commits": [*earlier, *kept],
        "ledger.invoices": [*rows.get("ledger.invoices", []), *invoices.values()],
    }
