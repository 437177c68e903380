"""Lines of JSON, set-based: numpy finds them and takes plain ones, DuckDB the others (S-5)."""

from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from raw_events.validation.event import FIELDS, MAX_LINE_BYTES, MAX_PROPERTIES_BYTES
from raw_events.validation.fast_path.lines import plain_lines
from raw_events.validation.grammar import PLAIN_LINE, PLAIN_PROPERTIES
from raw_events.validation.line_places import Lines, not_utf8, numbered_lines
from raw_events.validation.one_line import parse_line, within_budget
from raw_events.validation.rules import FIELDS_SCHEMA, validate_fields

# Not a reason: parse_line finds the one that such a line has, if any.
_LOOK_AGAIN = "look again"

_FIELDS = f"""
with plain as (
    select
        line_number,
        line,
        regexp_full_match(line, $${PLAIN_LINE}$$) as is_plain
    from given_lines
    where is_plain or trim(line, e' \\t\\r\\n') <> ''
),

taken_apart as (
    select
        line_number,
        line,
        case when is_plain then json_extract_string(line, {list(FIELDS)}) end as texts,
        case when is_plain then json_keys(line) end as keys
    from plain
),

-- Properties as sent. Where DuckDB, which leaves out spaces, writes them as they stand in the line,
-- that is the text (measured: a third of the time); else it is cut out. In a plain line the first
-- "properties" that a colon follows is the event's own key: any other stands inside its value.
with_properties as (
    select
        line_number,
        texts,
        keys,
        case
            when texts[5] is null then null
            when contains(line, '"properties":' || texts[5]) then texts[5]
            else ltrim(
                regexp_extract(
                    substr(line, strpos(line, '"properties"') + 12), $${PLAIN_PROPERTIES}$$
                ),
                e': \\t\\r\\n'
            )
        end as properties,
        json_keys(texts[5]) as property_keys,
        texts[1] is not null and texts[2] is not null
        and texts[3] is not null and texts[4] is not null
        and len(keys) = 4 + (texts[5] is not null or list_contains(keys, 'properties'))::integer
        and properties is distinct from ''
            as is_settled
    from taken_apart
)

select
    line_number,
    case
        when not coalesce(is_settled, false) then '{_LOOK_AGAIN}'
        when strlen(properties) > {MAX_PROPERTIES_BYTES} then 'too_large'
    end as early,
    case
        when strlen(properties) > {MAX_PROPERTIES_BYTES}
            then 'properties have ' || format('{{:,}}', strlen(properties)) || ' bytes'
    end as detail,
    texts[1] as transaction_id,
    texts[2] as customer_id,
    texts[3] as event_type,
    texts[4] as timestamp_text,
    null::bigint as given_instant,
    properties,
    null::varchar as property_texts,
    len(property_keys) as property_count,
    array_to_string(property_keys, chr(0)) as shape
from with_properties
"""


def validate_lines(
    con: duckdb.DuckDBPyConnection, lines: Lines, as_of: datetime | None
) -> pa.Table:
    """Validate lines of JSON; columns and order as of rules.validate_fields, without blank ones.

    Without `as_of` any age is right: it was judged before (S-62). Raises ChunkTooLarge if their
    canonical texts need too much memory together.
    """
    is_readable = lines.ends - lines.starts <= MAX_LINE_BYTES
    is_readable[not_utf8(lines)] = False
    events = plain_lines(lines.data, lines.starts, lines.ends, is_readable, as_of)
    if len(events) < len(lines.ends):
        is_left = np.ones(len(lines.ends), bool)
        is_left[events["line_number"].to_numpy()] = False
        others = _validate_others(con, lines, is_left, is_readable, as_of)
        events = pa.concat_tables([events, others]).sort_by("line_number")
    numbers = pc.add(events["line_number"], lines.first_number)
    return events.set_column(0, "line_number", numbers)


def _validate_others(
    con: duckdb.DuckDBPyConnection,
    lines: Lines,
    is_left: np.ndarray,
    is_readable: np.ndarray,
    as_of: datetime | None,
) -> pa.Table:
    """Validate the lines that are left; line_number is their index."""
    indexes = np.arange(len(lines.ends), dtype=np.int64)
    con.register("given_lines", numbered_lines(lines, indexes, is_left & is_readable))
    validated = validate_fields(con, _FIELDS, as_of, "shape")
    con.unregister("given_lines")
    is_unsettled = pc.or_(
        pc.equal(validated["reason"], _LOOK_AGAIN).fill_null(False),
        _has_key_twice(validated["shape"]),
    )
    validated = validated.drop_columns("shape")
    unsettled = validated.filter(is_unsettled)["line_number"].to_numpy()
    one_by_one = [
        (index, line)
        for index in np.concatenate((unsettled, indexes[is_left & ~is_readable])).tolist()
        if (line := lines.at(index)).strip(b" \t\r")
    ]
    if not one_by_one:
        return validated
    con.register("lines_again", _parse_again(one_by_one))
    again = validate_fields(con, "select * from lines_again", as_of)
    con.unregister("lines_again")
    return pa.concat_tables([validated.filter(pc.invert(is_unsettled)), again])


def _has_key_twice(shapes: pa.ChunkedArray) -> pa.ChunkedArray:
    """Which rows have a list of keys (joined by NUL, which no plain line has) with one twice.

    A file has few different lists, so they are looked at once each: a fifth of the time that
    comparing the keys of every event took.
    """
    broken = []
    for shape in shapes.unique().drop_null().to_pylist():
        keys = shape.split("\0")
        if len(set(keys)) < len(keys):
            broken.append(shape)
    return pc.is_in(shapes, pa.array(broken, pa.string()))


def _parse_again(lines: list[tuple[int, bytes]]) -> pa.Table:
    parsed = within_budget(parse_line(line) for _, line in lines)
    columns = {"line_number": [number for number, _ in lines]}
    for name in FIELDS_SCHEMA.names[1:]:
        columns[name] = [getattr(fields, name) for fields in parsed]
    return pa.table(columns, schema=FIELDS_SCHEMA)
