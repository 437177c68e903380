"""A file never stops a run (S-67): each ends where it should, and the good one beside it lands.

The files are in tests/hostile/files.py; the large ones of them are tried by tests/long. What is no
file, or becomes another while it lands: test_links_and_pipes.py.
"""

import os
import stat
import time
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from raw_events.common.errors import CannotWrite, LandingError, UnreadableFile
from raw_events.common.files import ParquetFolder
from raw_events.ingest import drop_folder
from raw_events.ingest.drop_folder import waiting_files
from raw_events.ingest.landing import land_file
from raw_events.ingest.tries import FILE, TRIES
from raw_events.log.event_log import EventLog
from raw_events.readers.chunk import Chunk
from raw_events.readers.ndjson import NdjsonReader
from tests.hostile.files import REPORTS, SMALL, Hostile, content, event, put
from tests.hostile.in_time import in_time
from tests.unit.raw_events.ingest.inbox import AS_OF, GOOD, look, names


def test_each_hostile_file_ends_where_it_should_and_the_good_one_lands(
    tmp_path: Path, inbox: Path
) -> None:
    put(SMALL, inbox)
    (inbox / GOOD).write_bytes(event("good"))
    with in_time(300):
        landed = look(tmp_path)
    ends = {
        file.name: [place for place in ("landed", "refused") if file.name in names(inbox / place)]
        for file in SMALL
    }
    assert ends == {file.name: [file.ends] for file in SMALL}
    assert GOOD in names(inbox / "landed")
    assert names(inbox) == {"landed", "refused"}
    assert waiting_files(tmp_path) == []
    for place in ("landed", "refused"):
        reports = {name for name in names(inbox / place) if name.endswith(".report.txt")}
        assert len(reports) == len(names(inbox / place)) - len(reports)
    assert len(landed.refused) == sum(file.ends == "refused" for file in SMALL)
    assert not (tmp_path / FILE).exists()
    # What people read of it has nothing that a terminal would obey.
    texts = [path.read_text("utf-8") for path in inbox.glob("*/*.report.txt")]
    seen = {unicodedata.category(c) for c in "".join(texts).replace("\n", "")}
    assert not seen & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_hostile_report_stops_nothing(tmp_path: Path, inbox: Path, report: Hostile) -> None:
    (inbox / "landed").mkdir()
    report.make(inbox / "landed" / "old.ndjson.report.txt")
    # Only what changed after its report is looked at.
    (inbox / "landed" / "old.ndjson").write_bytes(event("old"))
    (inbox / GOOD).write_bytes(event("good"))
    with in_time():
        looked = look(tmp_path)
    assert GOOD in names(inbox / "landed")
    # Landed where the report says another size than the file has.
    assert looked.counts()["files"] == (2 if report.ends == "landed" else 1)
    assert looked.left == []


def test_what_grows_after_it_was_landed_lands_as_another_batch(tmp_path: Path, inbox: Path) -> None:
    (inbox / GOOD).write_bytes(event("first"))
    with (inbox / GOOD).open("ab") as still_open:
        look(tmp_path)
        still_open.write(event("second"))
    look(tmp_path)
    log = EventLog(tmp_path)
    assert [entry.accepted for entry in log.entries(-1, log.version())] == [1, 2]
    assert (
        f"size {2 * len(event('first')) + 1} bytes"
        in (inbox / "landed" / f"{GOOD}.report.txt").read_text()
    )
    assert look(tmp_path).counts() == {}


def test_a_file_that_ends_the_process_is_refused_at_last(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "killer.ndjson").write_bytes(event("killer"))
    (inbox / "z.ndjson").write_bytes(event("good"))

    class Killed(BaseException):
        """As if the process ended: nothing is cleaned up."""

    def die(*_: object, **__: object) -> None:
        (tmp_path / "note").write_bytes((tmp_path / FILE).read_bytes())
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(drop_folder, "land_file", die)
        for _ in range(TRIES):
            with pytest.raises(Killed):
                look(tmp_path)
            (tmp_path / "note").rename(tmp_path / FILE)
    look(tmp_path)
    assert names(inbox / "refused") == {"killer.ndjson", "killer.ndjson.report.txt"}
    assert "z.ndjson" in names(inbox / "landed")


@pytest.mark.parametrize(
    "error", [RuntimeError("a library\x1b[2J"), MemoryError(), RecursionError()]
)
def test_an_error_that_nobody_foresaw_refuses_one_file(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("raw_events.readers.ndjson.validate_lines", broken)
        (inbox / "a.ndjson").write_bytes(event("a"))
        with pytest.raises(UnreadableFile):
            land_file(tmp_path, inbox / "a.ndjson", None, AS_OF)
        assert look(tmp_path).refused == ["a.ndjson"]
    assert "\x1b" not in (inbox / "refused" / "a.ndjson.report.txt").read_text()


def test_a_file_that_turns_out_bad_closes_nothing_that_is_still_written(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing a file under the thread that writes it ended the process."""
    steps: list[str] = []
    write, leave = ParquetFolder.write, ParquetFolder.__exit__

    def slow(self: ParquetFolder, rows: pa.Table) -> None:
        time.sleep(0.2)
        write(self, rows)
        steps.append("written")

    def left(self: ParquetFolder, *error: object) -> None:
        steps.append("closed")
        leave(self, *error)

    def broken(self: NdjsonReader, con: object, as_of: datetime) -> Iterator[Chunk]:
        yield next(chunks(self, con, as_of))
        raise LandingError("the next part of it is bad")

    chunks = NdjsonReader.chunks
    monkeypatch.setattr(ParquetFolder, "write", slow)
    monkeypatch.setattr(ParquetFolder, "__exit__", left)
    monkeypatch.setattr(NdjsonReader, "chunks", broken)
    (inbox / "a.ndjson").write_bytes(event("a"))
    assert look(tmp_path).refused == ["a.ndjson"]
    assert steps == ["written", "closed", "closed"]


def test_a_full_disk_refuses_nothing(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (inbox / GOOD).write_bytes(event("good"))
    with monkeypatch.context() as patch:
        patch.setattr(EventLog, "append", full)
        with pytest.raises(CannotWrite, match="No space left"):
            look(tmp_path)
    assert GOOD in names(inbox)
    assert look(tmp_path).counts()["accepted"] == 1


def test_nothing_of_it_is_for_everybody(tmp_path: Path, inbox: Path) -> None:
    before = os.umask(0o027)
    try:
        content(event("good"))(inbox / GOOD)
        look(tmp_path)
    finally:
        os.umask(before)
    for path in (tmp_path / "raw_events").rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o007, path
