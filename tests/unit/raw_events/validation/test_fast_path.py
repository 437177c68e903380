"""Guards against a line that the fast path takes otherwise than the exact one would.

Files here have one frame, as a system writes them, and faults of a byte or two in any place.
"""

import json
from datetime import UTC, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from raw_events.validation import lines as validation
from raw_events.validation.fast_path import lines as fast_path
from raw_events.validation.line_places import Lines
from raw_events.validation.lines import validate_lines
from raw_events.validation.rules import VALIDATED_SCHEMA
from tests.unit.raw_events.event_cases import AS_OF, line
from tests.unit.raw_events.validation.test_against_reference import reference

FRAMES = [
    '{"transaction_id":"%s","customer_id":"%s","event_type":"%s","timestamp":"%s","properties":%s}',
    '{"transaction_id": "%s", "customer_id": "%s", "event_type": "%s", "timestamp": "%s", '
    '"properties": %s}',
    '{ "timestamp" :"%s", "event_type":"%s" ,"transaction_id":  "%s","customer_id":"%s",'
    '"properties" : %s}',
]
BYTES = [bytes([code]) for code in b'"\\{}[]:, \t\r\x00\x1f\x7f\xff\xc3/-+.0129eEnutrZT']
NUMBERS = "0 7 -1 12 -0 01 1.5 -0.5 0.00001 1e5 1.0 0.0 999999999999999 1234567890123456 12345678"
BARE = [*NUMBERS.split(), "true", "false", "null", "nul", "truee", "12a", "1,2", "", "{}", "[1]"]
MOMENTS = """
    2026-01-30T10:00:00Z 2026-01-30T10:00:00.1Z 2026-01-30T10:00:00.123456Z 2026-01-30T10:00:00.Z
    2026-01-30T10:00:00.1234567Z 2026-01-30T10:00:00+00:00 2026-01-30T10:00:00.000001+00:00
    2026-01-30T10:00:00-00:00 2026-01-30T10:00:00+01:00 2026-01-30T10:00:00z 2026-01-30 2025-12-28
    2025-12-28T12:00:00Z 2025-12-28T11:59:59.999999Z 2026-02-01T12:00:00Z 2026-02-01T12:00:00.1Z
    2025-12-32T10:00:00Z 2026-01-00T10:00:00Z 2026-01-31T24:00:00Z 2026-01-31T00:60:00Z
    2026-01-31T00:00:60Z 2026-1-031T00:00:00Z 2025-11-30T00:00:00Z 2026-01-31T00:00:00.12345Z6
"""
TIMESTAMPS = MOMENTS.split()


def filled(frame: str, names: list[str]) -> str:
    """A line in that frame that can be taken."""
    values = {
        "timestamp": "2026-01-30T10:00:00.5+00:00",
        "properties": '{"region": "eu", "n": 12, "ok": true, "x": -1.50}',
    }
    return frame % tuple(values.get(name, name) for name in names)


def validated_exactly(con: duckdb.DuckDBPyConnection, lines: Lines) -> pa.Table:
    """What validation says without the fast path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validation, "plain_lines", lambda *_: VALIDATED_SCHEMA.empty_table())
        return validate_lines(con, lines, AS_OF)


def plain_indexes(lines: Lines) -> list[int]:
    """Which lines the fast path takes."""
    is_text = np.ones(len(lines.ends), bool)
    table = fast_path.plain_lines(lines.data, lines.starts, lines.ends, is_text, AS_OF)
    return table["line_number"].to_pylist()


texts = st.text(
    st.characters(exclude_characters='"\\', exclude_categories=["Cs", "Cc"]), max_size=9
)
keys = st.one_of(
    texts, st.sampled_from(["a", "b", "input_tokens", "input_tokenz", "zinput_tokens"])
)


@st.composite
def properties(draw: st.DrawFn, gap: str) -> str:
    """The text of a flat object, nearly always a good one; `gap` follows colons and commas."""
    bare = st.sampled_from(BARE[:3] if draw(st.integers(0, 3)) else BARE)
    value = st.one_of(bare, texts.map(lambda text: f'"{text}"'))
    members = draw(st.lists(st.tuples(keys, value), max_size=5))
    return "{" + f",{gap}".join(f'"{key}":{gap}{value}' for key, value in members) + "}"


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Lines in one frame, some with a fault."""
    frame = draw(st.sampled_from(FRAMES))
    gap = " " if draw(st.booleans()) else ""
    ending = draw(st.sampled_from([b"\n", b"\n", b"\r\n"]))
    fields = fast_path._NAME.findall(frame.replace("%s", "").encode())
    names = [name.decode() for name in fields]
    written = [filled(frame, names).encode() if draw(st.booleans()) else b"{}"]
    for number in range(draw(st.integers(10, 35))):
        values = {
            b"timestamp": draw(st.sampled_from(TIMESTAMPS[:3] * 8 + TIMESTAMPS)),
            b"properties": draw(properties(gap)),
            b"transaction_id": draw(
                st.sampled_from(["é" * 64, "é" * 128, "x" * 129, ""] + 12 * ["t"])
            )
            + (str(number) if draw(st.integers(0, 9)) else ""),
        }
        text = (frame % tuple(values.get(name, draw(texts)) for name in fields)).encode()
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
            at = draw(st.integers(0, len(text)))
            text = (
                text[:at]
                + draw(st.sampled_from([b"", *BYTES]))
                + text[at + draw(st.integers(0, 1)) :]
            )
        written.append(text.replace(b"\n", b""))
    data = ending.join(written)
    return data + ending if draw(st.booleans()) else data


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(data=files(), part=st.sampled_from([200, 2_000, 10**6]))
def test_agrees_with_the_exact_path(con: duckdb.DuckDBPyConnection, data: bytes, part: int) -> None:
    lines = Lines.split(data, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_path, "_PART_BYTES", part)
        validated = validate_lines(con, lines, AS_OF)
    assert validated.to_pylist() == validated_exactly(con, lines).to_pylist()
    for row in validated.to_pylist():
        assert row["reason"] == reference(lines.at(row["line_number"] - 1))[0]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_ordinary_lines_are_plain(frame: str, ending: str) -> None:
    names = [name.decode() for name in fast_path._NAME.findall(frame.replace("%s", "").encode())]
    text = filled(frame, names)
    lines = Lines.split((f"{text}{ending}" * 3).encode(), 1)
    assert plain_indexes(lines) == [0, 1, 2]


@pytest.mark.parametrize(
    "text",
    [
        line(properties={"a": [1]}),
        line(properties={"a": "\t"}),
        line(properties={"a": "\\"}),
        line(properties={"a": 1}).replace('"a":1', '"a":1,"a":1'),
        line(properties={"a": 1}).replace('"a":1', '"long name a":1,"b":2,"long name a":1'),
        line(properties={"a": 10**15}),
        line(properties={"a": "x" * 65536}),
        line("x" * 129),
        line(""),
        line(timestamp="2026-02-30T10:00:00Z"),
        line(timestamp="2025-12-28T11:59:59.999999Z"),
        line() + "}",
        line()[:-1] + "x",
        line()[:-1] + "]",
        line().replace('{"region', '{x"region'),
        line().replace('{"region', '{ "region'),
        line(properties={"a": 1, "b": 2}).replace("1,", "1;"),
        line(properties={"a": 1}).replace("1}", "1]"),
        line(timestamp="2026-01-30T10:00:00,5Z"),
        line(timestamp="2026-01-30T10:00:00Z5Z"),
        line().replace('"eu"', '"e"u"'),
        line() + " ",
        line().replace('"eu"', '"eu",'),
        line().replace('"eu"', '"eu":1'),
        line().replace('"eu"', "eu"),
        line().replace("acme", "ac\0me"),
        line().replace("customer_id", "customer"),
    ],
)
def test_is_not_plain(text: str) -> None:
    assert plain_indexes(Lines.split(f"{line()}\n{text}\n{line()}\n".encode(), 1)) == [0, 2]


@pytest.mark.parametrize(
    "as_of",
    [datetime(2026, month, day, tzinfo=UTC) for month in (1, 2, 3, 12) for day in (1, 3, 28)],
)
def test_months_around_an_instant(con: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    moments = [
        f"{year}-{month:02}-{day:02}T23:59:59.9Z"
        for year in (2025, 2026, 2027)
        for month in range(1, 13)
        for day in range(28, 33)
    ]
    data = "".join(line(timestamp=moment) + "\n" for moment in moments).encode()
    validated = validate_lines(con, Lines.split(data, 1), as_of)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validation, "plain_lines", lambda *_: VALIDATED_SCHEMA.empty_table())
        assert validate_lines(con, Lines.split(data, 1), as_of).equals(validated)


def test_lines_given_one_by_one_may_have_line_feeds(con: duckdb.DuckDBPyConnection) -> None:
    text = line().encode()
    lines = Lines.of([text, text.replace(b"ac", b"a\nc"), text + b"\n" + text, text + b"\r", b""])
    assert validate_lines(con, lines, AS_OF).equals(validated_exactly(con, lines))


def test_many_keys(con: duckdb.DuckDBPyConnection) -> None:
    wide = {f"k{n}": n for n in range(200)}
    texts = [line(), line(properties=wide), line(properties=wide).replace('"k199"', '"k0"')]
    lines = Lines.split("\n".join(texts).encode(), 1)
    validated = validate_lines(con, lines, AS_OF)
    assert validated["reason"].to_pylist() == [None, None, "duplicate_key"]
    assert json.loads(validated["properties"][1].as_py()) == wide
