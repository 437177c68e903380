"""Events as SQL: event number n is the same on every machine and in every version of DuckDB.

Chance is the MD5 of seed and number (DuckDB's own `hash` may change with its version). Every
hundredth event is sent a second time, half of these right away and half much later.
"""

from dataclasses import dataclass

SEED = 7
CUSTOMERS = 500

# The share of a hundred below which an event is of that type.
MIXES = {
    "usage": (("api_call", 60), ("llm_request", 85), ("transfer", 100)),
    "samples": (("api_call", 60), ("storage_sample", 100)),
}
# What each type of event tells of itself: the property and its SQL.
PROPERTIES = {
    "api_call": {
        "region": "['eu', 'us', 'ap'][(upper % 3 + 1)::integer]",
        "user_id": "'u' || (upper // 3 % 50)",
        "status": "if(upper // 150 % 50 = 0, 500, 200)",
    },
    "llm_request": {
        "model": "['small', 'large'][(upper % 2 + 1)::integer]",
        "user_id": "'u' || (upper // 2 % 50)",
        "input_tokens": "upper // 100 % 4000",
        "output_tokens": "upper // 400000 % 1000",
    },
    "transfer": {
        "region": "['eu', 'us', 'ap'][(upper % 3 + 1)::integer]",
        "direction": "if(upper // 3 % 4 = 0, 'in', 'out')",
        "bytes": "upper // 12 % 50000000",
    },
    "storage_sample": {
        "region": "['eu', 'us', 'ap'][(upper % 3 + 1)::integer]",
        "gb": "(upper // 3 % 100000)::decimal(12, 2) / 100",
        "free_gb": "upper // 300000 % 1000",
    },
}
NUMBERS = frozenset({"status", "input_tokens", "output_tokens", "bytes", "gb", "free_gb"})


@dataclass(frozen=True)
class Stream:
    """Events number `first` to `first + count`, at moments from `start` to before `end` (UTC)."""

    first: int
    count: int
    start: str
    end: str
    mix: str = "usage"
    customers: int = CUSTOMERS


def typed_events(stream: Stream, first: int, count: int) -> str:
    """SQL of `count` events of the stream from number `first` on, as they are in Parquet."""
    return f"""
        select * exclude (sent_at), sent_at at time zone 'UTC' as timestamp
        from ({_events(stream, first, count)})
    """


def json_events(stream: Stream, first: int, count: int) -> str:
    """The same with text and one JSON object of properties, as they are in NDJSON."""
    whens = []
    for kind, properties in PROPERTIES.items():
        entries = " || ',' || ".join(_json_entry(name) for name in properties)
        whens.append(f"when '{kind}' then '{{' || {entries} || '}}'")
    return f"""
        select
            transaction_id,
            customer_id,
            event_type,
            strftime(sent_at, '%Y-%m-%dT%H:%M:%S.%fZ') as timestamp,
            (case event_type {" ".join(whens)} end)::json as properties
        from ({_events(stream, first, count)})
    """


def _events(stream: Stream, first: int, count: int) -> str:
    """Each property a column, null where the type of event has none."""
    if stream.mix == "each":
        kinds = "['api_call', 'llm_request', 'transfer'][n % 3 + 1]"
        customer = f"n // 3 % {stream.customers}"
    else:
        whens = (f"when lower % 100 < {below} then '{kind}'" for kind, below in MIXES[stream.mix])
        kinds = f"case {' '.join(whens)} end"
        # The product of two numbers by chance: few customers send most.
        size = stream.customers
        customer = f"(lower // 100 % {size}) * (lower // {100 * size} % {size}) // {size}"
    columns = ", ".join(f"{value} as {name}" for name, value in _columns().items())
    return f"""
        with sent as (
            select i, {_original("i", stream)} as n
            from range({first}, {first + count}) as numbers(i)
        ),
        chances as (
            select
                i,
                n,
                md5_number_lower('{SEED}:' || n)::ubigint as lower,
                md5_number_upper('{SEED}:' || n)::ubigint as upper
            from sent
        ),
        events as (
            select i, n, upper, {customer} as customer, {kinds} as event_type, lower from chances
        )
        select
            'e' || n as transaction_id,
            'c' || customer as customer_id,
            event_type,
            timestamp '{stream.start}' + to_microseconds((
                md5_number_lower('{SEED}:time:' || n)::ubigint
                % date_diff('microsecond', timestamp '{stream.start}', timestamp '{stream.end}')
            )::bigint) as sent_at,
            {columns}
        from events
        order by i
    """


def _original(number: str, stream: Stream) -> str:
    """The event that is sent at place `number`: that number, or an earlier one again."""
    if stream.mix == "each":
        return number
    place = f"({number} - {stream.first})"
    long_ago = f"{stream.first} + {place} // 200 * 100"
    return (
        f"case {place} % 200 when 99 then {number} - 50 when 199 then {long_ago} else {number} end"
    )


def _json_entry(name: str) -> str:
    value = name if name in NUMBERS else f"""'"' || {name} || '"'"""
    return f"""'"{name}":' || {value}"""


def _columns() -> dict[str, str]:
    """Each property once: types of event that share one take it from their own chance."""
    columns: dict[str, str] = {}
    for kind, properties in PROPERTIES.items():
        for name, value in properties.items():
            columns[name] = columns.get(name, "case event_type") + f" when '{kind}' then {value}"
    return {name: f"{value} end" for name, value in columns.items()}
