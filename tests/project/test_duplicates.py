"""Which event repeats which, and how (S-8): the short way for equal texts changes no answer.

Guards against a resent event that is a conflict or billed, and another one that passes for it.
"""

import itertools

import duckdb
from jinja2 import Environment

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.model_columns import empty_table
from raw_events.validation.one_line import parse_properties

PROPERTIES = [
    None,
    "{}",
    '{"a":1}',
    '{"a": 1}',
    '{"a":1.0}',
    '{"a":1e0}',
    '{"a":"1"}',
    '{"a":true}',
    '{"a":null}',
    '{"a":2}',
    '{"a":1,"b":"x"}',
    '{"b":"x","a":1}',
    '{"b":"x","a":"1"}',
    '{"a":[1,2.0]}',
    '{"a":[1,2]}',
    '{"a":"[1,2]"}',
    '{"a":0.10000000000000000001}',
    '{"a":0.1}',
    r'{"\u0061":1}',
]
COLUMNS = (
    "event_seq bigint, log_version bigint default 1, transaction_id varchar, customer_id varchar, "
    "event_type varchar, timestamp timestamptz, properties varchar, property_texts varchar"
)

GIVEN = [column.split()[0] for column in COLUMNS.split(", ") if "default" not in column]


def sql(template: str) -> str:
    """SQL that reads table `landed_rows` where dbt would read the new files of the log."""
    environment = Environment(autoescape=False)
    environment.globals |= {
        "config": lambda **_: "",
        "ref": str,
        "source": lambda _, table: table,
        "newly_landed": lambda: "select * from landed_rows",
        "kept": lambda schema, table: f"{schema}.{table}",
    }
    macros = [
        (DBT_PROJECT / "macros" / "events" / f"{name}.sql").read_text("utf-8")
        for name in ("comparable_properties", "transaction_digest")
    ]
    return environment.from_string("".join(macros) + template).render()


def test_the_same_text_says_the_same() -> None:
    pairs = list(itertools.product(PROPERTIES, repeat=2))
    rows = []
    for number, pair in enumerate(pairs):
        for place, text in enumerate(pair):
            texts = parse_properties(text).property_texts if text else None
            seq = 2 * number + place
            rows.append((seq, f"t{number}", "acme", "call", "2026-01-30T10:00:00Z", text, texts))
    changed = [(2, "other"), (3, "other"), (4, "2026-01-30T11:00:00Z")]
    last = len(rows)
    for number, (column, value) in enumerate(changed):
        for place in range(2):
            row = [last + 2 * number + place, f"c{number}", *rows[4][2:]]
            row[column] = value if place else row[column]
            rows.append(tuple(row))
    rows += [(last + 100, "alone", *rows[4][2:]), (last + 101, "t0", *rows[0][2:])]
    model = (DBT_PROJECT / "models" / "events" / "duplicates.sql").read_text("utf-8")
    exactly = """
        select b.event_seq, a.event_seq,
            case when {{ comparable_properties('a') }} = {{ comparable_properties('b') }}
                then 'duplicate' else 'conflict' end
        from landed_rows as a
        inner join landed_rows as b on a.event_seq + 1 = b.event_seq and a.event_seq % 2 = 0
        where b.transaction_id like 't%' and b.event_seq < $last
    """
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.execute(f"create table landed_rows ({COLUMNS})")
        con.execute("create table retractions (log_version bigint, transaction_id varchar)")
        con.execute("create schema events")
        con.execute(empty_table("events", "landed_events"))
        con.executemany(
            f"insert into landed_rows ({', '.join(GIVEN)}) values (?, ?, ?, ?, ?, ?, ?)", rows
        )
        found = set(con.execute(sql(model)).fetchall())
        expected = set(con.execute(sql(exactly), {"last": last}).fetchall())
    for number in range(len(changed)):
        seq = last + 2 * number
        expected.add((seq + 1, seq, "conflict"))
    expected.add((last + 101, 0, "duplicate"))
    assert found == expected
    assert {kind for _, _, kind in expected} == {"duplicate", "conflict"}
    for number, (first, second) in enumerate(pairs):
        if first == second:
            assert (2 * number + 1, 2 * number, "duplicate") in found
