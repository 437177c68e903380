"""Guards against an acknowledged line that the disk does not have, and one that counts half."""

import errno
import fcntl
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from raw_events.segments import writer as writer_module
from raw_events.segments.names import OPEN, SEALED, segments
from raw_events.segments.seal import seal
from raw_events.segments.writer import SegmentWriter

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def writer(home: Path, **limits: float) -> SegmentWriter:
    return SegmentWriter(home, "app", lambda: NOW, **limits)


def content(home: Path, ending: str = OPEN) -> list[bytes]:
    return [segment.path.read_bytes() for segment in segments(home, ending)]


def test_lines_are_appended_to_one_segment(tmp_path: Path) -> None:
    app = writer(tmp_path)
    app.commit(b"a\nb\n")
    app.commit(b"c\n")
    assert content(tmp_path) == [b"a\nb\nc\n"]
    app.seal()
    app.commit(b"d\n")
    assert content(tmp_path, SEALED) == [b"a\nb\nc\n"] and content(tmp_path) == [b"d\n"]


def test_a_folder_that_somebody_removed_is_made_again(tmp_path: Path) -> None:
    app = writer(tmp_path)
    app.commit(b"a\n")
    shutil.rmtree(tmp_path / "segments" / "app")
    app.commit(b"b\n")
    assert content(tmp_path) == [b"b\n"]


def test_file_and_folders_are_synced_before_the_commit_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(writer_module, "sync_path", synced.append)
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda fd: (synced.append("file"), real(fd)))
    app = writer(tmp_path)
    app.commit(b"a\n")
    folder = tmp_path / "segments"
    assert synced == [folder, tmp_path, folder / "app", "file"]
    app.commit(b"b\n")
    assert synced[4:] == ["file"]


def test_a_full_segment_and_an_old_one_are_sealed(tmp_path: Path) -> None:
    app = writer(tmp_path, most_bytes=4, most_seconds=0)
    app.commit(b"a\n")
    assert content(tmp_path, SEALED) == []
    app.commit(b"b\n")
    assert content(tmp_path, SEALED) == [b"a\nb\n"]
    app.commit(b"c\n")
    app.seal_if_old()
    assert sorted(content(tmp_path, SEALED)) == [b"a\nb\n", b"c\n"]


def test_a_write_that_stops_short_is_cut_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = writer(tmp_path)
    app.commit(b"a\n")
    real = os.write

    def short(descriptor: int, data: memoryview) -> int:
        if len(data) > 3:
            return real(descriptor, data[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "write", short)
        with pytest.raises(OSError, match="No space"):
            app.commit(b"bbb\n")
    assert content(tmp_path) == [b"a\n"]
    app.commit(b"c\n")
    assert content(tmp_path) == [b"a\nc\n"]


def test_what_cannot_be_cut_back_is_left_to_whoever_seals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = writer(tmp_path)
    app.commit(b"a\n")
    real = os.write

    def short(descriptor: int, data: memoryview) -> int:
        real(descriptor, data[:2])
        raise OSError(errno.EIO, "Input/output error")

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", short)
        broken.setattr(os, "ftruncate", refuse)
        with pytest.raises(OSError, match="Input/output"):
            app.commit(b"bbb\n")
    app.commit(b"c\n")
    for segment in segments(tmp_path, OPEN):
        seal(segment.path, NOW)
    assert sorted(content(tmp_path, SEALED)) == [b"a\n", b"c\n"]


def test_after_a_failed_sync_the_file_is_never_synced_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = writer(tmp_path)
    app.commit(b"a\n")
    real, synced = os.fdatasync, []

    def failing(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", failing)
        with pytest.raises(OSError, match="Input/output"):
            app.commit(b"b\n")
    before = segments(tmp_path, OPEN)[0]

    def noted(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", noted)
    app.commit(b"c\n")
    assert synced and before.path.stat().st_ino not in synced
    # What was acknowledged stays; what was not does not count.
    assert sorted(content(tmp_path)) == [b"a\n", b"c\n"]


def test_anybody_may_seal_at_any_time(tmp_path: Path) -> None:
    app = writer(tmp_path)
    app.commit(b"a\n")
    sealed = seal(segments(tmp_path, OPEN)[0].path, NOW + timedelta(seconds=1))
    assert sealed is not None and sealed.read_bytes() == b"a\n"
    app.commit(b"b\n")
    assert content(tmp_path) == [b"b\n"] and content(tmp_path, SEALED) == [b"a\n"]
    os.unlink(sealed)
    app.commit(b"c\n")
    assert content(tmp_path) == [b"b\nc\n"]


def test_a_segment_whose_writer_is_at_work_is_left(tmp_path: Path) -> None:
    app = writer(tmp_path)
    app.commit(b"a\n")
    path = segments(tmp_path, OPEN)[0].path
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert seal(path, NOW, patience=0.01) is None
        # The door does not wait for whoever keeps it either.
        app.commit(b"b\n")
    assert sorted(content(tmp_path)) == [b"a\n", b"b\n"]


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"", None), (b"half", None), (b"a\nhal", b"a\n"), (b"a\n" + b"x" * 200_000, b"a\n")],
)
def test_a_torn_segment_is_cut_behind_its_last_whole_line(
    tmp_path: Path, before: bytes, after: bytes | None
) -> None:
    app = writer(tmp_path)
    app.commit(b"z\n")
    path = segments(tmp_path, OPEN)[0].path
    path.write_bytes(before)
    sealed = seal(path, NOW)
    assert (sealed.read_bytes() if sealed else None) == after
    assert not path.exists()
