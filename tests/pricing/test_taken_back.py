"""What late events take back goes back at the prices at which it was billed (S-43).

First what was billed at the rate's own unit price, then at the others, the highest first, one line
per price: a commit at its own rate bills a part of a slice at another price (S-42). Guards against
usage that is taken back whole and leaves money charged, and against giving back at a price at
which nothing was billed. The ledger is given; what the period gives now is the models'.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from tests.pricing.cases import Case, Price, Rate, Tier, Usage
from tests.pricing.mini_warehouse import run_models
from tests.pricing.published import book_settings
from tests.pricing.rows import Rows, group_text, write_rows

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
RATE_PRICE = Decimal("1.5")
PRICES = [RATE_PRICE, Decimal(4), Decimal("0.75"), Decimal("0.1")]
Billed = list[tuple[str, Decimal, Decimal]]


def month(quantity: Decimal, price: Price | None = None) -> Case:
    """January as it is now: the group's usage has vanished if the quantity is 0."""
    usage = (Usage(3, "a", "u1", quantity),) if quantity else ()
    return Case("XTS", usage, (Rate(-400, None, price or Price("flat", RATE_PRICE)),))


def write_ledger(
    rows: Rows, name: str, case: Case, billed: Billed, tier: int | None = None
) -> None:
    """January's final invoice and one that carries late lines of it; lines (carrier, price, q)."""
    common = {"contract_id": name, "status": "finalized", "invoice_type": "usage"}
    own, carrier = f"{name}.usage.{JANUARY}", f"{name}.usage.2025-01-01"
    rows["ledger.invoices"] += [
        {"sequence": 1, "invoice_id": own, "period_start": JANUARY, **common},
        {"sequence": 2, "invoice_id": carrier, "period_start": date(2025, 1, 1), **common},
    ]
    for number, (kind, price, quantity) in enumerate(billed, start=1):
        line = {
            "invoice_id": own if kind == "own" else carrier, "line_number": number,
            "line_type": "usage" if kind == "own" else "late_usage", "product_id": name,
            "product_name": name, "pricing_group": group_text(model="a"), "tier": tier,
            "service_start": JANUARY, "service_end": FEBRUARY, "quantity": quantity,
            "unit_price": price, "list_unit_price": RATE_PRICE, "pricing_unit": case.unit,
            "rate_id": f"{name}-r0", "flat_fee": Decimal(3) if tier == 2 else Decimal(0),
            "corrects_invoice_id": None if kind == "own" else own,
        }  # fmt: skip
        rows["ledger.invoice_lines"].append(line)
    rows["ledger.usage_slices"].append({
        "invoice_id": own, "contract_id": name, "period_start": JANUARY, "product_id": name,
        "pricing_group": group_text(model="a"), "service_start": JANUARY,
    })  # fmt: skip
    rows["late_periods"].append({
        "price_book": "book", "contract_id": name, "customer_id": name, "rate_card_id": name,
        "currency": case.unit, "period_start": JANUARY, "period_end": FEBRUARY,
        "corrects_invoice_id": own,
    })  # fmt: skip


def late_charges(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    """By case: tier, unit price, quantity, fee, amount, amount at the rate's price."""
    found: dict[str, list[tuple]] = defaultdict(list)
    for name, *charge in con.execute("""
        select contract_id, tier, unit_price, quantity, flat_fee, amount, base_amount
        from outstanding_charges where is_late
        order by contract_id, tier, unit_price <> 1.5, unit_price desc
    """).fetchall():
        found[name].append(tuple(charge))
    return found


def expected(now: Decimal, billed: Billed) -> dict[Decimal, Decimal]:
    """Unit price → late quantity, by hand: the rate's price first, then the dearest."""
    at_price: dict[Decimal, Decimal] = defaultdict(Decimal)
    for _, price, quantity in billed:
        at_price[price] += quantity
    missing = now - sum(at_price.values())
    if missing >= 0:
        return {RATE_PRICE: missing} if missing else {}
    found = {}
    for price in sorted(at_price, key=lambda price: (price != RATE_PRICE, -price)):
        taken = min(at_price[price], -missing)
        missing += taken
        if taken:
            found[price] = -taken
    return found


quantities = st.integers(0, 400).map(lambda parts: Decimal(parts) / 4)
billed_lines = st.lists(
    st.tuples(st.sampled_from(["own", "own", "late"]), st.sampled_from(PRICES), quantities),
    min_size=1, max_size=5,
)  # fmt: skip


@book_settings(examples=8)
@given(book=st.lists(st.tuples(st.one_of(st.just(Decimal(0)), quantities), billed_lines),
                     min_size=5, max_size=30))  # fmt: skip
def test_each_price_gives_back_what_was_billed_at_it(book: list[tuple[Decimal, Billed]]) -> None:
    named = {f"c{number}": month(now) for number, (now, _) in enumerate(book)}
    rows = write_rows(named)
    for (name, case), (_, billed) in zip(named.items(), book, strict=True):
        write_ledger(rows, name, case, billed)
    found = late_charges(run_models(rows))
    for name, (now, billed) in zip(named, book, strict=True):
        charged = {price: quantity for _, price, quantity, *_ in found.get(name, [])}
        assert charged == expected(now, billed), (now, billed)
        assert len(charged) == len(found.get(name, []))
        for _, price, quantity, _, amount, base in found.get(name, []):
            assert amount == quantity * price
            assert base == quantity * RATE_PRICE


def test_all_taken_back_leaves_nothing_charged():
    """100 calls, half at a commit's price and half at the list's: all of both goes back."""
    case = month(Decimal(0))
    rows = write_rows({"c": case})
    billed = [("own", RATE_PRICE, Decimal(50)), ("own", Decimal("0.75"), Decimal(50))]
    write_ledger(rows, "c", case, billed)
    charges = late_charges(run_models(rows))["c"]
    assert [(price, quantity, amount) for _, price, quantity, _, amount, _ in charges] == [
        (RATE_PRICE, Decimal(-50), Decimal(-75)),
        (Decimal("0.75"), Decimal(-50), Decimal("-37.5")),
    ]


def test_a_fee_goes_back_with_the_first_line_of_its_tier():
    price = Price("tiered", tiers=(Tier(Decimal(10), RATE_PRICE, Decimal(0)),
                                   Tier(None, RATE_PRICE, Decimal(3))))  # fmt: skip
    case = month(Decimal(4), price)
    rows = write_rows({"c": case})
    write_ledger(rows, "c", case, [("own", RATE_PRICE, Decimal(6))], tier=2)
    rows["ledger.invoice_lines"].append(
        rows["ledger.invoice_lines"][0]
        | {"line_number": 9, "tier": 1, "quantity": Decimal(10), "flat_fee": Decimal(0)}
    )
    charges = late_charges(run_models(rows))["c"]
    assert [(tier, quantity, fee, amount) for tier, _, quantity, fee, amount, _ in charges] == [
        (1, Decimal(-6), 0, Decimal(-9)), (2, Decimal(-6), -3, Decimal(-12)),
    ]  # fmt: skip
