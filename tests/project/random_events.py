"""Random events of every type that a reference metric reads: edges, ties and odd values abound."""

import random
from datetime import datetime, timedelta

import duckdb
import pyarrow

from meterhouse.common.model_sql import macro_sql

EVENT_TYPES = {
    "api_call": ("region", "user_id", "status", "latency_ms"),
    "llm_request": ("model", "user_id", "input_tokens", "output_tokens"),
    "transfer": ("region", "direction", "bytes"),
    "connection_sample": ("region", "connections"),
    "storage_sample": ("region", "gb", "free_gb"),
    "instance_start": ("instance_id", "instance_type"),
    "instance_heartbeat": ("instance_id", "instance_type"),
    "instance_stop": ("instance_id", "instance_type"),
    "seat_active": ("plan", "user_id"),
}
TEXTS = [
    '"a"',
    '"b"',
    '"large"',
    '"free"',
    '""',
    "1",
    '"1"',
    "1.0",
    '"1.0"',
    "2.50",
    "null",
    "true",
]
ODD = [
    '"1_0"',
    '"NaN"',
    '" 1"',
    '"0x1F"',
    "true",
    "null",
    "1000000000000000",
    '"1e15"',
    '""',
    '"5."',
]
NUMERIC = {"status", "latency_ms", "input_tokens", "output_tokens", "bytes", "connections"}
NUMERIC |= {"gb", "free_gb"}


def random_number(rng: random.Random) -> str:
    """A number as JSON, now and then at the edge of what is one."""
    return rng.choice(
        [
            str(rng.randint(-3, 12)),
            str(rng.choice([499, 500, 501, 503])),
            f"{rng.randint(-999, 999)}.{rng.randint(0, 99):02d}",
            f'"{rng.randint(0, 99)}.{rng.randint(0, 10**10 - 1):010d}5"',
            f'"{rng.choice("+-")}{rng.randint(0, 9)}.5e{rng.randint(-12, 3)}"',
            '"999999999999999.9999999999"',
            '"-0.00000000005"',
        ]
    )


def random_properties(rng: random.Random, keys: tuple[str, ...]) -> str:
    """A JSON object of these properties, some of them odd or missing."""
    values = {}
    for key in keys:
        odd = rng.random()
        if key in NUMERIC:
            values[key] = rng.choice(ODD) if odd < 0.1 else random_number(rng)
        else:
            values[key] = rng.choice(TEXTS)
        if odd > 0.93:
            del values[key]
    return "{" + ", ".join(f'"{key}": {value}' for key, value in values.items()) + "}"


def random_instant(rng: random.Random, start: datetime, days: int) -> datetime:
    """A moment of the days from `start` on, often at an edge."""
    second = timedelta(days=days) * rng.random()
    edges = [
        timedelta(0),
        timedelta(days=days) - timedelta(microseconds=1),
        timedelta(days=rng.randrange(days)),
        timedelta(hours=rng.randrange(24 * days)),
        timedelta(minutes=15 * rng.randrange(4)),
        second,
        second,
    ]
    return start + rng.choice(edges)


def event_tables(window_rows: list[tuple], event_rows: list[tuple]) -> duckdb.DuckDBPyConnection:
    """The tables that metrics read, as the warehouse has them."""
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    names = (
        "metric metric_version contract_id window_start window_end sent_id event_type event_date"
    )
    windows = pyarrow.table(dict(zip(names.split(), zip(*window_rows, strict=True), strict=True)))
    con.register("windows", windows)
    con.execute(
        "create table due_window_days as select *, 'book' as price_book, "
        "null::bigint as event_seq, null::timestamptz as timestamp, "
        "null::varchar as transaction_id, null::varchar as properties, "
        "null::varchar as property_texts from windows"
    )
    names = "event_seq transaction_id customer_id event_type timestamp sent"
    events = pyarrow.table(dict(zip(names.split(), zip(*event_rows, strict=True), strict=True)))
    con.register("sent_events", events)
    con.execute(
        "create table events as select * exclude (sent), timestamp::date as event_date, "
        "sent as properties, null::varchar as property_texts from sent_events"
    )
    con.execute(
        "create table model_weights as select * from (values "
        "('book', 'large', 2.5::decimal(20, 10)), ('book', 'free', 0), ('old book', 'a', 7)"
        ") as weights (price_book, model, weight)"
    )
    return con


def carry_over(con: duckdb.DuckDBPyConnection, metric: str, version: int, meta: dict) -> None:
    """Add to due_window_days what a metric carries into the windows of table `carried_into`.

    Its columns: contract_id, window_start, window_end; the events are of `sent-<contract>`.
    """
    carry = {**meta["carry"], "property_filters": meta.get("property_filters") or []}
    con.execute(
        f"""
        insert into due_window_days by name
        select
            '{metric}' as metric, {version} as metric_version, windows.*, 'book' as price_book,
            unnest(latest.event)
        from carried_into as windows
        inner join (
            select
                starts.contract_id,
                starts.window_start,
                {macro_sql(f"carried_by({carry!r})")} as carried_by,
                arg_max(
                    struct_pack(sent_id := customer_id, event_type, event_date, event_seq,
                        timestamp, transaction_id, properties, property_texts),
                    row(timestamp, event_seq)
                ) as event
            from (select distinct contract_id, window_start from carried_into) as starts
            inner join events
                on events.customer_id = 'sent-' || starts.contract_id
                and events.event_date < starts.window_start
            where list_contains($types, event_type)
                and {macro_sql(f"can_be_carried({carry!r})")}
            group by all
        ) as latest using (contract_id, window_start)
        """,
        {"types": meta["event_types"]},
    )
