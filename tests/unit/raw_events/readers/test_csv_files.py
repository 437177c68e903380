"""Guards against a cell that becomes another value, and a bad record that costs good ones."""

import csv
import io
import json
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raw_events.common.errors import LandingError
from raw_events.quarantine.actions import list_rejected
from raw_events.readers import text
from raw_events.validation.line_places import Lines
from raw_events.validation.records import RecordValidator
from tests.unit.raw_events.event_cases import AS_OF, land, landed, write

HEADER = "timestamp,transaction_id,customer_id,event_type,region,n\r\n"


def record(id: str, *properties: str) -> str:
    """A record with these cells as properties."""
    return ",".join(["2026-01-30T10:00:00Z", id, "acme", "api_call", *properties]) + "\r\n"


def properties(home: Path) -> dict[str, dict | None]:
    """Landed properties by transaction id."""
    return {
        row["transaction_id"]: json.loads(row["properties"]) if row["properties"] else None
        for row in landed(home)
    }


def test_cells_are_text_and_empty_ones_absent(tmp_path: Path) -> None:
    content = HEADER + record("a", "eu", "007") + record("b", "", '""') + record("c", "null", "1.0")
    land(tmp_path, write(tmp_path / "events.csv", b"\xef\xbb\xbf" + content.encode()))
    assert properties(tmp_path) == {
        "a": {"region": "eu", "n": "007"},
        "b": None,
        "c": {"region": "null", "n": "1.0"},
    }


def test_quotes(tmp_path: Path) -> None:
    content = (
        HEADER + record("a", '"x, ""y"""', '"two\r\nlines"') + "\r\n" + record("b", '"é"', "1")
    )
    land(tmp_path, write(tmp_path / "events.csv", content))
    assert properties(tmp_path) == {
        "a": {"region": 'x, "y"', "n": "two\r\nlines"},
        "b": {"region": "é", "n": "1"},
    }


def test_a_bad_record_costs_no_other(tmp_path: Path) -> None:
    content = (
        HEADER
        + record("a", "eu", "1")
        + record("short")
        + record("open", '"eu', "2")
        + record("b", "eu", '"3"')
        + record("stray", 'e"u', "2")
        + record("c", "eu", "4")
        + record("long", "x" * 1024 * 1024, "")
    )
    bad = b"\xff" + record("latin", "1", "1").encode() + record("nul", "\0", "1").encode()
    report = land(tmp_path, write(tmp_path / "events.csv", content.encode() + bad))
    assert list(properties(tmp_path)) == ["a", "b", "c"]
    assert report.rejected_by_reason == {"bad_encoding": 2, "not_json": 3, "too_large": 1}
    kept = list_rejected(tmp_path)
    assert [event.line_number for event in kept] == [3, 4, 6, 8, 9, 10]
    assert kept[0].raw == record("short").encode().rstrip()
    assert "4 cells, the header 6" in kept[0].reason


def test_a_quoted_cell_may_lie_across_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "_READ_BYTES", 64)
    monkeypatch.setattr(text.TextFile.chunks, "__defaults__", (128,))
    cell = '"' + "one\ntwo\n" * 50 + '"'
    content = HEADER + "".join(record(f"t{n}", cell, str(n)) for n in range(5))
    report = land(tmp_path, write(tmp_path / "events.csv", content))
    assert (report.accepted, report.rejected) == (5, 0)
    assert properties(tmp_path)["t4"] == {"region": cell[1:-1], "n": "4"}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("transaction_id,customer_id,event_type", "no column timestamp"),
        ("a;b;c", "no column transaction_id and no column customer_id"),
        (HEADER.strip() + ",n", "two columns n"),
        (HEADER.strip() + ',"n', "line 1 is not a CSV header"),
    ],
)
def test_a_header_that_fits_no_event(tmp_path: Path, header: str, message: str) -> None:
    with pytest.raises(LandingError, match=message):
        land(tmp_path, write(tmp_path / "events.csv", f"{header}\n{record('a')}"))


def test_a_header_alone_is_a_batch_without_events(tmp_path: Path) -> None:
    report = land(tmp_path, write(tmp_path / "events.csv", HEADER))
    assert (report.accepted, report.rejected, report.log_version) == (0, 0, 1)


cells = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8
) | st.text(',"\n\r', max_size=4)


@settings(max_examples=40)
@given(rows=st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=20))
def test_reads_what_python_writes(con: duckdb.DuckDBPyConnection, rows: list[list[str]]) -> None:
    written = []
    for number, row in enumerate(rows):
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerow(["2026-01-30T10:00:00Z", f"t{number}", "acme", "x", *row])
        written.append(buffer.getvalue().removesuffix("\r\n").encode())
    validate = RecordValidator(
        ["timestamp", "transaction_id", "customer_id", "event_type", "a", "b"]
    )
    lines = Lines.of(written)
    numbers = np.arange(len(rows))
    validated, _ = validate.validate(con, lines, numbers, AS_OF)
    found = [json.loads(row["properties"] or "{}") for row in validated.to_pylist()]
    expected = [{k: v for k, v in zip("ab", row, strict=True) if v} for row in rows]
    assert found == expected
