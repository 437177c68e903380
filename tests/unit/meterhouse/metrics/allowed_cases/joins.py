"""Which joins a metric's SQL may have: events with events of their own window, and lookups.

Guards against one customer's events in another's quantity (S-11), by a join that does not tie the
side that it adds, and against rows without a window.
"""

from tests.unit.meterhouse.metrics.allowed_cases.pieces import (
    EVENTS,
    HEAD,
    JOINED,
    E,
    of,
    on,
)

# What it is called → (the file's text, words of the refusal).
REFUSED = {
    "a third that two others are tied for": (
        f"{E} {of('a')} count(*) as q from e as a join e as b {on('a', 'b')} "
        f"join e as c {on('a', 'b')} group by all",
        JOINED,
    ),
    "tied to itself": (
        f"{E} {of('a')} count(*) as q from e as a join e as b {on('b', 'b')} group by all",
        JOINED,
    ),
    "tied but for the window's end": (
        f"{E} {of('a')} count(*) as q from e as a join e as b "
        "on a.contract_id = b.contract_id and a.window_start = b.window_start group by all",
        JOINED,
    ),
    "tied through another way": (
        f"{E} {of('a')} count(*) as q from e as a join e as b {on('a', 'b')} or true group by all",
        JOINED,
    ),
    "tied to a lookup": (
        f"{E}, w as (select 'x' as contract_id, 1 as window_start, 1 as window_end) "
        f"{of('a')} count(*) as q from e as a cross join w join e as b {on('w', 'b')} group by all",
        JOINED,
    ),
    "tied by a whole row": (
        f"{E}, a as ({HEAD}arg_max(e, event_seq) as s from e group by all) "
        f"{of('a')} count(*) as q from a join e as b {on('a', 's')} group by all",
        "takes a whole row",
    ),
    "a row in a function": (
        f"{E} {HEAD}count(distinct row(e.*)) as q from e group by all",
        "takes a whole row",
    ),
    "rows of an outer join that have no window": (
        f"{E} {of('a')} count(*) over (partition by b.contract_id, b.window_start, b.window_end) "
        f"as q from e as a left join e as b {on('a', 'b')} and b.event_seq = 1",
        "over more than one window",
    ),
    "a right join's missing window": (
        f"{E} select * from e as a right join e as b {on('a', 'b')}",
        "keeps rows without their window",
    ),
    "parted by a lookup's columns": (
        f"{E} {of('e')} count(*) over (partition by w.contract_id, w.window_start, w.window_end) "
        "as q from e cross join {{ lookup('model_weights') }} as w",
        "over more than one window",
    ),
    "everybody beside everybody": (
        f"with a as (select *{EVENTS}), b as (select *{EVENTS}) "
        "select a.contract_id, a.window_start, a.window_end, b.event_seq from a, b",
        "joins events without their window",
    ),
    "joined by the day": (
        f"with a as (select *{EVENTS}), b as (select *{EVENTS}) "
        "select a.contract_id, a.window_start, a.window_end from a join b using (event_date)",
        "joins events without their window",
    ),
    "rows that only a lookup has": (
        "select * from {{ billable_events() }} as e "
        "right join {{ lookup('model_weights') }} as w using (price_book)",
        "keeps rows of a lookup table",
    ),
    "a natural join": (
        "select * from {{ billable_events() }} natural join {{ lookup('model_weights') }}",
        "a natural join",
    ),
}
ALLOWED = {
    "three tied one after the other": (
        f"{E} {of('a')} count(*) as q from e as a join e as b {on('a', 'b')} "
        f"left join e as c {on('c', 'b')} and c.event_seq < a.event_seq group by all"
    ),
    "events that others answer": (
        f"{E} {of('a')} row_number() over (partition by a.contract_id, a.window_start, "
        "a.window_end order by a.event_seq desc nulls last) as q from e as a "
        f"semi join e as b {on('a', 'b')}"
    ),
    "a self-join in its window": (
        f"with a as (select *{EVENTS}), b as (select *{EVENTS}) {HEAD}count(*) as q from a "
        "left join b using (contract_id, window_start, window_end, event_date) group by all"
    ),
    "a lookup": (
        f"{HEAD}sum(weight) as quantity{EVENTS}as events "
        "left join {{ lookup('model_weights') }} as weights using (price_book) group by all"
    ),
    "weights in place": (
        f"{HEAD}sum(weight) as quantity{EVENTS}as events inner join "
        "(values ('a', 1), ('b', 2)) as weights(kind, weight) on events.event_type = kind "
        "group by all"
    ),
}
