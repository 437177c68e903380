"""A small warehouse in which the models of what is carried run, again and again (S-56)."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import duckdb
from hypothesis import strategies as st
from jinja2 import Environment

from meterhouse.common.model_sql import macro_sql
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.model_columns import empty_table

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
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
    create view contracts_to_rate as select contract_id from contracts;
    create table kept_run (as_of timestamptz);
    create table customer_identities (
        customer_id varchar, sent_id varchar, starting_on date, ending_before date
    )
"""


@cache
def rendered(model: str) -> str:
    """The SQL of a model of what is carried."""
    environment = Environment(autoescape=False, extensions=["jinja2.ext.do"])
    environment.globals |= {
        "config": lambda **_: "",
        "ref": str,
        "source": lambda _, table: table,
        "kept": lambda schema, table: f"{schema}.{table}",
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
        environment.globals["this"] = this
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
        for model in ("carry_days", "carried_events"):
            self.con.execute(empty_table("calendar", model))
        self.version, self.seq = 0, 0
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
        for due, kept in (("due_carry_days", "carry_days"), ("due_carries", "carried_events")):
            self.con.execute(f"create or replace table {due} as {rendered(due)}")
            self.con.execute(rendered(f"forget_{kept}"))
            self.con.execute(f"insert into calendar.{kept} by name {rendered(kept)}")

    def carried(self) -> set[tuple]:
        """(contract, period's start, number of the event) of what periods begin with."""
        return set(
            self.con.execute(
                "select contract_id, period_start, event_seq from carried_events "
                "where event_seq is not null"
            ).fetchall()
        )
