"""The rules that need nothing but the fields of an event, for every kind of file (S-5, S-6)."""

from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa

from raw_events.common.infinity import text_sql
from raw_events.validation.event import (
    FURTHEST_AHEAD,
    MAX_IDENTITY_CHARACTERS,
    MAX_PROPERTIES,
    OLDEST,
)
from raw_events.validation.grammar import RFC_3339, UTC_INSTANT

# One row per event: `early` is a reason that was found before, with its detail; `given_instant` (µs
# since 1970 UTC) stands in place of `timestamp_text` where a file has typed instants.
FIELDS_SCHEMA = pa.schema(
    {
        "line_number": pa.int64(),
        "early": pa.string(),
        "detail": pa.string(),
        "transaction_id": pa.string(),
        "customer_id": pa.string(),
        "event_type": pa.string(),
        "timestamp_text": pa.string(),
        "given_instant": pa.int64(),
        "properties": pa.string(),
        "property_texts": pa.string(),
        "property_count": pa.int64(),
    }
)

# The instants that a timestamp in RFC 3339 may be, in microseconds since 1970 UTC.
_YEAR_1, _YEAR_9999 = -62_135_596_800_000_000, 253_402_300_799_999_999

# Bounds that every BIGINT lies within.
_ANY_AGE = (-(2**63), 2**63 - 1)

# What validate_fields gives, and every reader hands over.
VALIDATED_SCHEMA = pa.schema(
    {
        "line_number": pa.int64(),
        "reason": pa.string(),
        "detail": pa.string(),
        "transaction_id": pa.string(),
        "customer_id": pa.string(),
        "event_type": pa.string(),
        "instant": pa.int64(),
        "properties": pa.string(),
        "property_texts": pa.string(),
    }
)

_RULES = """
with timed as (
    select
        *,
        case
            when given_instant is not null then
                -- Infinity, and what RFC 3339 has no year for, are no instants.
                case when given_instant between $year_1$ and $year_9999$ then given_instant end
            when early is null and regexp_full_match(timestamp_text, $utc_instant$)
                then epoch_us(try_cast(timestamp_text as timestamp))
            when early is null and regexp_full_match(timestamp_text, $rfc_3339$) then
                epoch_us(try_cast(
                    left(timestamp_text, 10) || ' ' || substr(timestamp_text, 12, 8) as timestamp
                ))
                -- digits beyond microseconds are cut off
                + case
                    when substr(timestamp_text, 20, 1) = '.'
                        then rpad(
                            regexp_extract(substr(timestamp_text, 21, 6), '^[0-9]+'), 6, '0'
                        )::bigint
                    else 0
                end
                - case
                    when right(timestamp_text, 1) in ('Z', 'z') then 0
                    else (
                        substr(timestamp_text, -5, 2)::bigint * 60
                        + right(timestamp_text, 2)::bigint
                    ) * case substr(timestamp_text, -6, 1) when '-' then -60000000 else 60000000 end
                end
        end as instant
    from fields
),

validated as (
    select
        *,
        case
            when early is not null then early
            when coalesce(transaction_id, '') = '' or coalesce(customer_id, '') = ''
                or coalesce(event_type, '') = ''
                or (coalesce(timestamp_text, '') = '' and given_instant is null)
                then 'missing_field'
            when length(transaction_id) > $characters$ or length(customer_id) > $characters$
                or length(event_type) > $characters$
                then 'too_long'
            when property_count > $properties$ then 'too_many_properties'
            when instant is null then 'bad_timestamp'
            when instant < $oldest$ then 'too_old'
            when instant > $newest$ then 'in_future'
        end as reason
    from timed
)

select
    line_number,
    reason,
    case reason
        when 'missing_field' then case
            when coalesce(transaction_id, '') = '' then 'transaction_id'
            when coalesce(customer_id, '') = '' then 'customer_id'
            when coalesce(event_type, '') = '' then 'event_type'
            else 'timestamp'
        end
        when 'too_long' then case
            when length(transaction_id) > $characters$
                then 'transaction_id has ' || length(transaction_id)
            when length(customer_id) > $characters$ then 'customer_id has ' || length(customer_id)
            else 'event_type has ' || length(event_type)
        end
        when 'too_many_properties' then 'it has ' || property_count
        when 'bad_timestamp' then coalesce(
            left(timestamp_text, 100),
            $far$ || ', which is beyond the years 1 to 9999'
        )
        when 'too_old' then coalesce(left(timestamp_text, 100), make_timestamp(instant)::varchar)
        when 'in_future' then coalesce(left(timestamp_text, 100), make_timestamp(instant)::varchar)
        else detail
    end as detail,
    transaction_id,
    customer_id,
    event_type,
    instant,
    properties,
    property_texts$more$
from validated
"""


def validate_fields(
    con: duckdb.DuckDBPyConnection, fields: str, as_of: datetime | None, *more: str
) -> pa.Table:
    """Validate the relation `fields` (columns of FIELDS_SCHEMA), received at `as_of`.

    Without `as_of` any age is right: it was judged before (S-62).

    Gives line_number, reason (null for an event that can be taken), detail, transaction_id,
    customer_id, event_type, instant (BIGINT, µs since 1970 UTC), properties and property_texts
    (JSON text), and the columns `more` of the relation, in the order of line_number.
    """
    values = {
        "utc_instant": f"'{UTC_INSTANT}'",
        "rfc_3339": f"'{RFC_3339}'",
        "characters": MAX_IDENTITY_CHARACTERS,
        "properties": MAX_PROPERTIES,
        "year_1": _YEAR_1,
        "year_9999": _YEAR_9999,
        "far": text_sql("given_instant"),
        "oldest": microseconds(as_of - OLDEST) if as_of else _ANY_AGE[0],
        "newest": microseconds(as_of + FURTHEST_AHEAD) if as_of else _ANY_AGE[1],
        "more": "".join(f", {column}" for column in more),
    }
    query = _RULES.replace("from fields", f"from ({fields}) as fields")
    for name, value in values.items():
        query = query.replace(f"${name}$", str(value))
    validated = con.sql(query).to_arrow_table()
    return _in_order(validated)


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970-01-01 UTC; exact, unlike datetime.timestamp()."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _in_order(table: pa.Table) -> pa.Table:
    numbers = table["line_number"].to_numpy()
    if (numbers[1:] > numbers[:-1]).all():
        return table
    return table.sort_by("line_number")
