"""How many rows and how long a text a metric's SQL can make: as many as its window has days.

Guards against SQL of an analyst that fills memory and disk: a series, a text or a recursion without
bounds.
"""

import duckdb
import pytest

from tests.unit.meterhouse.metrics.sql_cases import (
    EVENTS,
    HEAD,
    TAIL,
    problems_of,
)

# What it is called → (the file's text, words of the refusal).
REFUSED = {
    "a query in a series": (
        f"{HEAD}count(*) as q{EVENTS}, unnest(range((select count(*)::bigint{EVENTS}))) "
        "group by all",
        "a query inside unnest()",
    ),
    "a query in a series of the window": (
        f"{HEAD}unnest(generate_series(window_start, (select max(window_end){EVENTS}), "
        f"interval 1 day)) as q{EVENTS}",
        "a query inside",
    ),
    "a long series to cross with": (
        f"{HEAD}count(*) as q{EVENTS} cross join unnest(range(99999999999)) group by all",
        "bounds",
    ),
    "recursion": (
        "with recursive a as (select 1 as x union all select x + 1 from a) select * from a",
        "recurses",
    ),
    "a long series": (f"{HEAD}count(*) as n{EVENTS}, range(1000000000) group by all", "bounds"),
    "a series of a column": (
        f"{HEAD}unnest(range(event_seq)) as quantity{EVENTS}",
        "bounds",
    ),
    "a series of microseconds": (
        f"{HEAD}unnest(generate_series(window_start, window_end, to_microseconds(1))) as q{EVENTS}",
        "bounds",
    ),
    "a text as long as one likes": (f"{HEAD}repeat('x', 1000000000){TAIL}", "uses repeat()"),
}
ALLOWED = {
    "every day of the window": (
        f"with days as (select distinct contract_id, window_start, window_end, "
        f"unnest(generate_series(window_start, window_end - 1, interval 1 day)) as day{EVENTS}) "
        "select * from days"
    ),
}


@pytest.mark.parametrize("sql, said", REFUSED.values(), ids=REFUSED)
def test_what_is_not_on_the_list_is_refused(con: duckdb.DuckDBPyConnection, sql: str, said: str):
    problems = problems_of(sql, con)
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize("sql", ALLOWED.values(), ids=ALLOWED)
def test_what_metrics_need_is_allowed(con: duckdb.DuckDBPyConnection, sql: str):
    assert problems_of(sql, con) == []
