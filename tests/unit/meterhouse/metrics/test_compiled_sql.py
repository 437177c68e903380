"""What dbt makes of a metric's file may not hold more than the file itself says.

Guards against a macro of an analyst that reads other rows than its template names (S-11, S-18).
"""

from pathlib import Path

import pytest

from meterhouse.metrics.allowed_sql import compiled_problems
from tests.unit.meterhouse.metrics.allowed_cases.pieces import EVENTS, HEAD

HOUSE = (
    "(select windows.contract_id, windows.window_start, windows.window_end, events.event_seq, "
    "events.properties from warehouse.calendar.due_window_days as windows "
    "inner join warehouse.events.events as events on windows.sent_id = events.customer_id) "
    "as billable_events"
)
# What dbt could make of a harmless file, and words of the refusal.
COMPILED = {
    "as it should be": (f"{HEAD}count(properties) as quantity from {HOUSE} group by all", None),
    "floats that only types tell": (
        f"{HEAD}sum(length(properties)::decimal(28, 10)) // 2 as quantity "
        f"from {HOUSE} group by all",
        "floating point",
    ),
    "events read once more than called": (
        f"with more as (select * from {HOUSE}) {HEAD}1 as quantity from {HOUSE} "
        "union all by name select * from more",
        "inside a comment or a text",
    ),
    "another table": (
        f"{HEAD}(select max(x) from warehouse.ledger.invoices) as quantity from {HOUSE}",
        "reads warehouse.ledger.invoices",
    ),
    "the events' own table under another name": (
        f"{HEAD}1 as quantity from {HOUSE.replace('as billable_events', 'as mine')}",
        "reads warehouse.events.events",
    ),
    "two statements": (f"{HEAD}1 as quantity from {HOUSE}; select 2", "more than one statement"),
}


@pytest.mark.parametrize("sql, said", COMPILED.values(), ids=COMPILED)
def test_what_dbt_makes_of_a_file_is_looked_at_too(tmp_path: Path, sql: str, said: str | None):
    """Also where the text of the file gave no reason: its macros may do more than they say."""
    path = tmp_path / "m_v1.sql"
    path.write_text(f"{HEAD}count(properties) as quantity{EVENTS}group by all", "utf-8")
    problems = compiled_problems({path: sql}, {})
    if said is None:
        assert problems == []
    else:
        assert any(said in problem and str(path) in problem for problem in problems), problems
