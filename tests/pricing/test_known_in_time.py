"""Billed as it went is billed as if it had been known in time (S-43).

A month is made final with some of its usage; then everything is known: more of it, less of it, a
group that is gone. What the invoice billed and the late lines together are, per slice and tier,
what the month gives when all is known from the start: quantities, fees and money before rounding;
usage without a rate likewise. Over all rate types, overrides, conversions and rounding.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from tests.pricing.cases import Case, Usage, cases, usages
from tests.pricing.mini_warehouse import run_late, run_models
from tests.pricing.published import book_settings
from tests.pricing.rows import Rows, write_rows

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
Parts = dict[tuple, list[Decimal]]


def records(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, object]]:
    """Rows as the price book's are written: as dicts."""
    cursor = con.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def make_final(con: duckdb.DuckDBPyConnection, rows: Rows, named: dict[str, Case]) -> None:
    """The ledger of the month as `con` has it: an invoice of each case with lines and slices."""
    rows["ledger.invoice_lines"] += records(con, """
        select
            contract_id || '.own' as invoice_id, row_number() over () as line_number, line_type,
            product_id, product_name, pricing_group, tier, service_start, service_end, quantity,
            unit_price, list_unit_price, amount, flat_fee, list_flat_fee, pricing_unit, rate_id,
            override_id
        from usage_lines
    """)  # fmt: skip
    rows["ledger.usage_slices"] += records(con, """
        select
            contract_id || '.own' as invoice_id, contract_id, period_start, product_id,
            pricing_group, metric, metric_version, rate_id, override_id,
            slice_start as service_start, slice_end as service_end, raw_quantity, running_value,
            quantity, outcome
        from slices
    """)  # fmt: skip
    for sequence, (name, case) in enumerate(named.items(), start=1):
        rows["ledger.invoices"].append({
            "sequence": sequence, "invoice_id": f"{name}.own", "contract_id": name,
            "status": "finalized", "invoice_type": "usage", "period_start": JANUARY,
        })  # fmt: skip
        rows["late_periods"].append({
            "price_book": "book", "contract_id": name, "customer_id": name, "rate_card_id": name,
            "currency": case.unit, "period_start": JANUARY, "period_end": FEBRUARY,
            "corrects_invoice_id": f"{name}.own",
        })  # fmt: skip


def parts(con: duckdb.DuckDBPyConnection, *lines: str) -> Parts:
    """Per slice and tier: quantity, fees, and both in money before rounding."""
    found: Parts = defaultdict(lambda: [Decimal(0)] * 3)
    for relation in lines:
        for *key, quantity, price, fee in con.execute(f"""
            select product_id, pricing_group, service_start, service_end, coalesce(tier, 0),
                quantity, unit_price, coalesce(flat_fee, 0)
            from {relation}
        """).fetchall():
            so_far = found[tuple(key)]
            added = (quantity, fee, quantity * price + fee)
            found[tuple(key)] = [old + new for old, new in zip(so_far, added, strict=True)]
    return {key: part for key, part in found.items() if any(part)}


def unrated(con: duckdb.DuckDBPyConnection, *slices: str) -> dict[tuple, Decimal]:
    """Per group and reason, what is not billed."""
    found: dict[tuple, Decimal] = defaultdict(Decimal)
    for relation in slices:
        for *key, quantity in con.execute(f"""
            select product_id, pricing_group, outcome, quantity from {relation}
            where outcome <> 'billed'
        """).fetchall():
            found[tuple(key)] += quantity
    return {key: quantity for key, quantity in found.items() if quantity}


@st.composite
def corrected(draw: st.DrawFn) -> tuple[Case, tuple[Usage, ...]]:
    """A month as it was when it became final, and all of its usage as it is known later."""
    case = draw(cases(lowest=-900))
    kept = draw(st.lists(st.booleans(), min_size=9, max_size=9))
    usage = tuple(used for used, is_kept in zip(case.usage, kept, strict=False) if is_kept)
    return case, usage + draw(st.one_of(st.just(()), usages(-900)))


@book_settings(examples=5)
@given(book=st.lists(corrected(), min_size=5, max_size=25))
def test_final_and_late_lines_are_those_of_a_month_known_in_time(book) -> None:
    then = {f"c{number}": case for number, (case, _) in enumerate(book)}
    now = {name: replace(case, usage=usage)
           for (name, case), (_, usage) in zip(then.items(), book, strict=True)}  # fmt: skip
    rows = write_rows(now)
    make_final(run_models(write_rows(then)), rows, then)
    late = run_models(rows)
    run_late(late)
    in_time = run_models(write_rows(now))
    with localcontext(prec=60):
        assert parts(late, "ledger.invoice_lines", "late_lines") == parts(in_time, "usage_lines")
    assert unrated(late, "ledger.usage_slices", "slice_records") == unrated(in_time, "slices")
    lines = late.execute("select min(carried.period_start), max(carried.period_start) "
                         "from late_lines as carried").fetchone()  # fmt: skip
    assert set(lines) <= {FEBRUARY, None}
