"""Guards against a difference between the set-based validate and the rules read plainly (S-5, S-6).

The reference below takes one line at a time with nothing but Python's json and datetime. It shares
no code with the validate.
"""

import json
import re
from datetime import date, timedelta

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from raw_events.validation.line_places import Lines
from raw_events.validation.lines import validate_lines
from tests.unit.raw_events.event_cases import AS_OF

REQUIRED = ("transaction_id", "customer_id", "event_type", "timestamp")
RFC_3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class Pairs(list):
    """A JSON object as its members in order."""


def reference(line: bytes) -> tuple[str | None, int | None]:
    """(reason, microseconds since 1970) by the table of interface.md."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return "bad_encoding", None
    escapes = re.findall(r"\\(?:u([0-9a-fA-F]{4})|.)", text, re.DOTALL)
    units = re.sub(r"\\(?:u([0-9a-fA-F]{4})|.)", lambda m: _character(m[1]), text, flags=re.DOTALL)
    if "\0" in units or ("\\" in text and escapes and _has_lone_surrogate(units)):
        return "bad_encoding", None
    if len(line) > 2**20 or _depth(text) > 32:
        return "too_large", None
    try:
        value = json.loads(text, object_pairs_hook=Pairs, parse_constant=_refuse)
    except ValueError:
        return "not_json", None
    if not isinstance(value, Pairs):
        return "not_an_object", None
    return _fields(value)


def _fields(event: Pairs) -> tuple[str | None, int | None]:
    if _names_twice(event):
        return "duplicate_key", None
    fields = dict(event)
    if fields.keys() - {*REQUIRED, "properties"}:
        return "unknown_field", None
    if any(fields.get(name) in (None, "") for name in REQUIRED):
        return "missing_field", None
    properties = fields.get("properties")
    is_text = all(isinstance(fields[name], str) for name in REQUIRED)
    if not is_text or not (properties is None or isinstance(properties, Pairs)):
        return "bad_type", None
    if any(len(fields[name]) > 128 for name in REQUIRED[:3]):
        return "too_long", None
    if properties and len(properties) > 2000:
        return "too_many_properties", None
    instant = _instant(fields["timestamp"])
    if instant is None:
        return "bad_timestamp", None
    now = (AS_OF - AS_OF.replace(year=1970, month=1, day=1, hour=0)) // timedelta(microseconds=1)
    if instant < now - 34 * 86_400_000_000:
        return "too_old", instant
    return ("in_future" if instant > now + 86_400_000_000 else None), instant


def _instant(text: str) -> int | None:
    match = RFC_3339.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    try:
        # Python has no year 0; it is as long as 400.
        days = date(year or 400, month, day).toordinal() - (0 if year else 146_097)
    except ValueError:
        return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    zone, offset = match[8], 0
    if zone not in "Zz":
        if int(zone[1:3]) > 23 or int(zone[4:6]) > 59:
            return None
        offset = (int(zone[1:3]) * 60 + int(zone[4:6])) * (-1 if zone[0] == "-" else 1)
    seconds = (days - date(1970, 1, 1).toordinal()) * 86_400 + hour * 3600 + minute * 60 + second
    return (seconds - offset * 60) * 1_000_000 + int(((match[7] or "") + "000000")[:6])


def _character(code: str | None) -> str:
    return chr(int(code, 16)) if code else "?"


def _has_lone_surrogate(text: str) -> bool:
    try:
        text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return True
    return False


def _depth(text: str) -> int:
    depth = deepest = 0
    for bracket in re.sub(r'"(?:[^"\\]|\\.)*"?', "", text, flags=re.DOTALL):
        depth += (bracket in "[{") - (bracket in "]}")
        deepest = max(deepest, depth)
    return deepest


def _names_twice(value: object) -> bool:
    if isinstance(value, Pairs):
        names = [name for name, _ in value]
        return len(set(names)) < len(names) or any(_names_twice(item) for _, item in value)
    return isinstance(value, list) and any(map(_names_twice, value))


def _refuse(constant: str) -> None:
    raise ValueError(constant)


spaces = st.sampled_from(["", "", "", " ", "\t", "  ", "\r"])
short = st.text(max_size=4)
ODD_STRINGS = r"""
    "" "properties" "\u0000" "\ud800" "\ud83d\ude00" "\\u0000" "\" "\u00e9" "\x" "a\\/b" 'a'
"""
odd_strings = st.sampled_from(
    [*ODD_STRINGS.split(), '"\t"', json.dumps("x" * 128), json.dumps("x" * 129)]
)
strings = st.one_of(
    short.map(lambda text: json.dumps(text, ensure_ascii=False)), short.map(json.dumps), odd_strings
)
numbers = st.one_of(
    st.integers(-(10**17), 10**17).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["0", "-0", "-0.0", "0.00001", "1e5", "1E-7", "01", "1.", ".5", "+1", "1e400"])
    | st.sampled_from(["NaN", "Infinity", "1_0", "0x1", "0.1234567890123456789", "100.00"]),
)
scalars = st.one_of(strings, numbers, st.sampled_from(["true", "false", "null", "True", "nul"]))


def objects(values: st.SearchStrategy[str], keys: st.SearchStrategy[str]) -> st.SearchStrategy:
    """Text of JSON objects; keys may come twice, spaces anywhere."""
    member = st.tuples(spaces, keys, spaces, values, spaces).map(
        lambda parts: f"{parts[0]}{parts[1]}{parts[2]}:{parts[3]}{parts[4]}"
    )
    return st.lists(member, max_size=4).map(lambda members: "{" + ",".join(members) + "}")


keys = st.one_of(st.sampled_from(['"a"', '"b"', '"properties"', r'"\u0061"']), strings)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        objects(inner, keys), st.lists(inner, max_size=3).map(lambda v: "[" + ",".join(v) + "]")
    ),
    max_leaves=6,
)
KNOWN_TIMESTAMPS = """
    2026-01-30T10:00:00Z 2026-02-29T00:00:00Z 2025-12-28T12:00:00Z 2025-12-28T11:59:59.9999999Z
    2026-02-01T12:00:00.000001Z 0000-02-29t00:00:00z 9999-12-31T23:59:59-23:59 2026-01-30T10:00:60Z
    2026-01-31T24:00:00Z 2026-01-31_10:00:00.1234567+02:00 today
"""
timestamps = st.one_of(
    st.sampled_from(KNOWN_TIMESTAMPS.split()).map(lambda text: text.replace("_", " ")),
    st.from_regex(
        r"20[23][0-9]-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]"
        r"(\.[0-9]{1,8})?([zZ]|[+-][0-2][0-9]:[0-6][0-9])",
        fullmatch=True,
    ),
).map(json.dumps)


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """Lines that are mostly events: good ones, and ones with something wrong somewhere."""
    mostly = st.sampled_from([True] * 9 + [False])
    members = []
    for name in draw(st.permutations([*REQUIRED, "properties"])):
        if not draw(mostly) and draw(st.booleans()):
            continue
        if name == "timestamp":
            value = draw(timestamps)
        elif name == "properties":
            value = draw(objects(scalars if draw(st.booleans()) else values, keys))
        else:
            value = json.dumps("x" + draw(short))
        members.append((json.dumps(name), value if draw(mostly) else draw(values)))
    if not draw(mostly):
        members.append((draw(keys), draw(values)))
    space = draw(spaces)
    body = ",".join(f"{space}{key}{space}:{space}{value}{space}" for key, value in members)
    text = f"{space}{{{body}}}{space}".encode("utf-8", "surrogatepass").replace(b"\n", b" ")
    if not draw(mostly):
        at = draw(st.integers(0, max(len(text) - 1, 0)))
        junk = draw(st.binary(max_size=2)).replace(b"\n", b"")
        text = text[:at] + junk + text[at + draw(st.integers(0, 2)) :]
    return text


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(batch=st.lists(lines(), min_size=20, max_size=60))
def test_agrees_with_the_reference(con: duckdb.DuckDBPyConnection, batch: list[bytes]) -> None:
    validated = validate_lines(con, Lines.split(b"\n".join(batch) + b"\n", 1), AS_OF).to_pylist()
    by_number = {row["line_number"]: row for row in validated}
    for number, line in enumerate(batch, 1):
        if not line.strip(b" \t\r"):
            assert number not in by_number
            continue
        row = by_number[number]
        reason, instant = reference(line)
        assert row["reason"] == reason, (line, row["detail"])
        if reason is None:
            event = json.loads(line)
            assert row["instant"] == instant, line
            assert [row[name] for name in REQUIRED[:3]] == [event[name] for name in REQUIRED[:3]]
            if event.get("properties") is None:
                assert row["properties"] is None
            else:
                assert row["properties"].encode() in line
                assert json.loads(row["properties"]) == event["properties"]
