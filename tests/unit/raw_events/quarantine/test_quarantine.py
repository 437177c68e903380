"""Guards against a rejected event that is lost, or that lands twice (S-7)."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from raw_events.common.errors import ClockWentBack, QuarantineError
from raw_events.log.event_log import EventLog
from raw_events.log.verify import verify_log
from raw_events.quarantine.actions import (
    Selection,
    count_rejected,
    export,
    list_rejected,
    rejected_counts,
    replay,
    show,
    waive,
)
from tests.unit.raw_events.event_cases import AS_OF, land, landed, line, write

LATER = AS_OF + timedelta(days=2)
AHEAD = "2026-02-02T00:00:00Z"
CSV = "transaction_id,customer_id,event_type,timestamp,note\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Rejected events of three files: two ahead of their time in each of two, two broken."""
    lines = [line("a", timestamp=AHEAD), "broken", line("b"), line("c", timestamp=AHEAD)]
    land(tmp_path, write(tmp_path / "one.ndjson", "\n".join(lines)))
    records = [f"d,acme,x,{AHEAD},", f'e,acme,x,{AHEAD},"two\nlines"', "f,acme"]
    land(tmp_path, write(tmp_path / "two.csv", CSV + "\n".join(records)), source="s3")
    land(tmp_path, write(tmp_path / "three.ndjson", line("g")))
    return tmp_path


def codes(home: Path, **selection: object) -> list[tuple[str, str, str]]:
    """(end of id, reason code, status) of rejected events."""
    found = list_rejected(home, Selection(**selection))
    return [(event.id.split("-")[1], event.reason_code, event.status) for event in found]


def test_an_empty_quarantine(tmp_path: Path) -> None:
    assert list_rejected(tmp_path) == []
    assert rejected_counts(tmp_path, -1, -1) == []
    with pytest.raises(QuarantineError, match="no such events"):
        replay(tmp_path, AS_OF)


def test_list_and_its_filters(home: Path) -> None:
    everything = [
        ("1", "in_future", "open"),
        ("2", "not_json", "open"),
        ("4", "in_future", "open"),
        ("2", "in_future", "open"),
        ("3", "in_future", "open"),
        ("5", "not_json", "open"),
    ]
    assert codes(home) == everything
    assert codes(home, source="s3") == everything[3:]
    assert codes(home, file="one.ndjson", reason_code="not_json") == everything[1:2]
    assert codes(home, file=EventLog(home).entries(0, 1)[0].batch_id[:8]) == everything[:3]
    assert len(list_rejected(home, limit=2)) == 2
    assert [(row[0], row[3], row[5]) for row in count_rejected(home)] == [
        ("one.ndjson", "in_future", 2),
        ("one.ndjson", "not_json", 1),
        ("two.csv", "in_future", 2),
        ("two.csv", "not_json", 1),
    ]


def test_show(home: Path) -> None:
    first = list_rejected(home)[1]
    assert show(home, first.id) == first
    assert (first.raw, first.line_number, first.file_name) == (b"broken", 2, "one.ndjson")
    assert "RFC 8259" in first.reason
    with pytest.raises(QuarantineError, match="meterhouse quarantine list"):
        show(home, "nothing-1")


def test_a_replay_lands_what_is_valid_now_once(home: Path) -> None:
    report = replay(home, LATER)
    assert (report.landed, report.still_rejected, report.log_version) == (4, 2, 4)
    assert report.rejected_by_reason == {"not_json": 2}
    new = landed(home)[2:]
    assert [(row["transaction_id"], row["source"]) for row in new] == [
        ("a", "files"),
        ("c", "files"),
        ("d", "s3"),
        ("e", "s3"),
    ]
    assert new[3]["properties"] == r'{"note":"two\nlines"}'
    assert {row["received_at"] for row in new} == {LATER}
    assert codes(home, status="replayed") == [
        (number, "in_future", "replayed") for number in ("1", "4", "2", "3")
    ]
    again = replay(home, LATER)
    assert (again.landed, again.still_rejected, again.log_version) == (0, 2, None)
    assert len(landed(home)) == 6


def test_a_replay_of_some(home: Path) -> None:
    first, *_, last = list_rejected(home)
    assert replay(home, LATER, Selection(ids=(first.id, last.id))).landed == 1
    with pytest.raises(QuarantineError, match=r"is not open: it is replayed \(log version 4\)"):
        replay(home, LATER, Selection(ids=(first.id,)))
    with pytest.raises(ClockWentBack):
        replay(home, AS_OF)


def test_counts_take_back_what_was_replayed(home: Path) -> None:
    log = EventLog(home)
    day = AS_OF.date()
    before = [
        (1, day, "files", "in_future", 2),
        (1, day, "files", "not_json", 1),
        (2, day, "s3", "in_future", 2),
        (2, day, "s3", "not_json", 1),
    ]
    assert rejected_counts(home, -1, log.version()) == before
    replay(home, LATER)
    assert rejected_counts(home, 3, log.version()) == [
        (4, day, "files", "in_future", -2),
        (4, day, "s3", "in_future", -2),
    ]
    assert rejected_counts(home, -1, 3) == before


def test_corrected_events_take_their_place(home: Path) -> None:
    chosen = Selection(file="one.ndjson", reason_code="not_json")
    path = home / "fix.ndjson"
    assert export(home, path, chosen) == 1
    assert path.read_bytes() == b"broken\n"
    write(path, "still broken")
    assert replay(home, LATER, corrected=path).still_rejected == 1
    write(path, line("fixed"))
    assert replay(home, LATER, corrected=path).landed == 1
    assert landed(home)[-1]["transaction_id"] == "fixed"
    again = replay(home, LATER, corrected=path)
    assert (again.landed, again.settled) == (0, 1)
    assert again.before[0][1:] == ("replayed", "log version 4")


def test_a_file_that_is_corrected_in_two_goes_lands_each_event_once(home: Path) -> None:
    """The second time the rest is taken, and what landed before is said, not refused (S-7)."""
    path = home / "fix.ndjson"
    count = export(home, path, Selection(file="one.ndjson"))
    assert count > 2
    write(path, "\n".join([line("first"), *["still broken"] * (count - 1)]))
    assert replay(home, LATER, corrected=path).landed == 1
    second = (home / "fix.ndjson.ids").read_text().split()[1]
    waive(home, Selection(ids=(second,)), "not ours", LATER)
    assert verify_log(EventLog(home)) == []
    (path,) = (home / "quarantine").glob("waived-*.parquet")
    whole = path.read_bytes()
    path.write_bytes(whole[:60] + bytes([whole[60] ^ 1]) + whole[61:])
    (problem,) = verify_log(EventLog(home))
    assert problem.file == f"quarantine/{path.name}"


def test_what_killed_landings_left_goes_after_a_day(home: Path) -> None:
    fresh, old = (home / "raw_events" / f".writing-{name}.tmp" for name in ("1-a", "2-b"))
    for path in (fresh, old):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    land(home, write(home / "four.ndjson", line("h")))
    assert fresh.is_file() and not old.exists()


def test_a_missing_file_is_named(home: Path) -> None:
    entry = EventLog(home).entries(0, 1)[0]
    (home / "quarantine" / entry.quarantine["path"]).unlink()
    with pytest.raises(QuarantineError, match="is missing; restore it"):
        list_rejected(home)
