"""Links, pipes and folders in the place of a file, of a folder or of the lock (S-67).

Guards against reading or writing elsewhere through a link that somebody put into the drop folder,
also while a file lands, and against waiting for a pipe.
"""

import os
from pathlib import Path

import pytest

from raw_events.common.errors import LandingError
from raw_events.ingest import drop_folder
from raw_events.ingest.landing import land_file
from raw_events.log.event_log import EventLog
from tests.hostile.files import event
from tests.hostile.in_time import in_time
from tests.unit.raw_events.ingest.inbox import AS_OF, GOOD, look, names


def test_a_link_is_not_followed_and_nothing_is_written_through_one(
    tmp_path: Path, inbox: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (inbox / "landed").symlink_to(elsewhere)
    (inbox / "refused").write_bytes(b"a file")
    (inbox / GOOD).write_bytes(event("good"))
    look(tmp_path)
    look(tmp_path)
    assert names(elsewhere) == set()
    assert names(inbox / "landed") == {GOOD, f"{GOOD}.report.txt"}
    assert {"landed.not-a-folder", "refused.not-a-folder"} <= names(inbox / "refused")


@pytest.mark.parametrize(
    "make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.mkdir()]
)
def test_what_is_put_in_place_of_a_file_that_has_landed_is_refused(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch, make
) -> None:
    def landed_and_swapped(home: Path, path: Path, *rest: object, **more: object) -> object:
        report = land_file(home, path, *rest, **more)  # type: ignore[arg-type]
        path.unlink()
        make(path)
        return report

    (inbox / GOOD).write_bytes(event("good"))
    (inbox / "z.ndjson").write_bytes(event("z"))
    real, monkeypatched = drop_folder.land_file, []

    def once(home: Path, path: Path, *rest: object, **more: object) -> object:
        swaps = path.name == GOOD and not monkeypatched
        monkeypatched.append(path)
        return (landed_and_swapped if swaps else real)(home, path, *rest, **more)

    monkeypatch.setattr(drop_folder, "land_file", once)
    with in_time():
        looked = look(tmp_path)
    assert looked.refused == [GOOD]
    assert {report.path.name: report.accepted for report in looked.reports} == {
        GOOD: 1,
        "z.ndjson": 1,
    }
    assert GOOD in names(inbox / "refused")
    assert GOOD not in names(inbox / "landed")


def test_a_drop_folder_may_be_a_link_and_nothing_below_it(tmp_path: Path, inbox: Path) -> None:
    inbox.rename(tmp_path / "elsewhere")
    inbox.symlink_to("elsewhere")
    (inbox / GOOD).write_bytes(event("good"))
    assert look(tmp_path).counts()["accepted"] == 1
    (inbox / "landed" / GOOD).write_bytes(event("good") + event("more"))
    assert look(tmp_path).counts()["accepted"] == 2


def test_the_lock_lies_where_others_do_not_write(tmp_path: Path, inbox: Path) -> None:
    secret = tmp_path / "important"
    secret.write_text("keep")
    (inbox / ".lock").symlink_to(secret)
    (inbox / GOOD).write_bytes(event("good"))
    look(tmp_path)
    assert secret.read_text() == "keep"
    assert (tmp_path / drop_folder.LOCK).is_file()


def test_a_file_that_changes_its_kind_while_it_is_read(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.ndjson"
    secret.write_bytes(event("secret"))
    (inbox / GOOD).write_bytes(event("good"))
    real = os.open

    def swapped(path: object, *rest: object, **more: object) -> int:
        opened = real(path, *rest, **more)  # type: ignore[arg-type]
        if str(path).endswith(GOOD) and (inbox / GOOD).exists():
            (inbox / GOOD).unlink()
            (inbox / GOOD).symlink_to(secret)
        return opened

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", swapped)
        look(tmp_path)
    assert EventLog(tmp_path).version() == -1 or not EventLog(tmp_path).entries(-1, 9)


def test_a_person_may_name_a_link_but_no_pipe(tmp_path: Path) -> None:
    (tmp_path / "real.ndjson").write_bytes(event("real"))
    (tmp_path / "link.ndjson").symlink_to("real.ndjson")
    os.mkfifo(tmp_path / "pipe.ndjson")
    assert land_file(tmp_path, tmp_path / "link.ndjson", None, AS_OF).accepted == 1
    with pytest.raises(LandingError, match="pipe"):
        land_file(tmp_path, tmp_path / "pipe.ndjson", None, AS_OF)
