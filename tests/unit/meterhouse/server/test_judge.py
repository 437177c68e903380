"""Guards against a door and a landing that disagree, and against half a faulty request (S-62)."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from meterhouse.server.judge import MOST_EVENTS, NOT_EVENTS, Faulty, judge
from raw_events.ingest.batch import engine
from raw_events.validation import one_event, one_line
from raw_events.validation.event import REASONS
from raw_events.validation.line_places import Lines
from raw_events.validation.lines import validate_lines
from raw_events.validation.one_event import LEFT_TO_LANDING
from tests.unit.raw_events.event_cases import AS_OF, event, line
from tests.unit.raw_events.validation.test_against_reference import lines


@pytest.fixture(scope="module")
def con() -> Any:
    with engine() as connection:
        yield connection


def reasons(con: duckdb.DuckDBPyConnection, data: bytes) -> list[str | None]:
    """What landing says of each line."""
    return validate_lines(con, Lines.split(data, 1), AS_OF)["reason"].to_pylist()


def fault(body: bytes) -> tuple[str | None, int | None]:
    with pytest.raises(Faulty) as refused:
        judge(body, AS_OF)
    return refused.value.code, refused.value.index


def sent(*events: object) -> bytes:
    return json.dumps(events).encode()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=lines())
def test_door_and_landing_agree(con: duckdb.DuckDBPyConnection, data: bytes) -> None:
    try:
        taken, count = judge(b"[" + data + b"]", AS_OF)
    except Faulty as refused:
        # Whatever is refused with an index would be rejected by landing too.
        if refused.index == 0 and _is_one_value(data):
            assert reasons(con, data + b"\n") != [None], data
    else:
        assert taken.count(b"\n") == count
        said = reasons(con, taken)
        assert len(said) == count and set(said) <= {None, *LEFT_TO_LANDING}, data


def _is_one_value(data: bytes) -> bool:
    try:
        json.loads(data.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return False
    return True


def test_the_bytes_are_kept_as_sent() -> None:
    odd = b'{ "timestamp":"2026-01-30T10:00:00Z","event_type":"a\\u0062","customer_id":"c", \
"transaction_id":"\xc3\xa9" ,"properties": {"n" : 1.10, "m":1e400, "big":123456789012345678901}}'
    assert judge(b" [" + odd + b" ]\n", AS_OF) == (odd + b"\n", 1)


def test_a_line_feed_between_tokens_becomes_a_space(con: duckdb.DuckDBPyConnection) -> None:
    body = json.dumps([event("a"), event("b")], indent=1).encode()
    taken, count = judge(body, AS_OF)
    assert count == 2 and taken.count(b"\n") == 2
    assert [json.loads(it) for it in taken.splitlines()] == [event("a"), event("b")]
    assert reasons(con, taken) == [None, None]


CHANGES: list[tuple[dict[str, object], str]] = [
    ({"transaction_id": ""}, "missing_field"),
    ({"timestamp": ""}, "missing_field"),
    ({"customer_id": None}, "missing_field"),
    ({"customer_id": 7}, "bad_type"),
    ({"event_type": "x" * 129}, "too_long"),
    ({"extra": 1}, "unknown_field"),
    ({"properties": []}, "bad_type"),
    ({"properties": {f"p{n}": 1 for n in range(2_001)}}, "too_many_properties"),
    ({"properties": {"p": "x" * 65_536}}, "too_large"),
    ({"timestamp": "2026-01-30"}, "bad_timestamp"),
    ({"timestamp": "2026-02-30T00:00:00Z"}, "bad_timestamp"),
    ({"timestamp": "2025-12-28T11:59:59.999999Z"}, "too_old"),
    ({"timestamp": "2026-02-01T12:00:00.000001Z"}, "in_future"),
    ({"timestamp": "2026-02-01T14:00:00.000001+02:00"}, "in_future"),
]


@pytest.mark.parametrize(("change", "code"), CHANGES)
def test_one_fault_and_nothing_is_kept(change: dict[str, object], code: str) -> None:
    assert fault(sent(event("a"), event("b", **change) | {}, event("c"))) == (code, 1)


@pytest.mark.parametrize("odd", ["2025-12-28T12:00:00Z", "2026-02-01T12:00:00Z"])
def test_the_ends_of_the_ages_are_let_in(odd: str) -> None:
    assert judge(sent(event("a", timestamp=odd)), AS_OF)[1] == 1


def test_age_is_judged_by_the_moment_of_the_request() -> None:
    body = sent(event("a", timestamp="2025-12-28T12:00:00Z"))
    with pytest.raises(Faulty):
        judge(body, AS_OF + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (line("a").replace('{"region"', '{"region":"x","region"'), "duplicate_key"),
        (line("a").replace('"event_type"', '"customer_id":"x","event_type"'), "duplicate_key"),
        (line("a", properties={"p": "\ud800"}).encode("utf-8", "backslashreplace"), "bad_encoding"),
        (line("a", properties={"p": "\x00"}), "bad_encoding"),
        (line("a", properties={"p": "QQ"}).encode().replace(b"QQ", b"\xff\xfe"), "bad_encoding"),
        (line("a").replace('{"region":"eu"}', '{"p":' + "[" * 40 + "]" * 40 + "}"), "too_large"),
    ],
)
def test_what_only_landing_can_judge_is_left_to_it(
    con: duckdb.DuckDBPyConnection, odd: str | bytes, reason: str
) -> None:
    data = odd.encode() if isinstance(odd, str) else odd
    taken, _ = judge(b"[" + data + b"," + line("b").encode() + b"]", AS_OF)
    assert reasons(con, taken) == [reason, None]


def test_a_fault_is_found_beside_what_is_left_to_landing() -> None:
    twice = line("a", customer_id="").replace('{"region"', '{"region":"x","region"')
    assert fault(f"[{twice}]".encode()) == ("missing_field", 0)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{}", b"1", b'"x"', b"null", b"[", b"[1,]", b"[] x", b"[NaN]", b"\xff", b'["\n"]'),
        *(b"\xef\xbb\xbf[]", b"[1 2]", b'[{"a":01}]', b'["\\ud800"', b'["\\ud800" 1]', b"[]"),
    ],
)
def test_what_is_no_array_of_events(body: bytes) -> None:
    assert fault(body) == (NOT_EVENTS, None)


def test_as_many_events_as_there_may_be() -> None:
    most = [event(str(number)) for number in range(MOST_EVENTS)]
    assert judge(sent(*most), AS_OF)[1] == MOST_EVENTS
    assert fault(sent(*most, event("x"))) == (NOT_EVENTS, None)
    # By the exact reader too.
    many = b'["\\ud800"' + b",1" * MOST_EVENTS + b"]"
    assert fault(many) == (NOT_EVENTS, None)


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'[{"a":' * 50_000, b"[" * 900 + b"]" * 900])
def test_deeper_than_can_be_read_is_said(deep: bytes) -> None:
    assert fault(deep)[0] in (NOT_EVENTS, "too_large", "not_an_object")
    assert fault(b'["\\ud800",' + deep)[0] in (NOT_EVENTS, "too_large", "not_an_object")


def test_an_event_of_its_own_megabyte() -> None:
    wide = line("a").replace("{", "{" + " " * 2**20, 1).encode()
    assert fault(b"[" + wide + b"]") == ("too_large", 0)


def test_sizes_are_judged_before_anything_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """One event of a megabyte of numbers cost a second, whether it was taken or not."""
    monkeypatch.delattr(one_line, "property_texts")
    many = '{"p":[' + ",".join(["1e400"] * 10_000) + "]}"
    spaced = line("a").replace('{"region":"eu"}', many).replace("{", "{" + " " * 70_000, 1)
    half = spaced.replace('{"p"', '{"h":"\\ud800","p"')
    assert judge(f"[{spaced},{half}]".encode(), AS_OF)[1] == 2
    monkeypatch.delattr(one_event, "event_of")
    large = line("a").replace('{"region":"eu"}', many.replace("1e400", "1.0000000000"))
    assert fault(f"[{large}]".encode()) == ("too_large", 0)


def test_http_md_lists_the_codes_that_there_are() -> None:
    """What a sender's program may meet as `code`, no more and no less."""
    page = Path("docs/http.md").read_text("utf-8").partition("### Codes")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)
    given = {code for _, code in CHANGES} | {fault(b"{}")[0], fault(b"[1]")[0]}
    # Landing alone says the others, and schemas.
    left = {"bad_encoding", "duplicate_key", "not_json"} | {it for it in REASONS if ":" in it}
    assert sorted(listed) == sorted(given) == sorted({NOT_EVENTS, *REASONS} - left)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-30T10:00:00Z\n2026-01-30T10:00:00Z", "2026-01-30T10:00:00Z\n", "\n"),
        *("2026-01-30T10:00:00", "2026-01-30T24:00:00Z", "2026-01-32T10:00:00Z", "x"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_events_looked_at_together_are_judged_as_one_by_one(text: str, place: int) -> None:
    events = [event(str(number)) for number in range(3)]
    events[place] = event("odd", timestamp=text)
    assert fault(sent(*events)) == ("bad_timestamp", place)
