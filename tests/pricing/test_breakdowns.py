"""A breakdown sums to its line, in money and in quantity (S-20, S-48).

For any number of presentation groups, for lines that give back, for groups whose shares have
another sign than the line, and for lines without usage at all; against largest remainders in plain
whole numbers. Guards against a minor unit that gets lost, and one that goes to the wrong group.
The one line without a breakdown is a volume fee (S-27) in a slice before any usage: no group has a
running value at its end.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from tests.pricing.cases import UNITS, Case, Usage, cases, day, quantities
from tests.pricing.mini_warehouse import run_models
from tests.pricing.published import book_settings, group_of
from tests.pricing.rows import group_text, write_rows

PLACES = 10
many_users = st.lists(
    st.builds(
        Usage, st.integers(0, 30), st.sampled_from(["a", None]),
        st.integers(1, 60).map("user{}".format), quantities(-300),
    ),
    max_size=25,
).map(tuple)  # fmt: skip


def shares(total: int, parts: dict[str, int]) -> dict[str, int]:
    """A whole number in proportion to parts; what is left over goes to the largest remainders."""
    whole = sum(parts.values())
    if not whole:
        return {group: total if group == min(parts) else 0 for group in parts}
    divided = {group: divmod(total * part, whole) for group, part in parts.items()}
    # divmod leaves a remainder of the divisor's sign; as a fraction of it, it is never negative
    order = sorted(parts, key=lambda group: (-abs(divided[group][1]), group))
    missing = total - sum(share for share, _ in divided.values())
    return {group: divided[group][0] + (order.index(group) < missing) for group in parts}


def parts_of(case: Case, pricing_group: str, start: date, end: date) -> dict[str, int]:
    """Raw quantity in 10^-10 by user, of those who have used anything before the slice's end."""
    parts: dict[str, int] = defaultdict(int)
    for used in case.usage:
        if group_of(used.model) == pricing_group and day(used.day) < end:
            inside = day(used.day) >= start
            parts[group_text(user=used.user)] += scaled(used.quantity, PLACES) * inside
    return parts


def scaled(value: Decimal, places: int) -> int:
    return int(value.scaleb(places))


def find_breakdowns(con: duckdb.DuckDBPyConnection) -> dict[tuple, dict[str, tuple]]:
    """Line (case, group, slice, quantity, amount, number) → its quantity and amount by user."""
    rows = con.execute("""
        select lines.invoice_id, lines.pricing_group, lines.service_start, lines.service_end,
            lines.quantity, lines.amount, line_number, breakdowns.presentation_group,
            breakdowns.quantity, breakdowns.amount
        from draft_lines as lines
        left join draft_line_breakdowns as breakdowns using (invoice_id, line_number)
    """).fetchall()
    found: dict[tuple, dict[str, tuple]] = defaultdict(dict)
    for *line, user, quantity, amount in rows:
        found[tuple(line)] |= {} if user is None else {user: (quantity, amount)}
    return found


@book_settings(examples=8)
@given(book=st.lists(st.tuples(cases(), many_users), min_size=5, max_size=20))
def test_breakdowns_sum_to_their_lines(book: list[tuple[Case, tuple[Usage, ...]]]) -> None:
    named = {
        f"c{number}": replace(case, usage=case.usage + users)
        for number, (case, users) in enumerate(book)
    }
    lines = find_breakdowns(run_models(write_rows(named)))
    for (name, group, start, end, quantity, amount, _), rows in lines.items():
        case, places = named[name], UNITS[named[name].unit]
        parts = parts_of(case, group, start, end)
        assert rows.keys() == parts.keys(), case
        if not parts:
            assert not quantity, case
            continue
        assert sum(row[0] for row in rows.values()) == quantity, case
        assert sum(row[1] for row in rows.values()) == amount, case
        quantities_of = {user: scaled(row[0], PLACES) for user, row in rows.items()}
        amounts_of = {user: scaled(row[1], places) for user, row in rows.items()}
        assert quantities_of == shares(scaled(quantity, PLACES), parts), case
        assert amounts_of == shares(scaled(amount, places), parts), case
