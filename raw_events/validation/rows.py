"""Rows of CSV and Parquet files, set-based: columns become the fields and properties of events.

The reader hands over an Arrow table with `line_number`, the required fields as f0 … f3 (f3 text, or
BIGINT microseconds) and the property columns as p0 … pn. Properties are written as JSON text; an
absent value is an absent property. A file may have the properties of events in one column, as JSON
text: that is `given`, null where it is empty (S-53).
"""

from dataclasses import dataclass, replace
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from raw_events.common.infinity import text_sql
from raw_events.common.sql import literal
from raw_events.validation.event import (
    IDENTITY_FIELDS,
    MAX_LINE_BYTES,
    MAX_PROPERTIES_BYTES,
)
from raw_events.validation.grammar import PLAIN_OBJECT
from raw_events.validation.one_line import (
    Parsed,
    parse_given_properties,
    parse_properties,
    within_budget,
)
from raw_events.validation.rules import validate_fields

# DuckDB gives a thread one Arrow batch at a time.
_BATCH_ROWS = 16_384

# In a plain object all texts are those that DuckDB prints; any other is looked at alone.
_NO_GIVEN = "select *, null::varchar as given_inside, null::varchar as given_again from given_rows"
_GIVEN = f"""
    select
        *,
        case when is_plain then trim(substr(trimmed, 2, length(trimmed) - 2), e' \\t\\r\\n') end
            as given_inside,
        case when not is_plain then given end as given_again
    from (
        select
            *,
            trim(given, e' \\t\\r\\n') as trimmed,
            regexp_full_match(given, $${PLAIN_OBJECT}$$) as is_plain
        from given_rows
    )
"""


@dataclass(frozen=True)
class PropertyColumn:
    """SQL for one property column.

    `value`: its JSON text, null if absent. `text`: its canonical text (S-15) where the log needs
    one, else null. `again`: whether a row must be looked at alone.
    """

    key_json: str
    value: str
    text: str | None = None
    again: str | None = None


def validate_rows(
    con: duckdb.DuckDBPyConnection,
    table: pa.Table,
    properties: list[PropertyColumn],
    as_of: datetime,
) -> tuple[pa.Table, pa.Array]:
    """Validate rows: (as of rules.validate_fields, the rejected ones as lines of JSON).

    Raises ChunkTooLarge if their canonical texts need too much memory together.
    """
    con.register("given_rows", pa.Table.from_batches(table.to_batches(_BATCH_ROWS), table.schema))
    fields = _fields_query(table, properties)
    try:
        validated = validate_fields(con, fields, as_of, "is_again")
        if pc.any(validated["is_again"]).as_py():
            validated = _validate_again(con, fields, validated, as_of)
        validated = validated.drop_columns("is_again")
        rejected = validated.filter(pc.is_valid(validated["reason"]))["line_number"]
        return validated, _lines_of(con, fields, rejected)
    finally:
        con.unregister("given_rows")


def rows_as_lines(
    con: duckdb.DuckDBPyConnection,
    table: pa.Table,
    properties: list[PropertyColumn],
    numbers: np.ndarray,
) -> pa.Array:
    """Rows as lines of JSON, as validate_rows gives the rejected ones; `numbers` ascending."""
    con.register("given_rows", table)
    lines = _lines_of(con, _fields_query(table, properties), pa.array(numbers, pa.int64()))
    con.unregister("given_rows")
    return lines


def _validate_again(
    con: duckdb.DuckDBPyConnection, fields: str, validated: pa.Table, as_of: datetime
) -> pa.Table:
    """Validate those rows anew that must be looked at alone, with what is found in them."""
    is_open = "is_again and early is null"
    again = con.sql(
        f"select line_number, properties, given_again from ({fields}) where {is_open}"
    ).to_arrow_table()
    con.register("rows_again", _look_again(again))
    relation = f"""
        select fields.* replace (
            coalesce(again.early, fields.early) as early,
            coalesce(again.detail, fields.detail) as detail,
            again.properties as properties,
            coalesce(again.property_texts, fields.property_texts) as property_texts,
            coalesce(again.property_count, fields.property_count) as property_count
        )
        from (from ({fields}) where {is_open}) as fields
        inner join rows_again as again using (line_number)
    """
    anew = validate_fields(con, relation, as_of, "is_again")
    con.unregister("rows_again")
    is_kept = pc.invert(pc.is_in(validated["line_number"], again["line_number"].combine_chunks()))
    return pa.concat_tables([validated.filter(is_kept), anew]).sort_by("line_number")


def _fields_query(table: pa.Table, properties: list[PropertyColumn]) -> str:
    members = ["nullif(given_inside, '')"]
    members += [f"{literal(column.key_json + ':')} || {column.value}" for column in properties]
    texts = [
        f"{literal(column.key_json + ':')} || to_json({column.text})::varchar"
        for column in properties
        if column.text
    ]
    again = " or ".join(column.again for column in properties if column.again) or "false"
    keys = [column.key_json for column in properties]
    # A field of a column `properties` and another column may have one name: which rows have both?
    for key in {key for key in keys if keys.count(key) > 1}:
        same = [column.value for column in properties if column.key_json == key]
        again += f" or {' + '.join(f'(({value}) is not null)::integer' for value in same)} > 1"
    has_given = "given" in table.column_names
    if has_given:
        again += (
            " or given_again is not null or (given is not null and len(json_keys(properties))"
            " <> len(list_distinct(json_keys(properties))))"
        )
    # Hardly any file has a NUL byte, and none in a column spares looking at its every text.
    nuls = [
        f"coalesce(contains({name}, chr(0)), false)"
        for name in table.column_names
        if pa.types.is_string(table.schema.field(name).type) and _has_nul(table[name])
    ]
    is_typed = pa.types.is_integer(table.schema.field("f3").type)
    count = "coalesce(len(json_keys(properties)), 0)" if has_given else "0"
    size = "coalesce(strlen(f0), 0) + coalesce(strlen(f1), 0) + coalesce(strlen(f2), 0)"
    return f"""
    with given_properties as ({_GIVEN if has_given else _NO_GIVEN}),

    built as (
        select
            *,
            nullif('{{' || concat_ws(',', {", ".join(members)}) || '}}', '{{}}') as properties,
            nullif('{{' || concat_ws(',', {", ".join(texts) or "null"}) || '}}', '{{}}')
                as property_texts
        from given_properties
    )

    select
        line_number,
        case
            when {" or ".join(nuls) or "false"} then 'bad_encoding'
            when {size} > {MAX_LINE_BYTES} or strlen(properties) > {MAX_PROPERTIES_BYTES}
                then 'too_large'
        end::varchar as early,
        null::varchar as detail,
        f0 as transaction_id,
        f1 as customer_id,
        f2 as event_type,
        {"null::varchar" if is_typed else "f3"} as timestamp_text,
        {"f3" if is_typed else "null::bigint"} as given_instant,
        properties,
        property_texts,
        ({count})::bigint as property_count,
        coalesce({again}, false) as is_again,
        given_again
    from built
    """


def _has_nul(column: pa.ChunkedArray) -> bool:
    for chunk in column.chunks:
        _, places, data = chunk.buffers()
        if data is None or not len(chunk):
            continue
        # Of a slice the buffers are those of the whole.
        ends = np.frombuffer(places, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
        if not np.frombuffer(data, np.uint8)[ends[0] : ends[-1]].all():
            return True
    return False


def _look_again(rows: pa.Table) -> pa.Table:
    texts = zip(rows["properties"].to_pylist(), rows["given_again"].to_pylist(), strict=True)
    parsed = within_budget(_parsed(properties, given) for properties, given in texts)
    names = ("early", "detail", "properties", "property_texts")
    columns = [pa.array([getattr(row, name) for row in parsed], pa.string()) for name in names]
    counts = pa.array([row.property_count or None for row in parsed], pa.int64())
    return pa.table(
        [rows["line_number"], *columns, counts], ["line_number", *names, "property_count"]
    )


def _parsed(properties: str | None, given: str | None) -> Parsed:
    if given is not None:
        return parse_given_properties(given, properties)
    return replace(parse_properties(properties or "{}"), properties=properties)


def _lines_of(
    con: duckdb.DuckDBPyConnection, fields: str, numbers: pa.Array | pa.ChunkedArray
) -> pa.Array:
    if not len(numbers):
        return pa.array([], pa.large_binary())
    con.register("wanted_numbers", pa.table({"line_number": numbers}))
    members = [f"'\"{name}\":' || to_json({name})::varchar" for name in IDENTITY_FIELDS]
    timestamp = f"coalesce(timestamp_text, {text_sql('given_instant')})"
    lines = con.sql(f"""
        select
            '{{' || concat_ws(
                ',',
                {", ".join(members)},
                '"timestamp":' || to_json({timestamp})::varchar,
                '"properties":' || case
                    when given_again is null then properties
                    when properties is null and json_valid(given_again) then given_again
                    when properties is null then to_json(given_again)::varchar
                    -- Nothing of it is lost; whoever corrects it puts the two together.
                    else '[' || to_json(given_again)::varchar || ',' || properties || ']'
                end
            ) || '}}' as line
        from ({fields})
        semi join wanted_numbers using (line_number)
        order by line_number
    """).to_arrow_table()["line"]
    con.unregister("wanted_numbers")
    return lines.cast(pa.large_binary()).combine_chunks()
