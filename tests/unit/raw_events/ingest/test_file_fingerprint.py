"""Guards against a file that lands twice because it is validated before its hash is known."""

import os
import shutil
import time
from pathlib import Path
from threading import Event

import pytest

from raw_events.common.source_file import SourceFile
from raw_events.ingest import file_fingerprint as fingerprint
from raw_events.ingest.file_fingerprint import FileFingerprint
from raw_events.ingest.landing import land_file
from raw_events.log.event_log import EventLog
from raw_events.log.verify import verify_log
from tests.unit.raw_events.event_cases import AS_OF, land, landed, line, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that counts as a large one."""
    return write(tmp_path / "events.ndjson", f"{line('a')}\nbroken\n{line('b')}")


@pytest.fixture
def validated(monkeypatch: pytest.MonkeyPatch) -> Event:
    """No file is small, and hashing ends after this is set: when events have been validated."""
    validated, real = Event(), FileFingerprint._find

    def late(self: FileFingerprint) -> object:
        assert validated.wait(30)
        return real(self)

    monkeypatch.setattr(fingerprint, "_SMALL_BYTES", 0)
    monkeypatch.setattr(FileFingerprint, "_find", late)
    return validated


def files(home: Path) -> list[str]:
    """Files of log and quarantine, those that are being written too."""
    folders = (home / "raw_events", home / "quarantine")
    return sorted(name for folder in folders for _, _, names in os.walk(folder) for name in names)


def test_nothing_is_in_its_place_before_the_hash_is_known(
    tmp_path: Path, path: Path, validated: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, real = [], FileFingerprint._find

    def slow(self: FileFingerprint) -> object:
        found = real(self)
        # Time for whoever would not wait for the hash.
        time.sleep(0.3)
        seen.extend(name for name in files(tmp_path) if not name.startswith(".writing"))
        return found

    monkeypatch.setattr(FileFingerprint, "_find", slow)
    report = land_file(tmp_path, path, None, AS_OF, lambda done, total: validated.set())
    assert seen == []
    assert (report.accepted, report.rejected, report.already_landed) == (2, 1, False)
    assert verify_log(EventLog(tmp_path)) == []


def test_work_on_a_known_file_is_thrown_away(tmp_path: Path, path: Path, validated: Event) -> None:
    validated.set()
    land(tmp_path, path)
    before, steps = files(tmp_path), []
    validated.clear()

    def progress(done: int, total: int) -> None:
        steps.append(done)
        validated.set()

    report = land_file(tmp_path, path, None, AS_OF, progress)
    assert steps, "nothing was validated before the file was recognised: this tests nothing"
    assert (report.accepted, report.already_landed, report.log_version) == (0, True, 1)
    assert files(tmp_path) == before
    assert len(landed(tmp_path)) == 2


@pytest.mark.parametrize("name", ["copy.txt", "copy.parquet"])
def test_a_known_file_needs_no_reader(
    tmp_path: Path, path: Path, validated: Event, name: str
) -> None:
    validated.set()
    land(tmp_path, path)
    shutil.copy(path, tmp_path / name)
    assert land(tmp_path, tmp_path / name).already_landed


def test_a_small_file_is_recognised_before_anything_is_written(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(tmp_path, path)
    monkeypatch.delattr("raw_events.ingest.landing.write_batch")
    assert land(tmp_path, path).already_landed


def test_an_interrupted_landing_does_not_wait_for_the_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sparse, so that it takes no room; reading it takes half a minute."""
    monkeypatch.setattr("raw_events.common.source_file.LONGEST_LINE", 1 << 60)
    path = tmp_path / "large.ndjson"
    with path.open("wb") as file:
        file.truncate(32 << 30)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), FileFingerprint(EventLog(tmp_path), SourceFile(path)):
        raise KeyboardInterrupt
    assert time.monotonic() - started < 5
