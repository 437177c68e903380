"""Whatever the checks let through is one SELECT over the declared inputs, each window by itself.

Files of metrics are put together at random, of what analysts write and of what would lead out, and
the checks decide. What passes is filled in with the project's own macros, looked at by DuckDB's own
parser and binder, and run in a database where every other table is a trap. Then one customer's rows
and another price book's are taken away, and the other's must not change.
"""

import json
import random
import re
from datetime import date

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterhouse.metrics.allowed.floats import computes_floats, house_database
from meterhouse.metrics.allowed_sql import compiled_problems, sql_problems
from meterhouse.metrics.registry import lookup_columns
from tests.project.metric_sql import render

WINDOW = "contract_id, window_start, window_end"
LOOKUPS = lookup_columns()
TRAPS = ("price_book.contracts", "ledger.invoices", "rating.rates", "main.secrets")
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


@pytest.fixture(scope="module")
def house():
    """The house with two customers' events and price books, and with the first ones alone."""
    with house_database(LOOKUPS) as both, house_database(LOOKUPS) as alone:
        for con, customers in ((both, ("acme", "beta")), (alone, ("acme",))):
            _fill(con, customers)
            # The same rows of book b in another order, weights equal; and a book of another time.
            books = [("b", "start"), ("b", "stop"), ("b", "pause")]
            books = [*books, ("other", "start")] if con is both else books[::-1]
            con.executemany(
                "insert into lookups.model_weights by name "
                "select $1 as price_book, $2 as model, 2.5 as weight",
                books,
            )
        yield both, alone


def _fill(con: duckdb.DuckDBPyConnection, customers: tuple[str, ...]) -> None:
    for trap in TRAPS:
        schema, _, table = trap.partition(".")
        con.execute(f"create schema if not exists {schema}")
        con.execute(f"create or replace view {trap} as select error('the trap {table}') as x")
    rng = random.Random(14)
    rows, seq = [], 0
    for customer in ("beta", "acme"):
        for number in range(12):
            # The place in the log: another one where the other customer sends nothing.
            seq += customer in customers
            day = date(2026, 1, rng.randint(1, 3))
            properties = json.dumps({"a": rng.randint(0, 9), "k": rng.choice("xy")})
            if customer in customers:
                kind = rng.choice(["start", "stop"])
                stamp = f"{day} {rng.randint(0, 23):02}:00:00+00"
                rows.append((seq, f"{customer}{number}", customer, kind, stamp, day, properties))
            else:
                rng.choice("ab"), rng.randint(0, 23)
    con.executemany(
        "insert into events.events by name select $1 as event_seq, $2 as transaction_id, "
        "$3 as customer_id, $4 as event_type, $5::timestamptz as timestamp, $6 as event_date, "
        "$7 as properties",
        rows,
    )
    con.execute(
        "insert into calendar.due_window_days by name "
        "select distinct 'm' as metric, 1 as metric_version, customer_id as contract_id, "
        "date '2026-01-01' as window_start, date '2026-01-04' as window_end, 'b' as price_book, "
        "customer_id as sent_id, event_type, event_date from events.events"
    )


def compiled(text: str) -> str:
    """The text as dbt fills it in, reading the house's tables."""
    filled = render(text, "m", 1)
    filled = filled.replace(
        "from due_window_days as windows", "from calendar.due_window_days as windows"
    )
    filled = filled.replace("join events as events", "join events.events as events")
    return re.sub(r"(?<![.\w])model_weights\b", "lookups.model_weights", filled)


SEEN = {"passed": 0, "refused": 0, "ran": 0}


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(text=metrics())
def test_what_passes_reads_its_own_windows_alone(house, tmp_path_factory, text: str):
    both, alone = house
    if sql_problems(text, set(LOOKUPS), both):
        SEEN["refused"] += 1
        return
    SEEN["passed"] += 1
    sql = compiled(text)
    # DuckDB's own parser: one statement, a SELECT.
    [statement] = both.extract_statements(sql)
    assert statement.type == duckdb.StatementType.SELECT
    try:
        tables = both.get_table_names(sql, qualified=True)
    except duckdb.Error:
        tables = set()
    assert {name.removeprefix("warehouse.").split(" ")[0] for name in tables} <= {
        *("calendar.due_window_days", "events.events", "lookups.model_weights"),
    }
    folder = tmp_path_factory.getbasetemp() / "fuzz"
    folder.mkdir(exist_ok=True)
    path = folder / "m_v1.sql"
    path.write_text(text, "utf-8")
    if compiled_problems({path: sql}, LOOKUPS):
        return
    assert not computes_floats(both, sql)
    try:
        rows = both.execute(sql).fetchall()
    except duckdb.Error as error:
        # It does not bind, or a cast fails: nothing was read that is not there.
        assert "trap" not in str(error), text
        return
    SEEN["ran"] += 1
    names = [column[0] for column in both.description]
    at = names.index("contract_id")
    # The place itself may be among the columns of `*`; what is billed may not know it.
    known = [place for place, name in enumerate(names) if not name.startswith("event_seq")]
    own = sorted(([row[i] for i in known] for row in rows if row[at] == "acme"), key=repr)
    single = sorted(([row[i] for i in known] for row in alone.execute(sql).fetchall()), key=repr)
    assert {row[at] for row in rows} <= {"acme", "beta"}, text
    assert own == single, text
    again = sorted(both.execute(sql).fetchall(), key=repr)
    assert sorted(rows, key=repr) == again, text


def test_enough_of_both_was_seen():
    """A fuzz that refuses everything proves nothing."""
    assert SEEN["passed"] > 10 and SEEN["refused"] > 10 and SEEN["ran"] > 5, SEEN
