"""`event_seq` and `price_book` order and join rows, as columns alone; no expression has them.

Guards against one customer's quantity that changes with what others send, or with which file landed
first: the place of an event is one among those of all customers (S-4, S-11).
"""

from tests.unit.meterhouse.metrics.allowed_cases.pieces import EVENTS, HEAD, OVER, TAIL, E, of, on

SAID = "as a value; event_seq"
OWN = "makes an event_seq of its own"
SHOWN = "under another name"
BY_PLACE = "puts queries together by place"
W = "{{ lookup('model_weights') }}"
PART = "partition by contract_id, window_start, window_end"
COMPUTED = {
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
    "events of one book": f"{HEAD}count(*) as q{EVENTS}where price_book like 'a%' group by all",
    "in a union by place": (
        f"{HEAD}1 as q{EVENTS}union all {HEAD}max(event_seq) as n{EVENTS}group by all"
    ),
    "in a union by name": (
        f"{HEAD}1 as q{EVENTS}union all by name {HEAD}max(event_seq) as q{EVENTS}group by all"
    ),
    "counted": f"{HEAD}count(distinct event_seq){TAIL}",
    "one number's place": (
        f"with r as (select * from {{{{ billable_events() }}}} cross join range(1, 1000) as t(n)) "
        f"{HEAD}max(n) filter (where nullif(event_seq, n) is null) as q from r group by all"
    ),
    "counted but for one place": f"{HEAD}count(nullif(event_seq, 5)){TAIL}",
    "whether it is one place": f"{HEAD}count(*) filter (where nullif(event_seq, 5) is null){TAIL}",
    "compared with a number, by coalesce()": (
        f"{HEAD}count(*) as q{EVENTS}where event_seq < coalesce(500, event_seq) group by all"
    ),
    "compared with a number, by ifnull()": (
        f"{HEAD}count(*) as q{EVENTS}where event_seq < ifnull(500, event_seq) group by all"
    ),
    "compared with a number, by if()": (
        f"{HEAD}count(*) as q{EVENTS}where event_seq < if(true, 500, event_seq) group by all"
    ),
    "compared with a number, by case": (
        f"{HEAD}count(*) as q{EVENTS}"
        "where event_seq < case when true then 500 else event_seq end group by all"
    ),
    "compared with a number, by lag()": (
        f"{E}, a as ({HEAD}event_seq, lag(event_seq, 1, 500) {OVER}event_seq) as p from e) "
        f"{HEAD}count(*) as q from a where event_seq < p group by all"
    ),
    "between itself and a number": (
        f"{HEAD}count(*) as q{EVENTS}"
        "where event_seq between event_seq and coalesce(9, event_seq) group by all"
    ),
    "the last place compared with a number": (
        f"{HEAD}count(*) as q{EVENTS}"
        "group by all having max(event_seq) < coalesce(500, max(event_seq))"
    ),
    "one of a series": (
        f"{E}, s as (select n from range(1, 1000) as t(n)) {of('e')} max(n) as q "
        "from e cross join s where e.event_seq = coalesce(n, e.event_seq) group by all"
    ),
    "as a row": f"{HEAD}count(*) as q{EVENTS}where (event_seq, 1) < (500, 1) group by all",
    "whether it is missing": f"{HEAD}count(*) as q{EVENTS}where event_seq is null group by all",
    "ordered by a part of it": (f"{HEAD}arg_max(event_type, row(event_seq % 7, event_seq)){TAIL}"),
    "ordered by its text": (
        f"{HEAD}arg_max(event_type, row(reverse(event_seq::varchar), event_seq)){TAIL}"
    ),
    "ordered by a digest of the book": (
        f"{HEAD}arg_max(event_type, row(md5(price_book || transaction_id), event_seq)){TAIL}"
    ),
    "an aggregate's order": f"{HEAD}count(distinct event_type order by event_seq % 3){TAIL}",
    "the middle place": f"{HEAD}quantile_disc(0.5 order by event_seq){TAIL}",
    "the order of the query": f"{HEAD}1 as q{EVENTS}order by event_seq % 2",
    "a frame of as many rows": (
        f"{HEAD}count(*) {OVER}event_seq rows between event_seq preceding and current row) "
        f"as q{EVENTS}"
    ),
    "parted by a part of it": f"{HEAD}count(*) over ({PART}, event_seq % 2) as q{EVENTS}",
    "parted by a part of it, by name": (
        f"{HEAD}count(*) over w as q{EVENTS}window w as ({PART}, event_seq % 2)"
    ),
    "grouped by a part of it": (
        f"{E}, a as ({HEAD}count(*) as n from e "
        "group by contract_id, window_start, window_end, event_seq // 100) "
        f"{HEAD}count(*) as q from a group by all"
    ),
    "grouped by a letter of the book": (
        f"{HEAD}count(*) as q{EVENTS}"
        "group by contract_id, window_start, window_end, substr(price_book, 1, 1)"
    ),
    "compared with the book": (f"{HEAD}count(*) filter (where event_seq < price_book){TAIL}"),
    "an order of books": (
        f"{E} {of('a')} count(*) as q from e as a join e as b {on('a', 'b')} "
        "and a.price_book < b.price_book group by all"
    ),
    "of two columns of one name": (
        f"{E}, a as (select * from e as x join e as y {on('x', 'y')}) "
        f"{HEAD}max(event_seq_1) as q from a group by all"
    ),
    "beside events": (
        f"{E} {of('e')} count(*) as q "
        "from e, (select 1 as one where e.event_seq < 500) as l group by all"
    ),
    "as a value of a table": (
        f"{E} {of('e')} max(x) as q from e, (values (e.event_seq)) as v(x) group by all"
    ),
    "given by a query in an expression": f"{HEAD}(select event_seq) as q{EVENTS}",
    "in a query in an expression": (
        f"{HEAD}count(*) as q{EVENTS}"
        "where exists (select 1 from (values (1)) as t(k) where event_seq < 500) group by all"
    ),
    "joined by a number": (
        f"with a as ({HEAD}event_seq as n{EVENTS}) "
        f"{of('a')} count(*) as q from a join range(500) as r(n) using (n) group by all"
    ),
}
# What it is called → (the file's text, words of the refusal).
RENAMED = {
    "the book as a group": (
        f"{HEAD}price_book as region, count(*) as q{EVENTS}group by all",
        SHOWN,
    ),
    "in a union by place, moved by a star": (
        (
            f"with p as ({HEAD}max(event_seq) as n{EVENTS}group by all) "
            f"{HEAD}'' as a, window_end as b, window_end as c, 1 as q{EVENTS}"
            f"union all {HEAD}* from p"
        ),
        BY_PLACE,
    ),
    "a quantity by a star": (
        f"with a as ({HEAD}event_seq as quantity{EVENTS}) select * from a",
        SHOWN,
    ),
    "moved under another column": (
        f"with a as ({HEAD}event_type as x{EVENTS}union all {HEAD}event_seq as x{EVENTS}) "
        f"{HEAD}count(distinct x) as q from a group by all",
        BY_PLACE,
    ),
    "but for some places": (
        f"with a as ({HEAD}event_seq{EVENTS}), b as (select contract_id, window_start, window_end, "
        "k from a cross join range(500) as r(k)), c as (select contract_id, window_start, "
        "window_end, event_seq from a except select contract_id, window_start, window_end, k "
        f"from b) {HEAD}count(*) as q from c group by all",
        BY_PLACE,
    ),
    "a number of its name": (
        f"{E}, c as (select 500 as event_seq) {of('e')} count(*) as q "
        "from e join c on e.event_seq < c.event_seq group by all",
        OWN,
    ),
    "a count of its name": (
        f"{E}, c as ({HEAD}count(*) as event_seq from e group by all) {of('e')} count(*) as q "
        f"from e join c {on('e', 'c')} and e.event_seq < c.event_seq group by all",
        OWN,
    ),
    "a series of its name": (
        f"{E} {of('e')} count(*) as q from e cross join range(500) as r(event_seq) "
        "where e.event_seq = r.event_seq group by all",
        OWN,
    ),
    "a table of its name": (
        f"{E} {of('e')} count(*) as q from e cross join range(500) as event_seq group by all",
        OWN,
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
        f"{E}, l as ({HEAD}arg_max(transaction_id, event_seq) as latest from e group by all) "
        f"{of('e')} count(*) as q from e join l using (contract_id, window_start, window_end) "
        "where e.transaction_id = l.latest group by all"
    ),
    "an aggregate's order": f"{HEAD}arg_max(event_type, timestamp order by event_seq){TAIL}",
    "an order by tuples": f"{HEAD}max_by(event_type, (timestamp, event_seq)){TAIL}",
    "the order of the query": f"{HEAD}1 as q{EVENTS}order by timestamp, event_seq",
    "a place of two branches": (
        f"with a as ({HEAD}event_seq, 1 as k{EVENTS}union all {HEAD}event_seq, 2 as k{EVENTS}) "
        f"{HEAD}sum(k) as q from a group by all"
    ),
    "joined with itself by the place": (
        f"{E} {HEAD}count(*) as q from e join e as b "
        "using (contract_id, window_start, window_end, event_seq) group by all"
    ),
    "each event's numbers": (
        f"with a as (select *, unnest(range(3)) as k{EVENTS}), b as ({HEAD}price_book, event_seq, "
        f"sum(k) as k from a group by all) {of('b')} sum(k * w.weight) as q "
        f"from b join {W} as w on b.price_book = w.price_book group by all"
    ),
}
REFUSED = {name: (sql, SAID) for name, sql in COMPUTED.items()} | RENAMED
