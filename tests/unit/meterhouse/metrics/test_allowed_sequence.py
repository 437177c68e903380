"""`event_seq` and `price_book` order and join rows; no quantity is computed from them.

Guards against one customer's quantity that changes with what others send, or with which file landed
first: the place of an event is one among those of all customers (S-4, S-11).
"""

import duckdb
import pytest

from tests.unit.meterhouse.metrics.sql_cases import EVENTS, HEAD, OVER, TAIL, E, of, on, problems_of

SAID = "computes with event_seq"
REFUSED = {
    "the place as a quantity": f"{HEAD}max(event_seq){TAIL}",
    "how many came between": f"{HEAD}max(event_seq) - min(event_seq){TAIL}",
    "a sum of places": f"{HEAD}sum(event_seq){TAIL}",
    "a place as text": f"{HEAD}length(event_seq::varchar){TAIL}",
    "a place in a house's macro": f"{HEAD}{{{{ to_quantity('max(event_seq)') }}}}{TAIL}",
    "under another name": (
        f"with a as ({HEAD}event_seq as n{EVENTS}), b as (select * from a) "
        f"{HEAD}sum(n) as q from b group by all"
    ),
    "under another name, as it is": (
        f"with a as ({HEAD}max(event_seq) as n{EVENTS}group by all) {HEAD}n as q from a"
    ),
    "under a name of the same list": f"{HEAD}event_seq as n, n % 10 as q{EVENTS}",
    "put in another column's place": f"select * replace (event_seq + 1 as event_type){EVENTS}",
    "every second event": f"{HEAD}count(*) as q{EVENTS}where event_seq % 2 = 0 group by all",
    "the first events of the log": f"{HEAD}count(*) as q{EVENTS}where event_seq < 100 group by all",
    "some places": f"{HEAD}count(*) as q{EVENTS}where event_seq in (1, 2) group by all",
    "between two numbers": (
        f"{HEAD}count(*) as q{EVENTS}where event_seq between 1 and 9 group by all"
    ),
    "counted where the place is small": f"{HEAD}count(*) filter (where event_seq < 9){TAIL}",
    "few came in between": (
        f"{E} {of('a')} count(*) as q from e as a join e as b {on('a', 'b')} "
        "and a.event_seq < b.event_seq + 5 group by all"
    ),
    "events within some places": (
        f"{HEAD}count(*) {OVER}event_seq range between 5 preceding and current row) as q{EVENTS}"
    ),
    "the place of the one before": f"{HEAD}1 + lag(event_seq) {OVER}event_seq) as q{EVENTS}",
    "the place of the largest": f"{HEAD}arg_max(event_seq, row(timestamp, event_seq)){TAIL}",
    "a place or nothing": f"{HEAD}case when true then event_seq else 0 end as q{EVENTS}",
    "a number of the book's digest": f"{HEAD}max(ascii(price_book)){TAIL}",
    "the book as a group": f"{HEAD}price_book as region, count(*) as q{EVENTS}group by all",
    "events of one book": f"{HEAD}count(*) as q{EVENTS}where price_book like 'a%' group by all",
    "in a union by place": (
        f"{HEAD}1 as q{EVENTS}union all {HEAD}max(event_seq) as n{EVENTS}group by all"
    ),
    "in a union by place, moved by a star": (
        f"with p as ({HEAD}max(event_seq) as n{EVENTS}group by all) "
        f"{HEAD}'' as a, window_end as b, window_end as c, 1 as q{EVENTS}"
        f"union all {HEAD}* from p"
    ),
    "in a union by name": (
        f"{HEAD}1 as q{EVENTS}union all by name {HEAD}max(event_seq) as q{EVENTS}group by all"
    ),
}
ALLOWED = {
    "in an order": f"{HEAD}arg_max(event_type, row(timestamp, event_seq)){TAIL}",
    "ranked, by another name": (
        f"with a as ({HEAD}event_seq as n, event_type{EVENTS}) {HEAD}rank() {OVER}n) as q from a"
    ),
    "which of two came first": (
        f"{E} {of('a')} count(*) as q from e as a join e as b {on('a', 'b')} "
        "and a.event_seq < b.event_seq group by all"
    ),
    "the last of each": (
        f"{E}, l as ({HEAD}max(event_seq) as latest from e group by all) "
        f"{of('e')} count(*) as q from e join l using (contract_id, window_start, window_end) "
        "where e.event_seq = l.latest or l.latest is null group by all"
    ),
    "counted": f"{HEAD}count(distinct event_seq){TAIL}",
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED)
def test_what_is_computed_from_a_place_is_refused(con: duckdb.DuckDBPyConnection, sql: str):
    problems = problems_of(sql, con)
    assert any(SAID in problem for problem in problems), problems


@pytest.mark.parametrize("sql", ALLOWED.values(), ids=ALLOWED)
def test_what_metrics_need_is_allowed(con: duckdb.DuckDBPyConnection, sql: str):
    assert problems_of(sql, con) == []
