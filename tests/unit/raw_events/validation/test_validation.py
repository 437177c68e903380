"""Guards against an event that is taken but bad, rejected but fine, or for the wrong reason."""

import json
from collections.abc import Callable

import duckdb
import pytest

from raw_events.validation.event import REASONS, reason_sentence
from raw_events.validation.line_places import Lines
from raw_events.validation.lines import validate_lines
from tests.unit.raw_events.event_cases import AS_OF, event, line

MIB = 1024 * 1024
Validate = Callable[[str | bytes], dict]


@pytest.fixture
def validate(con: duckdb.DuckDBPyConnection) -> Validate:
    """What validation says of one line."""

    def one(text: str | bytes) -> dict:
        data = text.encode() if isinstance(text, str) else text
        (row,) = validate_lines(con, Lines.split(data + b"\n", 1), AS_OF).to_pylist()
        return row

    return one


def padded(size: int) -> str:
    """A line of that many bytes with small properties."""
    return line() + " " * (size - len(line()))


def nested(levels: int) -> dict:
    """Properties whose event has that many levels."""
    value: object = 1
    for _ in range(levels - 2):
        value = [value]
    return {"deep": value}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(line(), id="ordinary"),
        pytest.param(line(properties=None), id="without properties"),
        pytest.param('{"properties":null,' + line(properties=None)[1:], id="null properties"),
        pytest.param(line(properties={}), id="empty properties"),
        pytest.param(f" \t{line()}\r", id="spaces around"),
        pytest.param(json.dumps(event()), id="spaces inside"),
        pytest.param(line(event_type="properties"), id="a value called properties"),
        pytest.param(line(properties={"properties": "{}"}), id="a property called properties"),
        pytest.param(line(properties={"x": 'a"properties":{'}), id="quotes in a property"),
        pytest.param(line().replace("t1", r"\ud83d\ude00"), id="pair of surrogates"),
        pytest.param(line().replace("t1", r"\\u0000"), id="backslash before u0000"),
        pytest.param(line("é" * 128), id="128 characters"),
        pytest.param(line(properties={str(n): n for n in range(2000)}), id="2,000 properties"),
        pytest.param(line(properties={"x": "y" * (65536 - 8)}), id="64 KiB of properties"),
        pytest.param(padded(MIB), id="a line of 1 MiB"),
        pytest.param(line(properties=nested(32)), id="32 levels"),
        pytest.param(line(timestamp="2026-01-30t10:00:00z"), id="lower case t and z"),
        pytest.param(line(timestamp="2026-01-30 10:00:00-00:00"), id="a space for T"),
        pytest.param(line(timestamp="2026-01-30T10:00:00.1234567890123Z"), id="many digits"),
        pytest.param(line(timestamp="2026-01-31T23:59:59+23:59"), id="offset +23:59"),
        pytest.param(line(timestamp="2025-12-28T12:00:00Z"), id="exactly 34 days old"),
        pytest.param(line(timestamp="2026-02-01T12:00:00.0000009Z"), id="exactly 24 hours ahead"),
    ],
)
def test_is_taken(validate: Validate, text: str) -> None:
    validated = validate(text)
    assert validated["reason"] is None, validated["detail"]


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("bad_encoding", line().encode().replace(b"acme", b"ac\xffe")),
        ("bad_encoding", line().encode().replace(b"acme", b"ac\xc3")),
        ("bad_encoding", line().encode().replace(b"acme", b"ac\0e")),
        ("bad_encoding", line().replace("acme", r"ac\u0000")),
        ("bad_encoding", line().replace("eu", r"\ud800")),
        ("bad_encoding", line().replace("eu", r"\udc00\ud800")),
        ("bad_encoding", line().replace("region", r"\ud800\n\udc00")),
        ("bad_encoding", b"\xff" * (2 * MIB)),
        ("too_large", padded(MIB + 1)),
        ("too_large", "x" * (10 * MIB)),
        ("too_large", line(properties={"x": "y" * (65536 - 7)})),
        ("too_large", line(properties=nested(33))),
        ("too_large", "[" * 100_000),
        ("not_json", "nonsense"),
        ("not_json", line()[:-1]),
        ("not_json", line() + line()),
        ("not_json", line().replace("}}", ",}}")),
        ("not_json", line().replace('"eu"', "NaN")),
        ("not_json", line().replace('"eu"', "-Infinity")),
        ("not_json", line().replace('"eu"', "01")),
        ("not_json", line().replace('"eu"', "1.")),
        ("not_json", line().replace('"eu"', "+1")),
        ("not_json", line().replace('"eu"', "/* no */ 1")),
        ("not_json", line().replace('"eu"', "'eu'")),
        ("not_json", line().replace('"eu"', '"a\tb"')),
        ("not_json", line().replace('"eu"', r'"\x41"')),
        ("not_json", "\ufeff" + line()),
        ("not_an_object", "[]"),
        ("not_an_object", "null"),
        ("not_an_object", '"text"'),
        ("duplicate_key", line()[:-1] + ',"customer_id":"acme"}'),
        ("duplicate_key", line().replace("{", '{"properties":null,', 1)),
        ("duplicate_key", line().replace('"eu"', '1,"region":1')),
        ("duplicate_key", line().replace('"eu"', r'1,"r\u0065gion":1')),
        ("duplicate_key", line().replace('"eu"', '[{"a":1,"a":1}]')),
        ("unknown_field", line(customer="x")),
        ("unknown_field", line(Properties={})),
        ("missing_field", "{}"),
        ("missing_field", line(customer_id=None)),
        ("missing_field", line(customer_id="")),
        ("missing_field", line().replace('"acme"', "null")),
        ("bad_type", line(customer_id=7)),
        ("bad_type", line(timestamp=1769767200)),
        ("bad_type", line(event_type=["api_call"])),
        ("bad_type", line(properties=[])),
        ("bad_type", line(properties="x")),
        ("too_long", line("x" * 129)),
        ("too_long", line(event_type="é" * 129)),
        ("too_many_properties", line(properties={str(n): n for n in range(2001)})),
        ("too_old", line(timestamp="2025-12-28T11:59:59.999999Z")),
        ("too_old", line(timestamp="0000-01-01T00:00:00Z")),
        ("in_future", line(timestamp="2026-02-01T12:00:00.000001Z")),
        ("in_future", line(timestamp="9999-12-31T23:59:59-23:59")),
    ],
)
def test_is_rejected(validate: Validate, reason: str, text: str | bytes) -> None:
    assert validate(text)["reason"] == reason


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-01-30T10:00:00",
        "2026-01-30T10:00:00+24:00",
        "2026-01-30T10:00:00+02",
        "2026-01-30T10:00:00+0200",
        "2026-01-30T10:00:00.Z",
        "2026-01-30T10:00Z",
        "2026-01-30T10:00:60Z",
        "2026-01-30T24:00:00Z",
        "2026-02-29T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "26-01-30T10:00:00Z",
        "12026-01-30T10:00:00Z",
        " 2026-01-30T10:00:00Z",
        "2026-01-30_10:00:00Z",
        "２026-01-30T10:00:00Z",
        "1769767200",
    ],
)
def test_is_no_instant(validate: Validate, timestamp: str) -> None:
    assert validate(line(timestamp=timestamp))["reason"] == "bad_timestamp"


@pytest.mark.parametrize(
    ("timestamp", "microseconds"),
    [
        ("2026-01-31T12:00:00.9999999Z", 999_999),
        ("2026-01-31T12:00:00.5Z", 500_000),
        ("2026-01-31T12:00:00.123456+00:00", 123_456),
        ("2026-01-31T12:00:00-00:00", 0),
        ("2026-01-31t12:00:00.25z", 250_000),
        ("2026-01-31 12:00:00.25Z", 250_000),
        ("2026-01-31T23:59:00+11:59", 0),
        ("2026-01-31T00:01:00-11:59", 0),
    ],
)
def test_instants_are_utc_and_cut_off_at_microseconds(
    validate: Validate, timestamp: str, microseconds: int
) -> None:
    expected = int(AS_OF.timestamp()) * 1_000_000 + microseconds
    assert validate(line(timestamp=timestamp))["instant"] == expected


@pytest.mark.parametrize(
    "properties",
    ['{ "a" : 1.50 , "b":"\\u0041" }', '{"a":[ 1, 2 ]}', '{"n":1e5}', '{"z":1,"a":2}', "{}"],
)
def test_properties_are_kept_as_sent(validate: Validate, properties: str) -> None:
    text = line(properties=None)[:-1] + ', "properties" : ' + properties + "}"
    assert validate(text)["properties"] == properties


def test_the_first_reason_counts(validate: Validate) -> None:
    """An event that is wrong in every way has the reason that stands first in interface.md."""
    text = line("x" * 200, customer_id="", timestamp="then", other=1, properties={"n": 1})
    order = [validate(text)["reason"]]
    for old, new in (('"other":1', '"event_type":""'), ('"n":1', '"n":1,"n":2')):
        order.append(validate(text.replace(old, new))["reason"])
    assert order == ["unknown_field", "duplicate_key", "duplicate_key"]


def test_lines_are_numbered_and_blank_ones_skipped(con: duckdb.DuckDBPyConnection) -> None:
    data = f"\n{line('a')}\r\n  \t\r\n{line('b')}\nbroken".encode()
    rows = validate_lines(con, Lines.split(data, 10), AS_OF).to_pylist()
    assert [(row["line_number"], row["transaction_id"]) for row in rows] == [
        (11, "a"),
        (13, "b"),
        (14, None),
    ]


def test_every_reason_has_a_sentence_that_cites_its_rule() -> None:
    for code in REASONS:
        assert "(S-" in reason_sentence(code)
    assert reason_sentence("missing_field", "customer_id").endswith("(S-5): customer_id.")
