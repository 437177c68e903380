"""A book in which every kind of amount that balances and purchases know is large."""

from datetime import date
from decimal import Decimal

# One below, at and above what no unit price holds, an ordinary sum, and the most that a book takes.
AMOUNTS = [
    Decimal(text)
    for text in (
        "5.25", "9999999999.99", "10000000000", "10000000000.01", "15000000000",
        "999999999999999.9",
    )
]  # fmt: skip
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
LATE = date(2026, 2, 14)
CONTRACTED = ("price_book.commits", "price_book.scheduled_charges")
SMALL_PRICE = Decimal("0.0000000001")


def _commit(
    rows: dict, contract: str, type_: str, amount: Decimal, access: tuple | None = None, **more
) -> None:
    commit = more.get("commit_id", f"{contract}-{type_}")
    rows["price_book.commits"].append(
        {"commit_id": commit, "contract_id": contract, "product_id": "fee", "name": commit,
         "type": type_, "priority": 100, "pricing_unit": "VND", "rate_type": "list"} | more
    )  # fmt: skip
    starts, ends = access or (JANUARY, FEBRUARY)
    rows["price_book.commit_access"].append(
        {"commit_id": commit, "segment": 1, "amount": amount, "starting_on": starts,
         "ending_before": ends}
    )  # fmt: skip
    if type_ != "credit":
        rows["price_book.commit_invoices"].append(
            {"commit_id": commit, "invoice_on": JANUARY, "amount": amount}
        )


def _line(rows: dict, contract: str, amount: Decimal, unit: str = "VND", **more) -> None:
    rows["rating.commit_eligible_lines"].append(
        {"contract_id": contract, "period_start": JANUARY, "line_type": "usage", "product_id": "a",
         "product_name": "A", "pricing_group": "{}", "service_start": JANUARY,
         "service_end": FEBRUARY, "quantity": amount, "unit_price": Decimal(1),
         "list_unit_price": Decimal(1), "amount": amount, "list_amount": amount,
         "pricing_unit": unit, "decimals": 1 if unit == "TOKENS" else 2, "rate_id": f"{contract}.r",
         "line_rank": 1, "commit_price": None, "corrects_invoice_id": None} | more
    )  # fmt: skip


def _final(rows: dict, invoice: str, contract: str, type_: str, lines: list[dict]) -> None:
    rows["ledger.invoices"].append(
        {"invoice_id": invoice, "invoice_type": type_, "contract_id": contract,
         "status": "finalized", "currency": "VND", "issue_on": JANUARY, "sequence": 1,
         "price_book": "earlier",
         "period_start": JANUARY if type_ == "usage" else None,
         "period_end": FEBRUARY if type_ == "usage" else None}
    )  # fmt: skip
    rows["ledger.invoice_lines"] += [
        {"invoice_id": invoice, "line_number": number, "pricing_group": "{}",
         "service_start": JANUARY, "service_end": FEBRUARY, "quantity": Decimal(1),
         "unit_price": Decimal(1), "pricing_unit": "VND", "product_id": "a"} | line
        for number, line in enumerate(lines, start=1)
    ]  # fmt: skip


def large_book() -> dict[str, list[dict]]:
    """Rows by table; contracts are named by what is large in them and the place in AMOUNTS."""
    names = (
        "price_book.commits", "price_book.commit_access", "price_book.commit_invoices",
        "price_book.scheduled_charges", "rating.commit_eligible_lines", "ledger.invoices",
        "ledger.invoice_lines",
    )  # fmt: skip
    rows: dict[str, list[dict]] = {name: [] for name in names}
    for number, amount in enumerate(AMOUNTS):
        _commit(rows, f"bought-{number}", "prepaid", amount)
        _commit(rows, f"bought-{number}", "credit", Decimal(3), priority=1)
        _line(rows, f"bought-{number}", amount)
        _commit(rows, f"units-{number}", "credit", amount, pricing_unit="TOKENS")
        _line(rows, f"units-{number}", amount, "TOKENS")
        _commit(rows, f"short-{number}", "postpaid", amount)
        _commit(rows, f"counted-{number}", "postpaid", amount)
        _line(rows, f"counted-{number}", amount)
        # at the commit's own price a balance buys more units than any quantity can hold
        _commit(rows, f"own-{number}", "prepaid", amount, rate_type="commit")
        _line(rows, f"own-{number}", Decimal(1000), commit_price=SMALL_PRICE)
        # a final invoice of an earlier release, which does not say what paid which line (S-38)
        paid, legacy = f"legacy-{number}-credit", f"legacy-{number}.usage.{JANUARY}"
        _commit(rows, f"legacy-{number}", "credit", amount)
        _final(rows, legacy, f"legacy-{number}", "usage", [
            {"line_type": "usage", "amount": amount, "quantity": amount},
            {"line_type": "commit_applied", "amount": -amount, "commit_id": paid, "segment": 1},
        ])  # fmt: skip
        _line(
            rows, f"legacy-{number}", Decimal(-1), line_type="late_usage",
            period_start=FEBRUARY, corrects_invoice_id=legacy,
        )  # fmt: skip
        _final(rows, f"bought-{number}.scheduled.{JANUARY}.r0", f"bought-{number}", "scheduled", [
            {"line_type": "commit_purchase", "source_id": f"bought-{number}-prepaid",
             "amount": amount - 1, "product_id": "fee"},
        ])  # fmt: skip
        # nearly all on the first days of ten years: the pace asks for more than an amount holds
        _commit(rows, f"long-{number}", "credit", amount, (LATE, date(2036, 1, 1)))
        _line(
            rows, f"long-{number}", amount - 1, period_start=FEBRUARY, service_start=LATE,
            service_end=MARCH,
        )  # fmt: skip
        rows["price_book.scheduled_charges"] += [
            {"charge_id": f"charge-{number}-{quantity}", "contract_id": f"charge-{number}",
             "product_id": "fee", "charge_on": JANUARY, "quantity": quantity,
             "unit_price": (amount / quantity).quantize(SMALL_PRICE)}
            for quantity in (Decimal(10**6), Decimal(-(10**6)))
        ]  # fmt: skip
    _commit(rows, "two", "prepaid", AMOUNTS[0], commit_id="two-a")
    _commit(rows, "two", "prepaid", AMOUNTS[4], commit_id="two-b")
    contracts = sorted({row["contract_id"] for name in CONTRACTED for row in rows[name]})
    periods = [
        {"contract_id": contract, "period_start": start, "period_end": end, "customer_id": "c",
         "price_book": "book", "currency": "VND", "net_payment_days": 30}
        for contract in contracts
        for start, end in ((JANUARY, FEBRUARY), (FEBRUARY, MARCH))
    ]  # fmt: skip
    return rows | {
        "price_book.customers": [{"customer_id": "c", "name": "C"}],
        "price_book.rate_cards": [{"rate_card_id": "card", "currency": "VND"}],
        "price_book.pricing_units": [
            {"pricing_unit": "VND", "decimals": 2, "kind": "currency"},
            {"pricing_unit": "TOKENS", "decimals": 1, "kind": "custom"},
        ],
        "price_book.products": [
            {"product_id": name, "name": name.upper(), "tags": []} for name in ("a", "fee")
        ],
        "price_book.contracts": [
            {"contract_id": contract, "customer_id": "c", "rate_card_id": "card",
             "starting_on": JANUARY, "net_payment_days": 30}
            for contract in contracts
        ],
        "price_book.pricing_unit_conversions": [
            {"rate_card_id": "card", "pricing_unit": "TOKENS", "starting_on": JANUARY,
             "price": Decimal("0.37")}
        ],
        "calendar.open_periods": periods,
        "calendar.billing_periods": [
            {key: row[key] for key in ("contract_id", "period_start", "period_end")}
            for row in periods
        ],
    }  # fmt: skip
