"""Guards against a typed value that becomes another JSON value, and files nobody can read."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from raw_events.common.errors import LandingError
from raw_events.quarantine.actions import list_rejected
from tests.unit.raw_events.event_cases import land, landed

INSTANT = dt.datetime(2026, 1, 30, 10, tzinfo=dt.UTC)


def write_rows(path: Path, rows: int = 1, **columns: object) -> Path:
    """A Parquet file of events with these columns besides, or instead of, the required ones."""
    values = {
        "transaction_id": [f"t{number}" for number in range(rows)],
        "customer_id": ["acme"] * rows,
        "event_type": ["api_call"] * rows,
        "timestamp": pa.array([INSTANT] * rows, pa.timestamp("us", "UTC")),
        **columns,
    }
    pq.write_table(pa.table({k: v for k, v in values.items() if v is not None}), path)
    return path


@pytest.mark.parametrize(
    ("value", "kind", "json_text", "text"),
    [
        ("eu", pa.string(), '"eu"', None),
        ('"\n', pa.large_string(), r'"\"\n"', None),
        ("eu", pa.dictionary(pa.int8(), pa.string()), '"eu"', None),
        (True, pa.bool_(), "true", None),
        (-5, pa.int8(), "-5", None),
        (2**64 - 1, pa.uint64(), "18446744073709551615", "18446744073709551615"),
        (10**15 - 1, pa.int64(), "999999999999999", None),
        (-(10**15), pa.int64(), "-1000000000000000", "-1000000000000000"),
        (1.5, pa.float64(), "1.5", None),
        (0.1, pa.float32(), "0.1", None),
        (0.5, pa.float16(), "0.5", None),
        (0.1 + 0.2, pa.float64(), "0.30000000000000004", "0.30000000000000004"),
        (1e-7, pa.float64(), "1e-07", "0.0000001"),
        (1e22, pa.float64(), "1e+22", "1" + "0" * 22),
        (-0.0, pa.float64(), "-0.0", "0"),
        (float("nan"), pa.float64(), '"NaN"', None),
        (float("-inf"), pa.float32(), '"-Infinity"', None),
        (Decimal("12.3400"), pa.decimal128(10, 4), "12.34", None),
        (Decimal("1200.00"), pa.decimal128(10, 2), "1200", None),
        (Decimal("0.00"), pa.decimal128(10, 2), "0", None),
        (Decimal("0.00001"), pa.decimal128(10, 6), "0.00001", "0.00001"),
        (Decimal("12345678901234567.5"), pa.decimal128(38, 2), '"12345678901234567.5"', None),
        (Decimal(1200), pa.decimal128(10, 0), "1200", None),
        (dt.date(2026, 1, 2), pa.date32(), '"2026-01-02"', None),
        (dt.time(1, 2, 3), pa.time64("us"), '"01:02:03"', None),
        (INSTANT, pa.timestamp("ms", "Europe/Berlin"), '"2026-01-30T10:00:00.000000Z"', None),
        (INSTANT.replace(tzinfo=None), pa.timestamp("us"), '"2026-01-30T10:00:00.000000"', None),
        ([1, None], pa.list_(pa.int64()), "[1,null]", "[1,null]"),
        (
            {"b": 1.0, "a": "x"},
            pa.struct({"b": pa.float64(), "a": pa.string()}),
            '{"b":1.0,"a":"x"}',
            '{"a":"x","b":1}',
        ),
        (
            [("k", Decimal("1.10"))],
            pa.map_(pa.string(), pa.decimal128(5, 2)),
            '{"k":1.1}',
            '{"k":1.1}',
        ),
    ],
)
def test_types(
    tmp_path: Path, value: object, kind: pa.DataType, json_text: str, text: str | None
) -> None:
    plain_kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    column = pa.array([value, None], plain_kind).cast(kind)
    report = land(tmp_path, write_rows(tmp_path / "events.parquet", 2, p=column))
    assert report.rejected_by_reason == {}
    given, absent = landed(tmp_path)
    assert given["properties"] == f'{{"p":{json_text}}}'
    assert json.loads(given["property_texts"] or "{}") == ({"p": text} if text else {})
    assert (absent["properties"], absent["property_texts"]) == (None, None)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array(["2026-01-30T11:00:00+01:00"]), INSTANT),
        (pa.array([INSTANT], pa.timestamp("s", "UTC")), INSTANT),
        (pa.array([INSTANT], pa.timestamp("ms", "America/New_York")), INSTANT),
        (
            pa.array([int(INSTANT.timestamp()) * 10**9 + 1999], pa.int64()).cast(
                pa.timestamp("ns", "UTC")
            ),
            INSTANT + dt.timedelta(microseconds=1),
        ),
    ],
)
def test_timestamps(tmp_path: Path, column: pa.Array, expected: dt.datetime) -> None:
    land(tmp_path, write_rows(tmp_path / "events.parquet", timestamp=column))
    assert [row["timestamp"] for row in landed(tmp_path)] == [expected]


def test_bad_rows_are_rejected_alone(tmp_path: Path) -> None:
    old = INSTANT - dt.timedelta(days=40)
    names = pa.array([b"a", b"\xff", b"c\0", b"d"], pa.binary()).view(pa.string())
    path = write_rows(
        tmp_path / "events.parquet",
        4,
        customer_id=["acme", "acme", "acme", None],
        timestamp=pa.array([INSTANT, INSTANT, INSTANT, old], pa.timestamp("us", "UTC")),
        name=names,
        n=[1, 2, 3, 4],
    )
    report = land(tmp_path, path)
    assert [row["transaction_id"] for row in landed(tmp_path)] == ["t0"]
    assert report.rejected_by_reason == {"bad_encoding": 2, "missing_field": 1}
    kept = list_rejected(tmp_path)
    assert [event.line_number for event in kept] == [2, 3, 4]
    assert b'"name":"\xff"' in kept[0].raw
    assert json.loads(kept[2].raw)["properties"] == {"name": "d", "n": 4}


def test_rows_looked_at_alone_stand_in_their_place(tmp_path: Path) -> None:
    kind = pa.map_(pa.string(), pa.int64())
    old = INSTANT - dt.timedelta(days=100)
    path = write_rows(
        tmp_path / "events.parquet",
        rows=7,
        customer_id=["acme", "acme", None, None, "acme", "a\0", "acme"],
        timestamp=pa.array([INSTANT] * 4 + [old] + [INSTANT] * 2, pa.timestamp("us", "UTC")),
        x=pa.array([1e-7, 1.5, -0.0, 2.5, 1e-7, 1e-7, -0.0]),
        m=pa.array([None, [("k", 1)], [("k", 1), ("k", 2)], None, None, None, [("k", 1)]], kind),
    )
    report = land(tmp_path / "home", path)
    assert report.rejected_by_reason == {
        "bad_encoding": 1, "duplicate_key": 1, "missing_field": 1, "too_old": 1
    }  # fmt: skip
    rows = [(r["transaction_id"], r["property_texts"]) for r in landed(tmp_path / "home")]
    assert rows == [
        ("t0", '{"x":"0.0000001"}'), ("t1", '{"m":"{\\"k\\":1}"}'),
        ("t6", '{"x":"0","m":"{\\"k\\":1}"}'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"customer_id": None}, "no column customer_id"),
        ({"customer_id": [7]}, "column customer_id is of type int64; it must be text"),
        ({"timestamp": [7]}, "column timestamp is of type int64"),
        (
            {"timestamp": [INSTANT.replace(tzinfo=None)]},
            "column timestamp is of type timestamp.*without one it names no instant",
        ),
        ({"blob": [b"x"]}, "column blob is of type binary"),
        ({"blobs": [[b"x"]]}, "column blobs is of type list"),
        ({"took": [dt.timedelta(1)]}, "column took is of type duration"),
    ],
)
def test_columns_that_cannot_be_events(tmp_path: Path, columns: dict, message: str) -> None:
    with pytest.raises(LandingError, match=message):
        land(tmp_path, write_rows(tmp_path / "events.parquet", **columns))


def test_names_of_columns_are_kept(tmp_path: Path) -> None:
    """Also such as DuckDB would take for one another, or for syntax."""
    land(tmp_path, write_rows(tmp_path / "e.parquet", **{"A": [1], "a": [2], 'it\'s "q"': [3]}))
    (row,) = landed(tmp_path)
    assert json.loads(row["properties"]) == {"A": 1, "a": 2, 'it\'s "q"': 3}


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "events.parquet", 1000, n=list(range(1000)))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(LandingError, match="not a Parquet file, or it is damaged"):
        land(tmp_path, path)


def test_a_file_without_rows_is_a_batch_without_events(tmp_path: Path) -> None:
    report = land(tmp_path, write_rows(tmp_path / "events.parquet", 0))
    assert (report.accepted, report.log_version) == (0, 1)
