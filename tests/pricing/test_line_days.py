"""The days of a line add up to it, in what is charged and in what balances paid (S-80).

For lines by own usage with any number of groups, days that give back, lines without usage, and
balances that pay a part; against largest remainders in plain whole numbers. Guards against a minor
unit that gets lost, or that goes to the wrong day.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.common.model_sql import model_sql
from tests.pricing.cases import UNITS, Case, Usage, cases, day
from tests.pricing.mini_warehouse import run_models
from tests.pricing.published import book_settings, group_of
from tests.pricing.rows import group_text, write_rows
from tests.pricing.test_breakdowns import many_users, scaled

# What mini_warehouse leaves out of drafts; balances pay a third of each line, cut to whole units.
DRAFTS = """
    create or replace table draft_headers as
    select
        contract_id as invoice_id, price_book, contract_id, period_start as period_key,
        date '2026-02-01' as issue_on
    from open_periods;
    create or replace table draft_lines as
    select * exclude (price_book), invoice_id as contract_id, null::varchar as source_id,
        null::varchar as corrects_invoice_id
    from draft_lines;
    create table draft_applications as
    select invoice_id, line_number, 'c' as commit_id, 1 as segment,
        trunc(amount / 3)::decimal(20, 4) as amount, contract_id
    from draft_lines where trunc(amount / 3) <> 0
"""


def shares(total: int, parts: dict[Any, int]) -> dict[Any, int]:
    """A whole number in proportion to parts, or evenly; of equal remainders the first gets more."""
    whole = sum(parts.values())
    if not whole:
        parts, whole = dict.fromkeys(parts, 1), len(parts)
    divided = {key: divmod(total * part, whole) for key, part in parts.items()}
    order = sorted(parts, key=lambda key: (-abs(divided[key][1]), key))
    missing = total - sum(share for share, _ in divided.values())
    return {key: divided[key][0] + (order.index(key) < missing) for key in parts}


def days_of(con: duckdb.DuckDBPyConnection) -> dict[tuple, dict[tuple, tuple[Decimal, Decimal]]]:
    """Line (invoice, number) → (presentation group, day) → amount and what was paid of it."""
    found: dict[tuple, dict[tuple, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for invoice, number, group, service_on, amount, paid in con.execute(
        "select invoice_id, line_number, presentation_group, service_on, amount, paid_by_balances "
        f"from ({model_sql('kept_line_days', 'revenue')})"
    ).fetchall():
        found[invoice, number][group, service_on] = amount, paid
    return found


def used(case: Case, pricing_group: str, user: str, service_on: date) -> int:
    return sum(
        scaled(one.quantity, 10)
        for one in case.usage
        if group_of(one.model) == pricing_group
        and group_text(user=one.user) == user
        and day(one.day) == service_on
    )


@book_settings(examples=8)
@given(book=st.lists(st.tuples(cases(), many_users), min_size=5, max_size=20))
def test_days_sum_to_their_lines(book: list[tuple[Case, tuple[Usage, ...]]]) -> None:
    named = {
        f"c{number}": replace(case, usage=case.usage + users)
        for number, (case, users) in enumerate(book)
    }
    con = run_models(write_rows(named))
    con.execute(DRAFTS)
    days = days_of(con)
    lines = con.execute("""
        select lines.*, coalesce(applied.amount, 0) as paid,
            map_from_entries(list((presentation_group, parts.amount)) filter (parts.amount <> 0))
        from (
            select invoice_id, line_number, pricing_group, service_start, service_end, amount
            from draft_lines
        ) as lines
        left join draft_applications as applied using (invoice_id, line_number)
        left join draft_line_breakdowns as parts using (invoice_id, line_number)
        group by all
    """).fetchall()
    assert days.keys() <= {line[:2] for line in lines}
    for name, number, group, start, end, amount, paid, parts in lines:
        case, places = named[name], UNITS[named[name].unit]
        found = days[name, number]
        assert sum(row[0] for row in found.values()) == amount, case
        assert sum(row[1] for row in found.values()) == paid, case
        # What was not used by anybody (a fee) is of the line alone.
        given_parts = dict(parts) if parts else {"{}": amount} if amount else {}
        charged: dict[tuple[str, date], int] = {}
        for user, of_user in given_parts.items():
            weights = {
                (user, start + timedelta(number)): used(
                    case, group, user, start + timedelta(number)
                )
                if parts
                else 0
                for number in range((min(end, date(2026, 2, 1)) - start).days)
            }
            charged |= shares(scaled(of_user, places), weights)
        assert {key: scaled(row[0], places) for key, row in found.items() if row[0]} == {
            key: units for key, units in charged.items() if units
        }, case
        by_day = {(key[1], key[0]): units for key, units in charged.items()}
        if by_day:
            covered = shares(scaled(paid, places), by_day)
            assert {key: scaled(row[1], places) for key, row in found.items() if row[1]} == {
                (key[1], key[0]): units for key, units in covered.items() if units
            }, case
        if amount > 0 and all(units >= 0 for units in charged.values()):
            assert all(0 <= row[1] <= row[0] for row in found.values()), case
