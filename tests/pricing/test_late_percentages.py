"""A percentage of usage that is corrected late is what it had been, had it been known (S-29).

A month of two slices, each under a percentage of its own, with a minimum and a maximum: what is
billed of the percentages and their late difference together are the percentages of the month as it
stands now; where no line is left, nothing is. The ledger is given, the late difference is the
models'. Prices are 1, so that nothing but the percentages is rounded.
"""

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.pricing.cases import Case, Price, Rate, Usage, day
from tests.pricing.mini_warehouse import run_late, run_models
from tests.pricing.published import book_settings
from tests.pricing.rows import Rows, add, group_text, rate_row, write_rows

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
CUT = 15
ENDS = (JANUARY, day(CUT), FEBRUARY)
ONE = Price("flat", Decimal(1))
# Percentage, minimum and maximum of a rate.
Terms = tuple[Decimal, Decimal | None, Decimal | None]


def percentages(quantities: tuple[Decimal, Decimal], terms: tuple[Terms, Terms]) -> dict:
    """Rate number → base and amount, by hand."""
    found = {
        number: [quantity, (quantity * terms[number][0]).quantize(Decimal("0.01"), ROUND_HALF_UP)]
        for number, quantity in enumerate(quantities)
        if quantity
    }
    if found:
        _, lowest, highest = terms[max(found)]
        total = sum(amount for _, amount in found.values())
        bounded = total if highest is None else min(total, highest)
        bounded = bounded if lowest is None else max(bounded, lowest)
        found[max(found)][1] += bounded - total
    return found


def stretches(first: Decimal, second: Decimal) -> tuple[Decimal, Decimal]:
    """What the two slices bill when usage of the days of each is added or taken back (S-12)."""
    ends = max(first, Decimal(0)), max(first + second, Decimal(0))
    return min(ends), max(ends[1] - ends[0], Decimal(0))


def write_month(
    rows: Rows, name: str, case: Case, billed: tuple[Decimal, Decimal], terms: tuple[Terms, Terms]
) -> None:
    """The composite product, and January's final invoice with its lines."""
    composite = f"{name}-pct"
    add(rows, "products", {
        "product_id": composite, "name": composite, "type": "composite", "tags": [],
        "pricing_group_keys": [], "presentation_group_keys": [],
    })  # fmt: skip
    add(rows, "composite_products", {"product_id": composite, "applies_to_product_id": name})
    own = f"{name}.usage.{JANUARY}"
    common = {"invoice_id": own, "pricing_unit": case.unit, "flat_fee": Decimal(0)}
    before = Decimal(0)
    for number, (percent, lowest, highest) in enumerate(terms):
        span = (-400, CUT) if number == 0 else (CUT, None)
        rate = rate_row(name, case.unit, f"{composite}-r{number}", *span, None)
        rate |= {"product_id": composite, "rate_type": "percentage", "price": percent}
        add(rows, "rates", rate | {"minimum_amount": lowest, "maximum_amount": highest})
        quantity = billed[number]
        group = {"product_id": name, "pricing_group": group_text(model="a")}
        days = {"service_start": ENDS[number], "service_end": ENDS[number + 1]}
        before += quantity
        rows["ledger.usage_slices"].append(
            {"invoice_id": own, "contract_id": name, "period_start": JANUARY}
            | group | days
            | {"raw_quantity": quantity, "running_value": before, "quantity": quantity}
        )  # fmt: skip
        if quantity:
            rows["ledger.invoice_lines"].append(
                common | group | days
                | {"line_number": number + 1, "line_type": "usage", "quantity": quantity,
                   "unit_price": Decimal(1), "amount": quantity, "rate_id": f"{name}-r{number}"}
            )  # fmt: skip
    for number, (base, amount) in percentages(billed, terms).items():
        rows["ledger.invoice_lines"].append(
            common
            | {"line_number": number + 3, "line_type": "composite", "product_id": composite,
               "pricing_group": "{}", "service_start": JANUARY, "service_end": FEBRUARY,
               "quantity": base, "unit_price": terms[number][0], "amount": amount,
               "list_amount": amount, "rate_id": f"{composite}-r{number}"}
        )  # fmt: skip
    rows["ledger.invoices"].append({
        "sequence": 1, "invoice_id": own, "contract_id": name, "status": "finalized",
        "invoice_type": "usage", "period_start": JANUARY,
    })  # fmt: skip
    rows["late_periods"].append({
        "price_book": "book", "contract_id": name, "customer_id": name, "rate_card_id": name,
        "currency": case.unit, "period_start": JANUARY, "period_end": FEBRUARY,
        "corrects_invoice_id": own,
    })  # fmt: skip


cents = st.integers(-40_000, 40_000).map(lambda number: Decimal(number) / 100)
used = st.sampled_from([Decimal(0), Decimal(40)]) | cents
rated = st.tuples(
    st.sampled_from([Decimal("0.1"), Decimal("0.035"), Decimal("1.2")]),
    st.sampled_from([None, None, Decimal(5)]),
    st.sampled_from([None, None, Decimal(30)]),
)
months = st.tuples(st.tuples(used, used), st.tuples(used, used), st.tuples(rated, rated))


@book_settings(examples=8)
@given(book=st.lists(months, min_size=5, max_size=30))
def test_billed_and_late_percentages_come_to_those_of_the_month_as_it_is_now(book) -> None:
    named, wanted = {}, {}
    for number, (_, now, _) in enumerate(book):
        usage = tuple(
            Usage(when, "a", "u1", quantity)
            for when, quantity in zip((3, 20), now, strict=True)
            if quantity
        )
        rates = (Rate(-400, CUT, ONE), Rate(CUT, None, ONE))
        named[f"c{number}"] = Case("USD", usage, rates)
    rows = write_rows(named)
    for (name, case), (then, now, terms) in zip(named.items(), book, strict=True):
        billed = stretches(*then)
        write_month(rows, name, case, billed, terms)
        before, after = percentages(billed, terms), percentages(stretches(*now), terms)
        zero = [Decimal(0), Decimal(0)]
        differences = {
            f"{name}-pct-r{rate}": tuple(
                new - old
                for new, old in zip(after.get(rate, zero), before.get(rate, zero), strict=True)
            )
            for rate in sorted({*before, *after})
        }
        wanted[name] = {rate: both for rate, both in differences.items() if any(both)}
    con = run_models(rows)
    run_late(con, percentages=True)
    found: dict[str, dict] = defaultdict(dict)
    for name, rate, quantity, amount, *where in con.execute("""
        select contract_id, rate_id, quantity, amount, period_start, service_start, service_end,
            corrects_invoice_id
        from composite_lines
    """).fetchall():
        found[name][rate] = (quantity, amount)
        assert where == [FEBRUARY, JANUARY, FEBRUARY, f"{name}.usage.{JANUARY}"]
    for name, month in zip(named, book, strict=True):
        assert found.get(name, {}) == wanted[name], month
