"""Files of others through one door: guards against what waits for ever or leads away (S-67)."""

import hashlib
import os
from pathlib import Path

import pytest

from raw_events.common.errors import LandingError
from raw_events.common.plain_file import NotPlain, has_content, holes, open_plain
from raw_events.common.source_file import SourceFile
from tests.hostile.in_time import in_time


@pytest.mark.parametrize(
    "make",
    [
        os.mkfifo,
        os.mkdir,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("/nowhere"),
        lambda path: path.symlink_to(path.with_name("real")),
    ],
)
def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path, make) -> None:
    (tmp_path / "real").write_bytes(b"x")
    make(tmp_path / "it")
    with in_time():
        with pytest.raises(NotPlain):
            open_plain(tmp_path / "it")
        assert not has_content(tmp_path / "it", 1, hashlib.sha256(b"x").hexdigest())


def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(OSError, match="link"):
        open_plain(tmp_path / "link" / "file")
    with open_plain(tmp_path / "link" / "file", follow=True) as file:
        assert file.read() == b"x"
    with pytest.raises(LandingError):
        SourceFile(tmp_path / "link" / "file", alone=True)


def test_a_device_is_refused_before_it_is_opened() -> None:
    with pytest.raises(NotPlain, match="device"):
        open_plain(Path("/dev/null"), follow=True)


def test_a_file_has_its_bytes_and_no_more(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"abc").hexdigest()
    for content, same in ((b"abc", True), (b"abd", False), (b"abcd", False), (b"ab", False)):
        (tmp_path / "file").write_bytes(content)
        assert has_content(tmp_path / "file", 3, digest) is same


def test_terabytes_of_holes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "holes.ndjson"
    path.write_bytes(b"{}\n")
    os.truncate(path, 4 << 40)
    with path.open("rb") as file:
        assert holes(file, 1000) > 1000
        assert file.tell() == 0
    with in_time(), pytest.raises(LandingError, match="holes"):
        SourceFile(path)
    path.write_bytes(b"{}\n")
    with path.open("rb") as file:
        assert holes(file, 1000) == 0
