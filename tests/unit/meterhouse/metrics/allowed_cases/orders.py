"""Every order in a metric's SQL is total, and no row is picked without one (S-4).

Guards against a quantity that is not the same twice, because two rows are equal to their order or
because DuckDB may pick any.
"""

from tests.unit.meterhouse.metrics.allowed_cases.pieces import (
    EVENTS,
    HEAD,
    OVER,
    TAIL,
    TIES,
    E,
    of,
)

# What it is called → (the file's text, words of the refusal).
REFUSED = {
    "an order computed from the sequence": (
        f"{HEAD}arg_max(properties, event_seq * 0){TAIL}",
        TIES,
    ),
    "a rank by what is computed": (f"{HEAD}row_number() {OVER}event_seq % 2) as q{EVENTS}", TIES),
    "parts that are computed": (
        f"{HEAD}row_number() over (partition by contract_id, window_start, window_end, "
        f"event_seq % 2 order by timestamp) as q{EVENTS}",
        TIES,
    ),
    "a sequence of its own": (
        f"with a as (select * exclude (event_seq), 1 as event_seq{EVENTS}) "
        f"{HEAD}arg_max(event_type, event_seq) as q from a group by all",
        "makes an event_seq of its own",
    ),
    "a sequence by replacing": (
        f"with a as (select * replace (1 as event_seq){EVENTS}) select * from a",
        "makes an event_seq of its own",
    ),
    "a transaction of its own": (
        f"with a as ({HEAD}event_type, 'x' as transaction_id{EVENTS}) "
        f"{HEAD}arg_max(event_type, transaction_id) as q from a group by all",
        TIES,
    ),
    "events twice": (
        f"with a as (select *{EVENTS}union all select *{EVENTS}) "
        f"{HEAD}row_number() {OVER}transaction_id) as q from a",
        TIES,
    ),
    "events twice by name": (
        f"with a as (select *{EVENTS}union all by name select *{EVENTS}) "
        f"{HEAD}row_number() {OVER}event_seq) as q from a",
        TIES,
    ),
    "events repeated by a join": (
        f"{E}, a as (select e.*, w.k from e cross join (values (1), (2)) as w(k)) "
        f"{HEAD}arg_max(k, event_seq) as q from a group by all",
        TIES,
    ),
    "events repeated by a series": (
        f"with a as (select *, unnest(range(3)) as k{EVENTS}) "
        f"{HEAD}arg_max(k, event_seq) as q from a group by all",
        TIES,
    ),
    "groups without what they are of": (
        f"with a as ({HEAD}upper(event_type), count(*) as n{EVENTS}group by all) "
        f"{HEAD}arg_max(n, contract_id) as q from a group by all",
        TIES,
    ),
    "a group's name for something else": (
        f"with a as ({HEAD}upper(event_type) as event_type, count(*) as n{EVENTS}"
        "group by contract_id, window_start, window_end, event_type) "
        f"{HEAD}arg_max(n, event_type) as q from a group by all",
        TIES,
    ),
    "rows without an order": (
        f"{HEAD}sum(event_seq) over (partition by contract_id, window_start, window_end "
        f"rows 1 preceding) as q{EVENTS}",
        TIES,
    ),
    "any value": (f"{HEAD}any_value(event_seq){TAIL}", "uses any_value()"),
    "the first of some": (f"{HEAD}first(event_seq){TAIL}", "uses first()"),
    "a list": (f"{HEAD}len(list(event_seq)){TAIL}", "uses list()"),
    "the latest without ties broken": (
        f"{HEAD}arg_max(event_type, timestamp){TAIL}",
        "let the order end with event_seq",
    ),
    "a rank without ties broken": (
        f"{HEAD}row_number() {OVER}timestamp) as quantity{EVENTS}",
        "let the order end with event_seq",
    ),
    "a running sum by rows": (
        f"{HEAD}sum(1) {OVER}timestamp rows 1 preceding) as quantity{EVENTS}",
        "let the order end with event_seq",
    ),
    "distinct on": (f"select distinct on (event_type) *{EVENTS}", "has `distinct on`"),
    "a limit": (f"select *{EVENTS}limit 1", "has a limit"),
    "a sample": (f"select *{EVENTS}using sample 10", "takes a sample"),
    "a sample of a table": ("select * from {{ billable_events() }} tablesample 5%", "a sample"),
}
ALLOWED = {
    "a computed order that ends with the sequence": (
        f"{HEAD}row_number() {OVER}epoch_us(timestamp) desc, event_seq) as q{EVENTS}"
    ),
    "what is distinct, ranked": (
        f"with a as (select distinct contract_id, window_start, window_end, event_type{EVENTS}) "
        f"{HEAD}row_number() {OVER}event_type) as q from a"
    ),
    "ordered before a lookup is joined": (
        f"with a as ({HEAD}price_book, row_number() {OVER}event_seq) as place{EVENTS}) "
        f"{of('a')} sum(place * w.weight) as q from a left join {{{{ lookup('model_weights') }}}} "
        "as w using (price_book) group by all"
    ),
    "the latest": f"{HEAD}arg_max(event_type, row(timestamp, event_seq)){TAIL}",
    "a running sum": f"{HEAD}sum(1) {OVER}timestamp, event_seq rows 1 preceding) as q{EVENTS}",
    "the day's peak, ranked": (
        f"with days as ({HEAD}event_date, count(*) as peak{EVENTS}group by all) "
        f"{HEAD}row_number() {OVER}peak, event_date) as quantity from days"
    ),
    "peaks that know their price book, which is one in a window, ranked": (
        f"with days as ({HEAD}price_book, event_date, count(*) as peak{EVENTS}group by all) "
        f"{HEAD}row_number() {OVER}peak, event_date) as quantity from days"
    ),
}
