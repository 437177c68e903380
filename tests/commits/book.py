"""Random commits and lines for many contracts, as plain rows (seeded: always the same)."""

import random
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

PRODUCTS = ("a", "b", "c")
TAGS = {"a": ["t"], "b": ["t", "u"], "c": []}
GROUPS = ("{}", '{"region":"eu"}', '{"region":"us"}')
PERIODS = ((date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 2, 1), date(2026, 3, 1)))
UNITS = {"USD": 2, "CR": 1}
RATE = Decimal("0.37")


def make_book(contracts: int, seed: int) -> dict[str, list[dict]]:
    """Rows of rates, commits and their three tables, and (as `lines`) of commit_eligible_lines."""
    chance = random.Random(seed)
    book: dict[str, list[dict]] = {
        name: []
        for name in (
            "commits", "commit_access", "commit_applies_to", "commit_invoices", "rates", "lines",
        )
    }  # fmt: skip
    for number in range(contracts):
        _add_commits(book, f"k{number:03}", chance)
        _add_lines(book, f"k{number:03}", chance)
    return book


def _add_commits(book: dict, contract: str, chance: random.Random) -> None:
    for place in range(chance.randint(0, 5)):
        commit, type_ = f"{contract}-{place}", chance.choice(["prepaid", "credit", "postpaid"])
        unit = "USD" if type_ == "postpaid" else chance.choice(["USD", "USD", "CR"])
        book["commits"].append(
            {
                "commit_id": commit,
                "contract_id": contract,
                "product_id": "fee",
                "name": commit,
                "type": type_,
                "priority": chance.choice([1, 100, 100]),
                "pricing_unit": unit,
                "rate_type": chance.choice(["list", "commit"]),
            }
        )
        starts = date(2026, 1, chance.choice([1, 1, 10]))
        ends = [date(2026, 1, 20), date(2026, 2, 15), date(2026, 3, 1), date(2027, 1, 1)]
        cuts = [starts, *sorted(chance.sample(ends, 1 if type_ == "postpaid" else 2))]
        spans = [(first, last, None) for first, last in pairwise(cuts)]
        if type_ != "postpaid" and chance.random() < 0.4:
            # What the first leaves rolls over, in part, into a segment beside the second.
            spans.insert(1, (*spans[1][:2], 1))
        for segment, (first, last, source) in enumerate(spans, start=1):
            book["commit_access"].append(
                {
                    "commit_id": commit,
                    "segment": segment,
                    # now and then finer than its unit, which no invoice can take (S-19)
                    "amount": Decimal(chance.randint(0, 4000)) / 10
                    + chance.choice([0, 0, 0, Decimal("0.0099")]),
                    "starting_on": first,
                    "ending_before": last,
                    "rolls_over_from": source,
                    # of every other one a part of what is left
                    "rollover_fraction": Decimal("0.3333") if source and place % 2 else None,
                }
            )
        for applies in chance.choice(
            [[], [], [("a", None)], [(None, "t")], [("a", None), (None, None)]]
        ):
            book["commit_applies_to"].append(
                {
                    "commit_id": commit,
                    "product_id": applies[0],
                    "tag": applies[1],
                    "pricing_group": GROUPS[1]
                    if applies == (None, None)
                    else chance.choice(GROUPS[:2]),
                }
            )
        if type_ == "prepaid" and chance.random() < 0.5:
            book["commit_invoices"].append(
                {"commit_id": commit, "invoice_on": date(2026, 1, 1), "amount": Decimal(5)}
            )


def _add_lines(book: dict, contract: str, chance: random.Random) -> None:
    lines = []
    for period_start, period_end in PERIODS:
        for _ in range(chance.randint(0, 8)):
            unit = chance.choice(["USD", "USD", "USD", "CR"])
            first = period_start + timedelta(days=chance.choice([0, 0, 9, 14]))
            price = Decimal(chance.choice(["1", "0.3", "2.345", "0.0007"]))
            quantity = Decimal(chance.randint(-300, 2000)) / chance.choice([1, 1, 7, 3])
            quantity = quantity.quantize(Decimal("1e-10"))
            amount = (quantity * price).quantize(Decimal(10) ** -UNITS[unit], "ROUND_HALF_UP")
            product = chance.choice(PRODUCTS)
            lines.append(
                {
                    "contract_id": contract,
                    "period_start": period_start,
                    "line_type": "usage",
                    "product_id": product,
                    "product_name": product.upper(),
                    "pricing_group": chance.choice(GROUPS),
                    "service_start": first,
                    "service_end": min(
                        first + timedelta(days=chance.choice([5, 31, 31])), period_end
                    ),
                    "quantity": quantity,
                    "unit_price": price,
                    "list_unit_price": price,
                    "amount": amount,
                    "list_amount": amount,
                    "pricing_unit": unit,
                    "decimals": UNITS[unit],
                    "commit_price": chance.choice([None, None, price * 2, price * Decimal("0.8")]),
                }
            )
    # S-40; lines that are still equal stand in the order of their rates
    lines.sort(
        key=lambda line: (
            line["period_start"], line["service_start"], -line["unit_price"],
            line["product_name"], line["pricing_group"], line["service_end"],
        )
    )  # fmt: skip
    for rank, line in enumerate(lines, start=1):
        rate = {"rate_id": f"{contract}.{rank:02}", "price": line["unit_price"]}
        book["lines"].append({**line, "line_rank": rank, "rate_id": rate["rate_id"]})
        book["rates"].append(
            {
                **rate,
                "rate_card_id": "card",
                "product_id": line["product_id"],
                "rate_type": "flat",
                "commit_price": line["commit_price"],
            }
        )
