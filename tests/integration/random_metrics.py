"""Texts of metrics, put together at random of what analysts write and of what would lead out."""

from hypothesis import strategies as st

# Tables that a metric must not reach.
TRAPS = ("price_book.contracts", "ledger.invoices", "rating.rates", "main.secrets")
WINDOW = "contract_id, window_start, window_end"
EVENTS = "{{ billable_events() }}"
TRAPPED = st.sampled_from(
    [
        *TRAPS,
        *(
            "events.events",
            "calendar.due_window_days",
            "duckdb_tables()",
            "read_csv('/etc/passwd')",
        ),
        *("range(3)", "(select * from ledger.invoices)", "query('select 1')", "glob('/*')"),
        *("{{ ref('slices') }}", "{{ this }}", "{{ billable_events.context }}", "'/etc/passwd'"),
    ]
)
SOURCE = st.one_of(
    st.just(EVENTS),
    st.just(f"(select * from {EVENTS})"),
    st.just(f"(select *, 1 as one from {EVENTS} where event_date > '2026-01-01') as inner_events"),
    TRAPPED,
)
LOOKUP = "{{ lookup('model_weights') }}"
LOOKED_UP = st.sampled_from(
    [
        LOOKUP,
        f"(select * from {LOOKUP})",
        f"(select price_book, max(weight) as weight from {LOOKUP} group by all)",
        f"(select 'b' as price_book, sum(weight) as weight from {LOOKUP})",
        f"(select price_book, rank() over (order by weight) as weight from {LOOKUP})",
        f"(select price_book, row_number() over (partition by price_book order by weight) as "
        f"weight, model from {LOOKUP})",
        f"(select price_book, arg_max(length(model), weight) as weight from {LOOKUP} group by all)",
        f"(select distinct price_book, weight from {LOOKUP})",
    ]
)
JOIN = st.sampled_from(
    [
        *(
            "join {} as looked_up using (price_book)",
            "left join {} as looked_up using (price_book)",
        ),
        *("cross join {} as looked_up", "semi join {} as looked_up using (price_book)"),
        *("join {} as looked_up on true", "join {} as looked_up on event_type = model"),
    ]
)
PARTITION = st.sampled_from(
    [
        *(WINDOW, WINDOW, "contract_id", "event_type"),
        *(f"{WINDOW}, event_type", f"{WINDOW}, event_seq % 2"),
    ]
)
ORDER = st.sampled_from(
    [
        *("event_seq", "timestamp, event_seq", "timestamp", "event_type", "quantity"),
        "event_seq % 3, event_seq",
    ]
)


def over(function: str) -> st.SearchStrategy[str]:
    """A window function, with what a window needs or without."""
    return st.builds(
        lambda by, order: f"{function} over (partition by {by} order by {order})", PARTITION, ORDER
    )


VALUE = st.recursive(
    st.one_of(
        st.sampled_from(
            [
                *("1", "2.5", "1e3", "event_seq", "event_type", "timestamp", "window_end", "rowid"),
                *(
                    "{{ property_number('a') }}",
                    "{{ property_text('k') }}",
                    "current_date",
                    "now()",
                ),
                *(
                    "random()",
                    "epoch_us(timestamp)",
                    "getenv('HOME')",
                    "date_part('epoch', timestamp)",
                ),
                *("{{ property_text('it''s') }}", "{{ property_number('a' ~ 'b') }}"),
                *("weight", "weight", f"(select max(weight) from {LOOKUP})"),
                *("{{ 'x'.__class__ }}", "{{ env_var('HOME') }}", "interval 1 day", "event_date"),
            ]
        ),
        over("row_number()"),
        over("lag(event_seq)"),
        over("sum(event_seq)"),
        over("count(*)"),
        st.builds(lambda source: f"(select max(1) from {source})", SOURCE),
    ),
    lambda inner: st.one_of(
        st.builds(lambda a, b, by: f"({a} {by} {b})", inner, inner, st.sampled_from("+-*/%")),
        st.builds(lambda a: f"coalesce({a}, 0)", inner),
        st.builds(lambda a: f"case when {a} is null then 0 else 1 end", inner),
        st.builds(
            lambda a, to: f"try_cast({a} as {to})", inner, st.sampled_from(["bigint", "real"])
        ),
        st.builds(lambda a: f"{a} in (select 1)", inner),
    ),
    max_leaves=4,
)
AGGREGATE = st.one_of(
    st.builds(lambda a: f"sum({a})", VALUE),
    st.builds(lambda a: f"max({a})", VALUE),
    st.builds(lambda a: f"count(distinct {a})", VALUE),
    st.builds(lambda a, by: f"arg_max({a}, row({by}))", VALUE, ORDER),
    st.builds(lambda a: f"arg_max({a}, timestamp)", VALUE),
    st.builds(lambda a: f"avg({a})", VALUE),
    st.builds(lambda a: f"any_value({a})", VALUE),
    st.builds(lambda a: '{{ to_quantity("sum(' + a + ')") }}', VALUE),
    st.just("count(*)"),
    st.just("count(nullif(event_seq, 5))"),
    st.just("count(*) filter (where event_seq < coalesce(9, event_seq))"),
)
KEYS = st.sampled_from(
    [WINDOW, WINDOW, WINDOW, "contract_id", "*", "'acme' as contract_id, window_start, window_end"]
)
GROUP = st.sampled_from(["group by all", "group by all", f"group by {WINDOW}", "", "group by 1"])
TAIL = st.sampled_from(
    ["", "", "", " limit 1", " order by all", " union all by name select 1 as q"]
)


@st.composite
def metrics(draw: st.DrawFn) -> str:
    """The text of a metric's file."""
    source = draw(SOURCE)
    if draw(st.booleans()):
        body = f"select {draw(KEYS)}, {draw(AGGREGATE)} as quantity from {source} {draw(GROUP)}"
    else:
        body = f"select {draw(KEYS)}, {draw(VALUE)} as quantity from {source}"
    if draw(st.booleans()):
        first = f"select *, {draw(VALUE)} as extra from {draw(SOURCE)}"
        joined = draw(st.sampled_from(["", f" join other using ({WINDOW})", ", other"]))
        body = f"with parts as ({first}), other as (select * from parts) " + body.replace(
            source, "parts" + joined, 1
        )
    if draw(st.booleans()):
        joined = f"{source} {draw(JOIN).format(draw(LOOKED_UP))}"
        body = joined.join(body.rsplit(source, 1)) if source in body else body
    return body + draw(TAIL)
