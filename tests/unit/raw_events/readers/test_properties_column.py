"""A column `properties` of a CSV or Parquet file is the event's properties (S-53).

Guards against the natural export of a table of events: accepted, with its quantities inside a text
that no metric reads, and metered as 0.
"""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from raw_events.common.errors import LandingError
from tests.unit.raw_events.event_cases import event, land, landed, write

# (text, what it makes beside a column region = eu, or the code of the rejection)
TEXTS = [
    ('{"bytes":5}', {"bytes": 5, "region": "eu"}),
    (' {\n "bytes" : 5.25 , "a":"b"} \r\n', {"bytes": 5.25, "a": "b", "region": "eu"}),
    ('{"a":{"b":[1,{}]}}', {"a": {"b": [1, {}]}, "region": "eu"}),
    ('{"a":1e3,"b":null}', {"a": 1e3, "b": None, "region": "eu"}),
    ('{"a":"{\\"region\\":1}"}', {"a": '{"region":1}', "region": "eu"}),
    ("{}", {"region": "eu"}),
    ("null", {"region": "eu"}),
    ("", {"region": "eu"}),
    (None, {"region": "eu"}),
    ('{"region":"us"}', "duplicate_key"),
    ('{"a":1,"a":1}', "duplicate_key"),
    ('{"a":{"b":1,"b":2}}', "duplicate_key"),
    ('{"a":{"region":1},"region":2}', "duplicate_key"),
    ("[1]", "bad_type"),
    ('"text"', "bad_type"),
    ("5", "bad_type"),
    ('{"a":1', "not_json"),
    ('{"a":NaN}', "not_json"),
    ('{"a":1},"b":{"c":1}', "not_json"),
    ("{'a':1}", "not_json"),
    ('{"a":"\\u0000"}', "bad_encoding"),
    ('{"a":"\\ud800"}', "bad_encoding"),
    ('{"a":' + "[" * 31 + "]" * 31 + "}", "too_large"),
    ('{"a":"' + "x" * 65_536 + '"}', "too_large"),
    (json.dumps({f"k{n}": n for n in range(2_000)}), "too_many_properties"),
]


def columns(count: int, **more: object) -> dict:
    """The columns of `count` events, t0 on."""
    rows = [event(f"t{number}", properties=None) for number in range(count)]
    return {name: [row[name] for row in rows] for name in rows[0]} | more


def csv_file(folder: Path, table: dict) -> Path:
    """A CSV file; None is an empty cell."""
    path = folder / "events.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
    return path


def parquet_file(folder: Path, table: dict) -> Path:
    """A Parquet file."""
    path = folder / "events.parquet"
    pq.write_table(pa.table(table), path)
    return path


@pytest.mark.parametrize("make", [csv_file, parquet_file])
def test_json_text_beside_other_columns(tmp_path: Path, make) -> None:
    texts = [text for text, _ in TEXTS]
    table = columns(len(TEXTS), properties=texts, region=["eu"] * len(TEXTS))
    report = land(tmp_path, make(tmp_path, table))
    expected = [what for _, what in TEXTS]
    assert report.accepted == sum(isinstance(what, dict) for what in expected)
    codes = [what for what in expected if isinstance(what, str)]
    assert report.rejected_by_reason == {code: codes.count(code) for code in sorted(set(codes))}
    rows = {row["transaction_id"]: row for row in landed(tmp_path)}
    for number, what in enumerate(expected):
        if isinstance(what, dict):
            assert json.loads(rows[f"t{number}"]["properties"]) == what


@pytest.mark.parametrize("make", [csv_file, parquet_file])
def test_it_says_the_same_as_a_line_of_json(tmp_path: Path, make) -> None:
    """The same properties as NDJSON, to the text and the canonical texts of S-15."""
    texts = [
        '{"a":1.0,"b":"x"}', '{"n":{"z":1,"a":2.50}}', '{"e":1e-7,"l":12345678901234567}',
        '{"minus":-0}',
    ]  # fmt: skip
    land(tmp_path / "one", make(tmp_path, columns(len(texts), properties=texts)))
    lines = [
        json.dumps(event(f"t{number}", properties=None))[:-1] + f',"properties":{text}}}'
        for number, text in enumerate(texts)
    ]
    land(tmp_path / "two", write(tmp_path / "events.ndjson", "\n".join(lines)))
    one, two = landed(tmp_path / "one"), landed(tmp_path / "two")
    assert one == two


def test_a_struct_is_its_fields(tmp_path: Path) -> None:
    structs = [
        {"bytes": 5, "region": None, "inside": {"a": 1}},
        None,
        {"bytes": None, "region": "us", "inside": None},
    ]
    table = columns(3, properties=structs, region=["eu", "eu", "eu"])
    report = land(tmp_path, parquet_file(tmp_path, table))
    assert report.rejected_by_reason == {"duplicate_key": 1}
    assert [json.loads(row["properties"]) for row in landed(tmp_path)] == [
        {"bytes": 5, "inside": {"a": 1}, "region": "eu"},
        {"region": "eu"},
    ]


def test_a_map_is_its_members(tmp_path: Path) -> None:
    kind = pa.map_(pa.string(), pa.float64())
    maps = pa.array([[("bytes", 5.5)], None, [("a", 1.0), ("a", 2.0)], []], kind)
    report = land(tmp_path, parquet_file(tmp_path, columns(4, properties=maps)))
    assert report.rejected_by_reason == {"duplicate_key": 1}
    assert [json.loads(row["properties"] or "{}") for row in landed(tmp_path)] == [
        {"bytes": 5.5}, {}, {},
    ]  # fmt: skip


def test_another_type_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = parquet_file(tmp_path, columns(1, properties=[5]))
    with pytest.raises(LandingError, match=r"column properties .* JSON text, a struct or a map"):
        land(tmp_path, path)


@pytest.mark.parametrize("text", ['{"a":[1],"a":2}', "[1]", '{"a":1'])
def test_nothing_of_a_rejected_row_is_lost(tmp_path: Path, text: str) -> None:
    table = columns(1, properties=[text], region=["north"])
    assert land(tmp_path, parquet_file(tmp_path, table)).rejected == 1
    (path,) = (tmp_path / "quarantine").glob("*.parquet")
    raw = pq.read_table(path)["raw"][0].as_py().decode()
    kept = json.loads(raw)["properties"]
    assert kept == [text, {"region": "north"}]
