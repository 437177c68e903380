"""The drop folder: what lies there is landed once and moved aside; what still grows is left.

It is a way in like any other: the same landing, with a source of its own (S-60).
"""

from datetime import UTC, datetime

import pytest

from raw_events.common.errors import ClockWentBack
from raw_events.ingest.drop_folder import land_drop_folder, waiting_files
from raw_events.log.event_log import EventLog

EVENT = (
    '{"transaction_id":"%s","customer_id":"a","event_type":"e",'
    '"timestamp":"2026-01-01T00:00:00Z"}\n'
)
AS_OF = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def drop(tmp_path, monkeypatch):
    """Puts a file into the drop folder that counts as one that nobody writes to any more."""
    monkeypatch.setattr("raw_events.ingest.drop_folder.SETTLED_AFTER_SECONDS", 0.0)

    def put(name: str, content: str) -> None:
        path = tmp_path / "inbox" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)

    return put


def names(folder) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def test_no_folder_nothing_to_do(tmp_path):
    assert land_drop_folder(tmp_path, lambda: AS_OF).counts() == {}


def test_good_files_land_and_bad_ones_are_refused_each_with_a_report(tmp_path, drop):
    drop("a.ndjson", EVENT % 1 + "not json\n")
    drop("empty.ndjson", "")
    drop("notes.docx", "hello")
    counts = land_drop_folder(tmp_path, lambda: AS_OF).counts()
    assert counts == {"files": 1, "refused files": 2, "accepted": 1, "rejected": 1}
    inbox = tmp_path / "inbox"
    assert names(inbox / "landed") == {"a.ndjson", "a.ndjson.report.txt"}
    assert "not_json 1" in (inbox / "landed" / "a.ndjson.report.txt").read_text()
    assert "empty" in (inbox / "refused" / "empty.ndjson.report.txt").read_text()
    assert waiting_files(tmp_path) == []


def test_the_same_name_and_the_same_bytes_again(tmp_path, drop):
    for content in (EVENT % 1, EVENT % 2, EVENT % 1):
        drop("a.ndjson", content)
        land_drop_folder(tmp_path, lambda: AS_OF)
    landed = tmp_path / "inbox" / "landed"
    assert {"a.ndjson", "a.ndjson.2", "a.ndjson.3"} <= names(landed)
    assert "landed before" in (landed / "a.ndjson.3.report.txt").read_text()
    assert (
        sum(c.accepted for c in EventLog(tmp_path).entries(-1, EventLog(tmp_path).version())) == 2
    )


def test_unfinished_and_hidden_files_stay(tmp_path, drop):
    for name in (".a.ndjson", "b.ndjson.part", "c.tmp"):
        drop(name, EVENT % 1)
    assert land_drop_folder(tmp_path, lambda: AS_OF).counts() == {}


def test_a_file_that_grows_while_we_look_stays(tmp_path, drop, monkeypatch):
    drop("a.ndjson", EVENT % 1)
    growing = tmp_path / "inbox" / "a.ndjson"

    def meanwhile(_seconds):
        growing.write_text(EVENT % 1 + EVENT % 2)

    monkeypatch.setattr("raw_events.ingest.drop_folder.SETTLED_AFTER_SECONDS", 2.0)
    monkeypatch.setattr("time.sleep", meanwhile)
    landed = land_drop_folder(tmp_path, lambda: AS_OF)
    assert (landed.left, landed.counts()["files"]) == (["a.ndjson"], 0)
    assert landed.stays == ["left inbox/a.ndjson: it is still growing; the next look takes it"]
    assert growing.exists()


def test_a_refused_clock_refuses_no_file(tmp_path, drop):
    drop("a.ndjson", EVENT % 1)
    land_drop_folder(tmp_path, lambda: AS_OF)
    drop("b.ndjson", EVENT % 2)
    with pytest.raises(ClockWentBack):
        land_drop_folder(tmp_path, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    assert [path.name for path, _ in waiting_files(tmp_path)] == ["b.ndjson"]
