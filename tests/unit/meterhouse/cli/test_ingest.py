"""What `meterhouse ingest` and the drop folder say of half a file (S-67).

Guards against events that are missing on an invoice because a copy ended early and nobody was told.
"""

import gzip
import os
from pathlib import Path

import pytest

from meterhouse.cli.main import main
from raw_events.ingest.landing import land_file
from tests.hostile.files import HEADER, event
from tests.unit.raw_events.ingest.inbox import AS_OF, look

AT = ["--as-of", AS_OF.isoformat()]
ROW = b"t%d,hostile,hostile,2026-01-01T00:00:00Z\n"
FILES = {
    "ndjson": b"".join(event(f"t{n}", f'{{"x":"{os.urandom(99).hex()}"}}') for n in range(500)),
    "csv": HEADER + b",x\n"
    + b"".join(ROW[:-1] % n + b",%s\n" % os.urandom(99).hex().encode() for n in range(500)),
}  # fmt: skip


@pytest.fixture(params=FILES)
def files(request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Half of a file, and the whole of it."""
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    packed = gzip.compress(FILES[request.param])
    half, whole = (tmp_path / f"{name}.{request.param}.gz" for name in ("half", "whole"))
    half.write_bytes(packed[: len(packed) // 2])
    whole.write_bytes(packed)
    return half, whole


def test_half_a_file_fails_and_the_whole_one_lands_the_rest(files, capsys) -> None:
    half, whole = files
    assert main(["ingest", str(half), *AT]) == 1
    said = capsys.readouterr().out
    assert f"{half}: accepted 2" in said and "The file is cut off" in said
    assert main(["ingest", str(whole), *AT]) == 0
    said = capsys.readouterr().out
    assert "accepted 500, rejected 0" in said and "cut off" not in said


def test_the_drop_folder_names_half_a_file(files, tmp_path: Path) -> None:
    half, _ = files
    home = tmp_path / "home"
    (home / "inbox").mkdir(parents=True)
    half.rename(home / "inbox" / half.name)
    (line,) = look(home).lines
    assert line.startswith(f"cut off inbox/{half.name}: accepted 2")
    report = (home / "inbox" / "landed" / f"{half.name}.report.txt").read_text("utf-8")
    assert "The file is cut off" in report


def test_a_whole_file_is_not_cut(files, tmp_path: Path) -> None:
    assert not land_file(tmp_path / "home", files[1], None, AS_OF).is_cut
