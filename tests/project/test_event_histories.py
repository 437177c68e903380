"""Random histories through the models of events, against a few lines of Python (S-8, S-9, S-51).

Guards against an event that counts twice or not at all after a retraction, a result that depends on
when runs were made, and a key whose events get lost or doubled when it is handed over.
"""

from collections import Counter
from datetime import date, timedelta
from functools import cache

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.model_columns import empty_table

IDS, CUSTOMERS = ("a", "b", "c"), ("acme", "beta")
FIRST = date(2026, 1, 1)
EVENT = st.tuples(st.sampled_from(IDS), st.sampled_from(CUSTOMERS), st.integers(0, 2))
# A batch that lands, or ids that are taken back; and whether a run is made after it.
STEP = st.tuples(
    st.one_of(
        st.lists(EVENT, min_size=1, max_size=4),
        st.frozensets(st.sampled_from(IDS), min_size=1),
    ),
    st.booleans(),
)
TABLES = """
    set timezone = 'UTC';
    create table landed_rows (
        event_seq bigint, log_version bigint, position bigint, transaction_id varchar,
        customer_id varchar, event_type varchar, timestamp timestamptz, properties varchar,
        property_texts varchar, source varchar, received_at timestamptz
    );
    create table retractions (log_version bigint, transaction_id varchar);
    create table run (log_version bigint)
"""
GROW = ("landed_events", "retracted_events", "event_days")
MARK = """
    update landed_events as landed set repeat_kind = 'retracted'
    from retracted_events as retracted
    where landed.event_seq = retracted.event_seq
"""


@cache
def rendered(folder: str, model: str) -> str:
    """The SQL of a model of events."""
    environment = Environment(autoescape=False)
    environment.globals |= {
        "config": lambda **_: "",
        "ref": str,
        "source": lambda _, table: table,
        "this": model,
        "newly_landed": lambda: "select * from landed_rows",
        "kept": lambda _, table: table,
    }
    macros = [
        (DBT_PROJECT / "macros" / "events" / f"{name}.sql").read_text("utf-8")
        for name in ("comparable_properties", "transaction_digest", "holds_on")
    ]
    sql = (DBT_PROJECT / "models" / folder / f"{model}.sql").read_text("utf-8")
    return environment.from_string("".join(macros) + sql).render()


class Log:
    """A log and the models of events over it."""

    def __init__(self):
        self.con = duckdb.connect(config={"threads": 1})
        self.con.execute(TABLES)
        for model in GROW:
            self.con.execute(empty_table("events", model).replace("events.", "", 1))
        self.version = 0

    def land(self, events) -> None:
        self.version += 1
        for position, (id, customer, day) in enumerate(events):
            seq = self.version * 1_000_000_000 + position
            row = [seq, self.version, position, id, customer, "call", FIRST + timedelta(day)]
            more = ["{}", None, "files", FIRST]
            self.con.execute(f"insert into landed_rows values ({', '.join('?' * 11)})", row + more)

    def retract(self, ids) -> None:
        self.version += 1
        for id in ids:
            self.con.execute("insert into retractions values (?, ?)", [self.version, id])

    def run(self) -> None:
        self.con.execute("create or replace table run as select ? as log_version", [self.version])
        duplicates = rendered("events", "duplicates")
        self.con.execute(f"create or replace table duplicates as {duplicates}")
        for model in GROW:
            self.con.execute(f"insert into {model} by name {rendered('events', model)}")
            if model == "retracted_events":
                self.con.execute(MARK)
        self.con.execute("delete from landed_rows")

    def kinds(self) -> list[str]:
        rows = self.con.execute(
            "select coalesce(repeat_kind, 'counts') from landed_events order by event_seq"
        )
        return [kind for (kind,) in rows.fetchall()]

    def days(self) -> dict[tuple, int]:
        rows = self.con.execute(
            "select customer_id, event_date, coalesce(repeat_kind, 'counts'), sum(events)::int "
            "from event_days group by all having sum(events) <> 0"
        )
        return {tuple(key): count for *key, count in rows.fetchall()}


def by_hand(steps) -> tuple[list[str], dict[tuple, int]]:
    """What each event is in the end, and how many are what of each customer and day."""
    events, first = [], {}
    for what, _ in steps:
        if isinstance(what, frozenset):
            for event in events:
                if event["id"] in what:
                    event["kind"] = "retracted"
            first = {id: fields for id, fields in first.items() if id not in what}
            continue
        for id, *fields in what:
            kind = "counts" if id not in first else "conflict"
            if first.setdefault(id, fields) == fields and kind == "conflict":
                kind = "duplicate"
            events.append({"id": id, "fields": fields, "kind": kind})
    days = Counter(
        (event["fields"][0], FIRST + timedelta(event["fields"][1]), event["kind"])
        for event in events
    )
    return [event["kind"] for event in events], dict(days)


def after(steps) -> Log:
    """The models at the end of a history."""
    log = Log()
    for what, is_run in steps:
        (log.retract if isinstance(what, frozenset) else log.land)(what)
        if is_run:
            log.run()
    log.run()
    return log


@settings(max_examples=15)
@given(st.lists(STEP, min_size=1, max_size=7))
def test_every_history_comes_out_as_by_hand(steps) -> None:
    log = after(steps)
    kinds, days = by_hand(steps)
    assert log.kinds() == kinds
    assert log.days() == days


@settings(max_examples=6)
@given(st.lists(STEP, min_size=1, max_size=5), st.lists(EVENT, min_size=1, max_size=3))
def test_all_taken_back_is_as_if_never_sent(steps, afterwards) -> None:
    """What counts after it is what counts where nothing was ever sent before."""
    log = after([*steps, (frozenset(IDS), False), (afterwards, False)])
    alone = after([(afterwards, False)])
    assert list(log.kinds()[-len(afterwards) :]) == alone.kinds()
    assert {key: n for key, n in log.days().items() if key[2] != "retracted"} == alone.days()


@settings(max_examples=10)
@given(
    st.lists(st.integers(0, 27), min_size=1, max_size=12),
    st.integers(-1, 28),
    st.integers(0, 28),
)
def test_handing_a_key_over_changes_no_total(days, handed_on, length) -> None:
    """Whenever it is handed over, and handed back, each event counts once, for its day's owner."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("create table run as select 'book' as price_book")
    con.execute("create table customers as select 'book' as price_book, unnest(?) as customer_id", [
        list(CUSTOMERS)
    ])  # fmt: skip
    con.execute(
        "create table customer_aliases (price_book varchar, alias varchar, customer_id varchar,"
        " starting_on date, ending_before date)"
    )
    start, end = FIRST + timedelta(handed_on), FIRST + timedelta(handed_on + length + 1)
    for row in (("acme", None, start), ("beta", start, end), ("acme", end, None)):
        con.execute("insert into customer_aliases values ('book', 'key', ?, ?, ?)", list(row))
    con.execute(
        "create table event_days as select 'key' as customer_id, 'call' as event_type,"
        " day as event_date, null as repeat_kind, count(*) as events, 1 as last_event_seq"
        " from (select unnest(?) as day) group by all",
        [[FIRST + timedelta(day) for day in days]],
    )
    con.execute(
        "create table rated_periods as select 'book' as price_book, customer_id || '-1' as"
        " contract_id, customer_id, date '2026-01-01' as period_start, date '2026-02-01' as"
        " period_end from customers"
    )
    # Of a warehouse that was never lost.
    con.execute("create table unmeasured_periods as select * from rated_periods limit 0")
    con.execute(f"create view customer_identities as {rendered('events', 'customer_identities')}")
    sql = rendered("calendar", "period_event_days")
    found = con.execute(
        f"select contract_id, sum(events)::int from ({sql}) group by all"
    ).fetchall()
    owners = Counter(
        "beta-1" if start <= FIRST + timedelta(day) < end else "acme-1" for day in days
    )
    assert dict(found) == dict(owners)
