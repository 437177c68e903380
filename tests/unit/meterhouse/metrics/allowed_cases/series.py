"""How many rows and how long a text a metric's SQL can make: as many as its window has days.

Guards against SQL of an analyst that fills memory and disk: a series, a text or a recursion without
bounds.
"""

from tests.unit.meterhouse.metrics.allowed_cases.pieces import (
    EVENTS,
    HEAD,
    TAIL,
    E,
    of,
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
    "days that a lookup calls a window": (
        f"with w as (select price_book, unnest(generate_series(window_start, window_end, "
        "interval 1 hour)) as x from {{ lookup('model_weights') }}) "
        f"{HEAD}count(*) as q{EVENTS}join w using (price_book) group by all",
        "bounds",
    ),
    "days of a lookup beside events": (
        f"{E} {of('e')} unnest(generate_series(w.window_start, e.window_end, interval 1 hour)) "
        "as x from e join {{ lookup('model_weights') }} as w using (price_book)",
        "bounds",
    ),
    "a window of constants": (
        "with w as (select date '0001-01-01' as window_start, date '9999-12-31' as window_end), "
        "x as (select unnest(generate_series(window_start, window_end, interval 1 hour)) from w) "
        f"{HEAD}count(*) as q{EVENTS}cross join x group by all",
        "bounds",
    ),
    "a day of its own": (
        f"with a as (select * replace (date '0001-01-01' as event_date){EVENTS}) {HEAD}"
        "unnest(generate_series(event_date, window_end, interval 1 hour)) as x from a",
        "bounds",
    ),
    "a day of a group's own": (
        f"with a as ({HEAD}date '0001-01-01' as event_date, count(*) as n{EVENTS}group by all) "
        f"{HEAD}unnest(generate_series(event_date, window_end, interval 1 hour)) as x from a",
        "bounds",
    ),
    "a series beside constants": (
        "with w as (select date '0001-01-01' as window_start, date '9999-12-31' as window_end) "
        f"{HEAD}count(*) as q{EVENTS}cross join (select 1 from w, "
        "generate_series(window_start, window_end, interval 1 hour)) group by all",
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
    "every hour since an event's day": (
        f"{HEAD}unnest(generate_series(event_date, window_end, interval 1 hour)) as hour{EVENTS}"
    ),
    "a series beside events": (
        f"{E} {of('e')} count(*) as q from e, "
        "generate_series(e.window_start, e.window_end, interval 1 day) as days group by all"
    ),
}
