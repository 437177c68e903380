"""What a period begins with (S-56), over random histories.

Guards against seconds that get lost or count twice where two periods meet, a value that a quiet
month changes, and a state kept from run to run that is not what the whole log says.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from types import SimpleNamespace

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from meterhouse.common.model_sql import macro_sql
from meterhouse.common.settings import DBT_PROJECT
from tests.project.metric_sql import metric_meta, metric_sql
from tests.project.random_events import carry_over, event_tables

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
TYPES = ("instance_start", "instance_heartbeat", "instance_stop")
# At most an hour on either side of the midnight between two days, now and then on the dot.
SIGNAL = st.tuples(
    st.integers(0, 3), st.integers(-3600, 3600), st.sampled_from(TYPES), st.sampled_from("ab"),
    st.sampled_from(("small", "large")),
)  # fmt: skip
SAMPLE = st.tuples(
    st.integers(0, 40 * 86400), st.sampled_from(("eu", "us")), st.integers(-9, 99) | st.just("bad")
)


@cache
def of_metric(metric: str) -> tuple[dict, str]:
    """What the YAML of version 2 declares, and its SQL over its own windows."""
    own = "from (from due_window_days where metric_version = 2) as windows"
    sql = metric_sql(metric, 2).replace("from due_window_days as windows", own)
    return metric_meta(metric, 2), sql


def measured(metric: str, events: list[tuple], start: int, end: int) -> dict[str, Decimal]:
    """Group → quantity of version 2 over the days `start` to before `end` of one contract."""
    first, last = (FIRST.date() + timedelta(day) for day in (start, end))
    rows = [(n, f"e{n}", "sent-1", *event) for n, event in enumerate(events, 1)]
    days = {(event[3], event[4].date()) for event in rows}
    meta, sql = of_metric(metric)
    windows = [
        (metric, 2, "1", first, last, "sent-1", event_type, day)
        for event_type, day in days
        if first <= day < last
    ]
    # A table of none has no types.
    con = event_tables(windows or [(metric, 0, "1", first, last, "", "", first)], rows)
    con.execute(
        "create table carried_into as "
        "select '1' as contract_id, ? as window_start, ? as window_end",
        [first, last],
    )
    carry_over(con, metric, 2, meta)
    [group] = meta["group_keys"]
    return dict(con.execute(f'select "{group}", quantity from ({sql})').fetchall())


@settings(max_examples=12)
@given(st.lists(SIGNAL, min_size=1, max_size=25), st.integers(1, 2))
def test_instance_seconds_of_two_periods_are_those_of_both(signals, boundary) -> None:
    events = [
        (kind, FIRST + timedelta(days=day + 1, seconds=second),
         f'{{"instance_id": "{instance}", "instance_type": "{size}"}}')
        for day, second, kind, instance, size in signals
    ]  # fmt: skip
    both = measured("instance_seconds", events, 1, 4)
    parts = [
        measured("instance_seconds", events, *days)
        for days in ((1, boundary + 1), (boundary + 1, 4))
    ]
    added = {key: sum(part.get(key, 0) for part in parts) for key in set().union(*parts)}
    assert {key: value for key, value in added.items() if value} == {
        key: value for key, value in both.items() if value
    }


@settings(max_examples=12)
@given(st.lists(SAMPLE, min_size=1, max_size=12))
def test_a_month_without_events_has_what_was_there_before_it(samples) -> None:
    """The latest value and the average over time are both that of the moment before."""
    events = [
        ("storage_sample", FIRST + timedelta(seconds=second),
         f'{{"region": "{region}", "gb": "{number}"}}')
        for second, region, number in samples
    ]  # fmt: skip
    before = measured("storage_gb_latest", events, 0, 41)
    assert measured("storage_gb_latest", events, 41, 69) == before
    assert measured("storage_gb_time_avg", events, 41, 69) == before


# `key` is acme's before the 6th and beta's from then on; between contracts and before them there
# are days that are nobody's.
HANDED_ON = date(2026, 1, 6)
CONTRACTS = [
    ("acme-1", "acme", date(2026, 1, 2), date(2026, 1, 8)),
    ("acme-2", "acme", date(2026, 1, 9), None),
    ("beta-1", "beta", date(2026, 1, 1), None),
]
PERIODS = [
    ("acme-1", "acme", date(2026, 1, 2)),
    ("acme-1", "acme", date(2026, 1, 5)),
    ("acme-2", "acme", date(2026, 1, 9)),
    ("acme-2", "acme", date(2026, 1, 12)),
    ("beta-1", "beta", date(2026, 1, 7)),
    ("beta-1", "beta", date(2026, 1, 12)),
]
CARRY = {
    "key": "k",
    "event_types": ["sample", "other sample"],
    "by": ["region"],
    "having": "gb",
    "property_filters": [{"name": "kind", "not_in_values": ["test"]}],
}
LANDED = st.tuples(
    st.sampled_from(("acme", "beta", "key")),
    st.integers(0, 11),
    st.integers(0, 2),
    st.sampled_from(("sample", "other sample", "call")),
    st.sampled_from(('"region": "eu"', '"region": 1', '"region": "1"', '"x": 1')),
    st.sampled_from(('"gb": 1', '"gb": "2.5"', '"gb": "bad"', '"gb": null')),
    st.sampled_from(('"kind": "real"', '"kind": "test"', '"y": 2')),
)
# Events that land, or the numbers of earlier ones that are taken back; and whether a run follows.
STEP = st.tuples(
    st.lists(LANDED, min_size=1, max_size=6)
    | st.frozensets(st.integers(0, 20), min_size=1, max_size=4),
    st.booleans(),
)
TABLES = """
    set TimeZone = 'UTC';
    create schema calendar;
    set search_path = 'main,calendar';
    create table run (log_version bigint, price_book varchar);
    create table events (
        event_seq bigint, log_version bigint, transaction_id varchar, customer_id varchar,
        event_type varchar, timestamp timestamptz, event_date date, properties varchar,
        property_texts varchar
    );
    create table event_days (
        log_version bigint, customer_id varchar, event_type varchar, event_date date,
        repeat_kind varchar, events int
    );
    create table billable_metrics as
    select 'm' as metric, 1 as metric_version, unnest(['sample', 'other sample']) as event_type,
        'k' as carry;
    create table product_metrics as select 'm' as metric, 1 as version;
    create table product_segments (contract_id varchar, customer_id varchar, period_start date);
    create table unmeasured_periods as
    select 'b' as price_book, '' as contract_id, '' as customer_id, null::date as period_start,
        'm' as metric, 1 as metric_version where false;
    create table contracts (
        contract_id varchar, customer_id varchar, starting_on date, ending_before date
    );
    create table customer_identities (
        customer_id varchar, sent_id varchar, starting_on date, ending_before date
    )
"""


@cache
def rendered(model: str, *, has_run: bool) -> str:
    """The SQL of a model of what is carried, of a first run or a later one."""
    environment = Environment(autoescape=False, extensions=["jinja2.ext.do"])
    environment.globals |= {
        "config": lambda **_: "",
        "ref": str,
        "source": lambda _, table: table,
        "relation_exists": lambda *_: has_run,
        "flags": SimpleNamespace(FULL_REFRESH=False),
        "target": SimpleNamespace(database="memory"),
        "metric_carries": lambda: [CARRY],
        "carried_by": lambda carry: macro_sql(f"carried_by({carry!r})"),
        "can_be_carried": lambda carry: macro_sql(f"can_be_carried({carry!r})"),
        "declared_values": lambda values: macro_sql(f"declared_values({values!r})"),
        "due_dates": lambda *_: "true",
        "holds_on": lambda identities, day: macro_sql(f"holds_on({identities!r}, {day!r})"),
    }
    if model.startswith("forget_"):
        # The pre-hook of a model.
        macro = (DBT_PROJECT / "macros" / "metrics" / f"{model}.sql").read_text("utf-8")
        this = f"calendar.{model.removeprefix('forget_')}"
        environment.globals |= {"this": this, "execute": True, "load_relation": lambda _: True}
        return environment.from_string(f"{macro}{{{{ {model}() }}}}").render()
    sql = (DBT_PROJECT / "models" / "calendar" / f"{model}.sql").read_text("utf-8")
    return environment.from_string(sql).render()


class Warehouse:
    """Events as the models of events leave them, and the models of what is carried over them."""

    def __init__(self):
        self.con = duckdb.connect(config={"threads": 1})
        self.con.execute(TABLES)
        self.con.execute("alter table contracts add column price_book varchar default 'b'")
        self.con.execute(
            "alter table customer_identities add column price_book varchar default 'b'"
        )
        for column, value in (("price_book", "b"), ("metric", "m")):
            self.con.execute(
                f"alter table product_segments add column {column} varchar default '{value}'"
            )
        self.con.execute("alter table product_segments add column metric_version int default 1")
        self.con.executemany(
            "insert into contracts (contract_id, customer_id, starting_on, ending_before) "
            "values (?, ?, ?, ?)",
            CONTRACTS,
        )
        self.con.executemany(
            "insert into product_segments (contract_id, customer_id, period_start) "
            "values (?, ?, ?)",
            PERIODS,
        )
        for row in (
            ("acme", "acme", None, None),
            ("beta", "beta", None, None),
            ("acme", "key", None, HANDED_ON),
            ("beta", "key", HANDED_ON, None),
        ):
            self.con.execute("insert into customer_identities values (?, ?, ?, ?, 'b')", list(row))
        self.version, self.seq, self.has_run = 0, 0, False
        self.events: list[tuple] = []

    def step(self, what) -> None:
        """Land events, or take the events of these numbers back."""
        self.version += 1
        if isinstance(what, frozenset):
            for event in [self.events[n] for n in sorted(what) if n < len(self.events)]:
                if self.con.execute(
                    "delete from events where event_seq = ?", event[:1]
                ).fetchall() == [(1,)]:
                    self._count(event, -1)
            return
        for sent, day, hour, kind, region, gb, other in what:
            at = FIRST + timedelta(days=day, hours=hour)
            event = (self.seq, sent, kind, at, f"{{{region}, {gb}, {other}}}")
            self.con.execute(
                "insert into events values ($1, $2, 'e' || $1, $3, $4, $5, $5::date, $6, null)",
                [self.seq, self.version, *event[1:]],
            )
            self.events.append(event)
            self._count(event, 1)
            self.seq += 1

    def _count(self, event: tuple, events: int) -> None:
        _, sent, kind, at, _ = event
        row = [self.version, sent, kind, at.date(), events]
        self.con.execute("insert into event_days values (?, ?, ?, ?, null, ?)", row)

    def run(self) -> None:
        """As dbt builds the three models."""
        self.con.execute(
            "create or replace table run as select ? as log_version, 'b' as price_book",
            [self.version],
        )
        due = rendered("due_carry_days", has_run=self.has_run)
        self.con.execute(f"create or replace table due_carry_days as {due}")
        kept = rendered("carry_days", has_run=self.has_run)
        if self.has_run:
            self.con.execute(rendered("forget_carry_days", has_run=True))
        into = "insert into" if self.has_run else "create table"
        self.con.execute(f"{into} calendar.carry_days {'' if self.has_run else 'as'} {kept}")
        needed = rendered("due_carries", has_run=self.has_run)
        self.con.execute(f"create or replace table due_carries as {needed}")
        found = rendered("carried_events", has_run=self.has_run)
        if self.has_run:
            self.con.execute(rendered("forget_carried_events", has_run=True))
        self.con.execute(f"{into} calendar.carried_events {'' if self.has_run else 'as'} {found}")
        self.has_run = True

    def carried(self) -> set[tuple]:
        """(contract, period's start, number of the event) of what periods begin with."""
        return set(
            self.con.execute(
                "select contract_id, period_start, event_seq from carried_events "
                "where event_seq is not null"
            ).fetchall()
        )


def by_hand(warehouse: Warehouse) -> set[tuple]:
    """The same from all events, by the words of S-56."""
    alive = {seq for (seq,) in warehouse.con.execute("select event_seq from events").fetchall()}
    found = set()
    for contract, customer, start in PERIODS:
        latest: dict[str, tuple] = {}
        for seq, sent, kind, at, properties in warehouse.events:
            day = at.date()
            key_owner = "acme" if day < HANDED_ON else "beta"
            owner = key_owner if sent == "key" else sent
            is_covered = any(
                owner == whose and first <= day and (end is None or day < end)
                for _, whose, first, end in CONTRACTS
            )
            region = properties.split(",")[0].replace('"', "")
            if (
                seq in alive and owner == customer and is_covered and day < start
                and kind != "call" and '"test"' not in properties
                and ('"gb": 1' in properties or '"gb": "2.5"' in properties)
            ):  # fmt: skip
                latest[region] = max(latest.get(region, (at, seq)), (at, seq))
        found |= {(contract, start, seq) for _, seq in latest.values()}
    return found


@settings(max_examples=15)
@given(st.lists(STEP, min_size=1, max_size=7))
def test_what_runs_keep_is_what_the_whole_log_says(steps) -> None:
    """Late events and retractions too, in whatever runs they came."""
    warehouse = Warehouse()
    for what, is_run in steps:
        warehouse.step(what)
        if is_run:
            warehouse.run()
            assert warehouse.carried() == by_hand(warehouse)
    warehouse.run()
    assert warehouse.carried() == by_hand(warehouse)


def test_a_run_looks_at_new_days_alone() -> None:
    """Days without new events are not read again, even if they had nothing to carry."""
    warehouse = Warehouse()
    one = ("acme", 3, 1, "sample", '"region": "eu"', '"gb": 1', '"y": 2')
    nothing = ("acme", 4, 1, "sample", '"region": "eu"', '"gb": "bad"', '"y": 2')
    warehouse.step([one, nothing])
    warehouse.run()
    warehouse.step([("beta", 5, 1, "sample", '"region": "eu"', '"gb": 1', '"y": 2')])
    warehouse.run()
    due = warehouse.con.execute("select sent_id, event_date from due_carry_days").fetchall()
    assert due == [("beta", date(2026, 1, 6))]
    warehouse.step(frozenset({1}))
    warehouse.run()
    assert warehouse.con.execute("select event_date from due_carry_days").fetchall() == [
        (date(2026, 1, 5),)
    ]
    # Neither the periods before that day nor those of the other customer.
    looked_for = "select contract_id, period_start from due_carries where is_due order by all"
    assert warehouse.con.execute(looked_for).fetchall() == [
        ("acme-2", date(2026, 1, 9)),
        ("acme-2", date(2026, 1, 12)),
    ]
    warehouse.run()
    assert not warehouse.con.execute("from due_carry_days").fetchall()
    assert not warehouse.con.execute(looked_for).fetchall()


def test_another_alias_or_contract_is_looked_for_anew() -> None:
    """Without any new event."""
    warehouse = Warehouse()
    warehouse.step([("key", 2, 1, "sample", '"region": "eu"', '"gb": 1', '"y": 2')])
    warehouse.run()
    acme = {
        (contract, start, 0) for contract, who, start in PERIODS if who == "acme" and start.day > 3
    }
    assert warehouse.carried() == acme
    warehouse.con.execute(
        "update customer_identities set customer_id = 'beta' where sent_id = 'key'"
    )
    warehouse.run()
    beta = {(contract, start, 0) for contract, who, start in PERIODS if who == "beta"}
    assert warehouse.carried() == beta
    warehouse.con.execute(
        "update contracts set starting_on = '2026-01-05' where customer_id = 'beta'"
    )
    warehouse.run()
    assert not warehouse.carried()
