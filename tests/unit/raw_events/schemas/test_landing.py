"""Every way in is judged by what is published, and by nothing else (S-60, S-64)."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from raw_events.collectors.records import Record, RecordsReader
from raw_events.common.errors import SchemasDamaged
from raw_events.ingest.batch import engine
from raw_events.ingest.drop_folder import land_drop_folder
from raw_events.ingest.judging import Judging
from raw_events.log.event_log import EventLog
from raw_events.quarantine.actions import list_rejected
from raw_events.quarantine.rejected import Selection
from raw_events.quarantine.replay import replay
from raw_events.schemas.published import NAME
from tests.unit.raw_events.event_cases import AS_OF, land, landed, line, write
from tests.unit.raw_events.schemas.published import publish, published

SCHEMA: dict[str, Any] = {
    "properties": {
        "minutes": {"type": "number", "minimum": 0, "maximum": 1440},
        "model": {"type": "string", "enum": ["small", "large"]},
        "tag": {"type": "string", "maxLength": 2},
    },
    "required": ["minutes"],
    "additionalProperties": False,
}
# Properties → the rule that they break.
CASES: list[tuple[dict[str, Any], str | None]] = [
    ({"minutes": 12.5, "model": "small"}, None),
    ({"minutes": "12.5"}, None),
    ({"minutes": 1440, "tag": "é😀"}, None),
    ({"minutes": "1440.0000000000001"}, "maximum"),
    ({"minutes": -1}, "minimum"),
    ({"minutes": "n/a"}, "type"),
    ({"minutes": None}, "type"),
    ({"model": "small"}, "required"),
    ({"minutes": 1, "model": "huge"}, "enum"),
    ({"minutes": 1, "tag": "abc"}, "maxLength"),
    ({"minutes": 1, "minuts": 1}, "additionalProperties"),
    ({"minutes": [1]}, "type"),
    ({"minutes": 5, "model": "huge", "extra": {"a": [1]}}, "enum"),
]
BROKEN = [rule for _, rule in CASES if rule]


def ndjson(folder: Path, name: str = "jobs.ndjson", event_type: str = "job") -> Path:
    lines = [
        line(f"{event_type}{at}", event_type=event_type, properties=properties)
        for at, (properties, _) in enumerate(CASES)
    ]
    return write(folder / name, "\n".join(lines) + "\n")


def reasons(home: Path) -> list[str]:
    return [event.reason_code for event in list_rejected(home, Selection(), None)]


def test_quarantine_keeps_them_out_with_the_rule_and_their_bytes(tmp_path: Path):
    home = tmp_path / "home"
    publish(home, published("job", "quarantine", SCHEMA))
    path = ndjson(tmp_path)
    report = land(home, path)
    assert report.rejected == len(BROKEN)
    assert report.accepted == len(CASES) - len(BROKEN)
    assert reasons(home) == [f"schema:{rule}" for rule in BROKEN]
    lines = path.read_bytes().splitlines()
    kept = list_rejected(home, Selection(), None)
    assert [event.raw for event in kept] == [lines[event.line_number - 1] for event in kept]
    assert '"minutes" is "1440.0000000000001", and version 1 of job says maximum 1440' in (
        kept[0].reason
    )
    (entry,) = EventLog(home).entries(0, 1)
    assert entry.schemas == {"job": {"version": 1, "mode": "quarantine", "faults": []}}


def test_report_lets_them_land_and_says_what_they_break(tmp_path: Path):
    home = tmp_path / "home"
    publish(home, published("job", "report", SCHEMA, version=3))
    report = land(home, ndjson(tmp_path))
    assert (report.accepted, report.rejected) == (len(CASES), 0)
    assert "reported by version 3 of job: 1 event, maximum of minutes (string)" in report.notes
    (entry,) = EventLog(home).entries(0, 1)
    assert entry.schemas is not None
    faults = {tuple(fault) for fault in entry.schemas["job"]["faults"]}
    assert faults == {
        ("minutes", "string", "maximum", 1),
        ("minutes", "number", "minimum", 1),
        ("minutes", "string", "type", 1),
        ("minutes", "null", "type", 1),
        ("minutes", "array", "type", 1),
        ("minutes", "absent", "required", 1),
        ("model", "string", "enum", 2),
        ("tag", "string", "maxLength", 1),
        (None, None, "additionalProperties", 2),
    }


def test_other_types_and_no_schemas_are_taken_as_they_are(tmp_path: Path):
    home = tmp_path / "home"
    publish(home, published("job", "quarantine", SCHEMA))
    assert land(home, ndjson(tmp_path, event_type="other")).accepted == len(CASES)
    (entry,) = EventLog(home).entries(0, 1)
    assert entry.schemas is None
    assert "schemas" not in EventLog(home).entry_path(1).read_text()


def test_an_event_keeps_the_reason_that_it_has_without_a_schema(tmp_path: Path):
    home = tmp_path / "home"
    publish(home, published("job", "quarantine", SCHEMA))
    lines = [
        line("a", event_type="job", properties={"minutes": -1}, timestamp="2020-01-01T00:00:00Z"),
        line("b", event_type="job", properties={"minutes": -1}),
        '{"transaction_id":',
        line("c", event_type="job", properties={"minutes": 1}),
    ]
    land(home, write(tmp_path / "mixed.ndjson", "\n".join(lines)))
    assert reasons(home) == ["too_old", "schema:minimum", "not_json"]
    kept = list_rejected(home, Selection(), None)
    assert [event.raw.decode() for event in kept] == lines[:3]


def test_csv_has_texts_and_empty_cells(tmp_path: Path):
    home = tmp_path / "home"
    publish(home, published("job", "quarantine", SCHEMA))
    head = "transaction_id,customer_id,event_type,timestamp,minutes,model\n"
    rows = ["12.5,small", "2000,small", ",small", '12,"hu\nge"', "n/a,"]
    text = head + "".join(
        f"t{at},acme,job,2026-01-30T10:00:00Z,{row}\n" for at, row in enumerate(rows)
    )
    land(home, write(tmp_path / "jobs.csv.gz", gzip.compress(text.encode())))
    assert reasons(home) == [
        "schema:maximum", "schema:required", "schema:enum", "schema:type",
    ]  # fmt: skip
    kept = list_rejected(home, Selection(), None)
    assert kept[2].raw.decode() == 't3,acme,job,2026-01-30T10:00:00Z,12,"hu\nge"'
    assert [row["transaction_id"] for row in landed(home)] == ["t0"]


def test_parquet_rows_are_kept_as_lines(tmp_path: Path):
    home = tmp_path / "home"
    publish(home, published("job", "quarantine", SCHEMA))
    rows = 4
    table = pa.table(
        {
            "transaction_id": [f"t{at}" for at in range(rows)],
            "customer_id": ["acme"] * rows,
            "event_type": ["job"] * rows,
            "timestamp": ["2026-01-30T10:00:00Z"] * rows,
            "minutes": pa.array([1.5, None, 1e300, 3.0]),
            "properties": [None, None, None, '{"model": "huge"}'],
        }
    )
    pq.write_table(table, tmp_path / "jobs.parquet")
    land(home, tmp_path / "jobs.parquet")
    assert reasons(home) == ["schema:required", "schema:maximum", "schema:enum"]
    kept = list_rejected(home, Selection(), None)
    assert json.loads(kept[2].raw)["properties"] == {"model": "huge", "minutes": 3.0}


def test_records_of_a_source_keep_their_places(tmp_path: Path):
    """S-65: what a schema keeps out says where it stood, among what was rejected before."""
    publish(tmp_path, published("job", "quarantine", SCHEMA))
    values = [
        line("a", event_type="job", properties={"minutes": 1}),
        line("b", event_type="job", properties={"minutes": -1}),
        "{",
        line("c", event_type="job", properties={}),
    ]
    records = [Record(value.encode(), f"offset {at}") for at, value in enumerate(values, 17)]
    with engine() as con:
        (chunk,) = RecordsReader([records]).chunks(con, AS_OF)
        judged = Judging(tmp_path).chunk(con, chunk)
    assert judged.validated["reason"].to_pylist() == [
        None, "schema:minimum", "not_json", "schema:required",
    ]  # fmt: skip
    assert judged.places == ("offset 18", "offset 19", "offset 20")
    assert [raw.decode() for raw in judged.raw.to_pylist()] == values[1:]


def test_replay_judges_by_the_newest_published_version(tmp_path: Path):
    home = tmp_path / "home"
    publish(home, published("job", "quarantine", SCHEMA))
    land(home, ndjson(tmp_path))
    report = replay(home, AS_OF)
    assert (report.landed, report.still_rejected) == (0, len(BROKEN))
    wider = {**SCHEMA, "required": [], "additionalProperties": True}
    publish(home, published("job", "quarantine", wider, version=2))
    report = replay(home, AS_OF)
    assert report.landed == BROKEN.count("required") + BROKEN.count("additionalProperties")
    assert report.rejected_by_reason["schema:maximum"] == 1
    (entry,) = EventLog(home).entries(1, 2)
    assert entry.schemas == {"job": {"version": 2, "mode": "quarantine", "faults": []}}


def test_a_damaged_file_stops_landing_and_costs_no_event(tmp_path: Path):
    home = tmp_path / "home"
    publish(home, published("job", "quarantine", SCHEMA))
    (home / NAME).write_text((home / NAME).read_text().replace("1440", "1441"))
    (home / "inbox").mkdir()
    path = ndjson(home / "inbox")
    with pytest.raises(SchemasDamaged, match=r"event_types\.json"):
        land(home, path)
    os.utime(path, (0, 0))
    with pytest.raises(SchemasDamaged):
        land_drop_folder(home, lambda: AS_OF)
    assert path.exists() and EventLog(home).version() < 1


def test_many_values_are_judged_at_once_as_one_by_one(tmp_path: Path):
    """Past FEW different values Arrow decides."""
    home = tmp_path / "home"
    publish(home, published("job", "quarantine", {"properties": SCHEMA["properties"]}))
    lines = [
        line(f"t{at}", event_type="job", properties={"minutes": at / 2, "tag": str(at)})
        for at in range(3_000)
    ]
    report = land(home, write(tmp_path / "many.ndjson", "\n".join(lines)))
    assert report.rejected_by_reason == {"schema:maximum": 119, "schema:maxLength": 2_781}
