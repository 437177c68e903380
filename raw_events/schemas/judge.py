"""Validated events meet the schemas of their types: which of them break which rule (S-64)."""

import json
from collections import Counter
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from raw_events.common.sql import literals
from raw_events.schemas.columns import Codes, broken_rules, first_bytes
from raw_events.schemas.declared import PropertySchema
from raw_events.schemas.published import Published, Schemas
from raw_events.schemas.schema import EventSchema
from raw_events.schemas.values import VALUE_RULES, kind_of_text
from raw_events.validation.json_text import decoder
from raw_events.validation.numbers import Number, canonical_json
from raw_events.validation.words import Flags, Places

REQUIRED, OTHERS = "required", "additionalProperties"
# An event breaks the first of these that applies: what is required, then each property's own.
RULES = (REQUIRED, *VALUE_RULES, OTHERS)
ABSENT = "absent"
_SHOWN = 100
# More than these are first looked for among the names that were sent.
_FEW_PROPERTIES = 20
# Taken out at once, each some twenty bytes: a schema may have 2,000 properties (S-5).
_MOST_VALUES = 4_000_000
# With what the text of a value that is no number begins.
_OTHER_SIGNS = '"{[tfn'


@dataclass(frozen=True)
class Fault:
    """What breaks a rule: a property of a type of event, whose value is of a JSON type.

    Both are null for a property that the schema does not know; `absent` is one that it requires.
    """

    event_type: str
    property: str | None
    json_type: str | None
    rule: str


@dataclass
class Judged:
    """What was found in some events of one type, n of them.

    `rule` (n,): the place in RULES of the first that each breaks plus 1, 0 if it fits.
    `about` (n,): the place in the schema of the property concerned. `faults`: events by what they
    break.
    """

    rule: Codes
    about: Places
    faults: Counter[Fault] = field(default_factory=Counter)


def type_places(validated: pa.Table, schemas: Schemas) -> dict[str, Places]:
    """Event type with a schema → which rows are events of it that can be taken so far."""
    types = validated["event_type"].combine_chunks().dictionary_encode()
    codes = types.indices.fill_null(-1).to_numpy(zero_copy_only=False).copy()
    codes[pc.is_valid(validated["reason"]).to_numpy()] = -1
    return {
        name: np.flatnonzero(codes == code)
        for code, name in enumerate(types.dictionary.to_pylist())
        if name in schemas
    }


def judge_type(con: duckdb.DuckDBPyConnection, events: pa.Table, published: Published) -> Judged:
    """Judge events of one type. `events` has `properties` and `property_texts` as validated."""
    asked = _asked(con, events, published.schema)
    rows = max(1, _MOST_VALUES // max(1, len(asked)))
    starts = range(0, max(len(events), 1), rows)
    parts = [_judge(con, events.slice(start, rows), published, asked) for start in starts]
    if len(parts) == 1:
        return parts[0]
    return Judged(
        np.concatenate([part.rule for part in parts]),
        np.concatenate([part.about for part in parts]),
        sum((part.faults for part in parts), Counter()),
    )


def _asked(
    con: duckdb.DuckDBPyConnection, events: pa.Table, schema: EventSchema
) -> list[tuple[int, PropertySchema]]:
    """The properties to look at, each with its place in the schema.

    Of very many those that any of the events has, or lacks and must have.
    """
    asked = [
        (place, one)
        for place, one in enumerate(schema.properties)
        if not schema.takes_others or one.is_required or one.types or one.enum is not None
    ]
    if len(asked) <= _FEW_PROPERTIES:
        return asked
    con.register("judged_events", events.select(["properties"]))
    con.register("asked_names", pa.table({"name": [one.name for _, one in asked]}))
    sent = con.sql("""
        select name from asked_names
        semi join (select unnest(json_keys(properties)) as name from judged_events) using (name)
    """).fetchall()
    con.unregister("judged_events")
    con.unregister("asked_names")
    names = {name for (name,) in sent}
    return [(place, one) for place, one in asked if one.is_required or one.name in names]


def _judge(
    con: duckdb.DuckDBPyConnection,
    events: pa.Table,
    published: Published,
    asked: list[tuple[int, PropertySchema]],
) -> Judged:
    schema = published.schema
    judged = Judged(np.zeros(len(events), np.int8), np.full(len(events), -1, np.int64))
    table = _values(con, events, [one.name for _, one in asked], not schema.takes_others)
    columns = [table[f"v{at}"].combine_chunks() for at in range(len(asked))]
    found = [_of_property(values, one) for values, (_, one) in zip(columns, asked, strict=True)]
    for is_about_required in (True, False):
        for (place, one), (codes, kinds) in zip(asked, found, strict=True):
            is_absent = codes == RULES.index(REQUIRED) + 1
            broken = is_absent if is_about_required else (codes > 0) & ~is_absent
            _note(judged, broken, codes, place)
            _count(judged, published, one, codes, kinds, broken)
    if not schema.takes_others:
        present = sum((kinds != 0 for _, kinds in found), np.zeros(len(events), np.int64))
        others = table["keys"].to_numpy() > present
        code = np.int8(RULES.index(OTHERS) + 1)
        _note(judged, others, np.full(len(events), code), -1)
        if others.any():
            fault = Fault(published.event_type, None, None, OTHERS)
            judged.faults[fault] += int(others.sum())
    return judged


def explain(published: Published, rule: str, about: int, properties: str | None) -> str:
    """What an event breaks, for a person; `about` and `rule` as of judge_type."""
    schema, version = published.schema, f"version {published.version} of {published.event_type}"
    values = decoder([]).decode(properties or "{}")
    if rule == OTHERS:
        name = next((key for key in values if key not in schema.by_name), "")
        return f"{_short(name)} is not in {version}"
    one = schema.properties[about]
    if rule == REQUIRED:
        return f"{_short(one.name)} is absent, and {version} requires it"
    value = _short(values.get(one.name))
    return f"{_short(one.name)} is {value}, and {version} says {_said(one, rule)}"


def _values(
    con: duckdb.DuckDBPyConnection, events: pa.Table, names: list[str], with_keys: bool
) -> pa.Table:
    """Of each event the JSON texts of these properties as v0 … vn, and how many `keys` it has.

    DuckDB prints numbers anew; where that is not what was sent, the log's own text stands (S-15).
    """
    paths = literals("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
    has_texts = events["property_texts"].null_count < len(events)
    columns = []
    for at in range(1, len(names) + 1):
        value = f"v[{at}]::varchar"
        if has_texts:
            is_number = f"left({value}, 1) not in ({literals(_OTHER_SIGNS)})"
            value = f"case when t[{at}] is not null and {is_number} then t[{at}] else {value} end"
        columns.append(f"{value} as v{at - 1}")
    if with_keys:
        columns.append("coalesce(len(json_keys(properties)), 0)::bigint as keys")
    extracted = [f"json_extract(properties, [{paths}]) as v"] if names else []
    if names and has_texts:
        extracted.append(f"json_extract_string(property_texts, [{paths}]) as t")
    given = events.select(["properties", "property_texts"])
    given = given.append_column("place", pa.array(np.arange(len(events))))
    con.register("judged_events", pa.Table.from_batches(given.to_batches(16_384), given.schema))
    try:
        found = con.sql(f"""
            select {", ".join(["place", *columns])}
            from (select {", ".join(["place", "properties", *extracted])} from judged_events)
        """).to_arrow_table()
    finally:
        con.unregister("judged_events")
    places = found["place"].to_numpy()
    return found if (places[1:] > places[:-1]).all() else found.sort_by("place")


def _of_property(values: pa.StringArray, schema: PropertySchema) -> tuple[Codes, np.ndarray]:
    """(1 + place in RULES of what each value breaks, its first byte), 0 for neither: both (n,)."""
    absent = np.int8(RULES.index(REQUIRED) + 1 if schema.is_required else 0)
    if values.null_count == len(values):
        return np.full(len(values), absent, np.int8), np.zeros(len(values), np.uint8)
    encoded = values.dictionary_encode()
    rules, first = broken_rules(encoded.dictionary, schema), first_bytes(encoded.dictionary)
    is_absent = pc.is_null(values).to_numpy(zero_copy_only=False)
    codes = np.full(len(values), absent, np.int8)
    kinds = np.zeros(len(values), np.uint8)
    at = encoded.indices.drop_null().to_numpy()
    broken = np.where(rules > 0, rules + np.int8(RULES.index(VALUE_RULES[0])), 0).astype(np.int8)
    codes[~is_absent], kinds[~is_absent] = broken[at], first[at]
    return codes, kinds


def _note(judged: Judged, broken: Flags, codes: Codes, about: int) -> None:
    is_first = broken & (judged.rule == 0)
    judged.rule[is_first] = codes[is_first]
    judged.about[is_first] = about


def _count(
    judged: Judged,
    published: Published,
    schema: PropertySchema,
    codes: Codes,
    kinds: np.ndarray,
    broken: Flags,
) -> None:
    places = np.flatnonzero(broken)
    for code in np.unique(codes[places]).tolist():
        counted = np.unique(kinds[places[codes[places] == code]], return_counts=True)
        for sign, events in zip(*(part.tolist() for part in counted), strict=True):
            kind = kind_of_text(chr(sign)) if sign else ABSENT
            fault = Fault(published.event_type, schema.name, kind, RULES[code - 1])
            judged.faults[fault] += events


def _said(one: PropertySchema, rule: str) -> str:
    said = {
        "type": " or ".join(one.types),
        "enum": one.enum_text,
        "minimum": f"minimum {one.minimum}",
        "maximum": f"maximum {one.maximum}",
        "minLength": f"minLength {one.min_length}",
        "maxLength": f"maxLength {one.max_length}",
        "pattern": f"pattern {one.pattern}",
    }
    return said[rule]


def _short(value: object) -> str:
    """A value or a name as JSON writes it, its beginning at least."""
    if isinstance(value, str) and not isinstance(value, Number):
        return json.dumps(value[:_SHOWN], ensure_ascii=False)
    return canonical_json(value)[:_SHOWN]
