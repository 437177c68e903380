"""The invariant that balances pay no slice and no line beyond its amount (S-38, S-40), by its SQL.

Guards against a run that stops for a contract that no balance ever paid, and against an invariant
that lets what is paid beyond pass.
"""

import duckdb
import pytest
from jinja2 import Environment

from meterhouse.common.settings import DBT_PROJECT

INVARIANT = DBT_PROJECT / "tests" / "invariants" / "assert_drawdowns_within_lines.sql"
# Lines (slice, amount) of an open invoice, what balances pay of each, and of the slice what final
# invoices charged and balances paid; whether that is sound.
CASES = {
    "late usage goes back, and no balance ever paid": ([("s", -80)], [0], None, True),
    "what was paid goes back": ([("s", -80)], [-40], (80, 40), True),
    "what was paid stays paid": ([("s", -80)], [0], (80, 40), False),
    "paid in part before, the rest now": ([("s", 20)], [20], (80, 40), True),
    "a line beyond its amount": ([("s", 20)], [21], (80, 40), False),
    "a slice beyond what is charged": ([("s", 20), ("s", -15)], [20, 0], None, False),
    "a slice that pays back what it takes": ([("s", 20), ("s", -15)], [5, 0], None, True),
    "paid beyond by an earlier release, no further": ([("s", -5)], [-5], (30, 40), True),
    "paid beyond by an earlier release, and further": ([("s", -5)], [0], (30, 40), False),
}


@pytest.mark.parametrize(("lines", "paid", "final", "sound"), CASES.values(), ids=CASES.keys())
def test_only_what_is_paid_beyond_is_found(lines, paid, final, sound):
    con = duckdb.connect()
    con.execute("""
        create table drawdown_candidates (
            contract_id varchar, period_start date, slice_key varchar, line_order int, line_rank int
        );
        create table repriced_lines (contract_id varchar, line_rank int, amount decimal(20, 4));
        create table conversion_lines (contract_id varchar, line_order int, amount decimal(20, 4));
        create table drawdowns (contract_id varchar, line_order int, covered decimal(20, 4));
        create table final_slices (
            contract_id varchar, slice_key varchar, charged decimal(20, 4), paid decimal(20, 4)
        )
    """)
    for number, ((slice_key, amount), covered) in enumerate(zip(lines, paid, strict=True), start=1):
        candidate = [slice_key, number, number]
        con.execute(
            "insert into drawdown_candidates values ('c', '2026-02-01', ?, ?, ?)", candidate
        )
        con.execute("insert into repriced_lines values ('c', ?, ?)", [number, amount])
        if covered:
            con.execute("insert into drawdowns values ('c', ?, ?)", [number, covered])
    if final:
        con.execute("insert into final_slices values ('c', 's', ?, ?)", list(final))
    template = Environment(autoescape=False).from_string(INVARIANT.read_text("utf-8"))
    found = con.execute(template.render(ref=lambda name: name)).fetchall()
    assert (found == []) == sound, found
