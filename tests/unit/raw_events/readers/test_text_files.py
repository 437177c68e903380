"""Guards against lines lost or torn where a text file is not a tidy one."""

import gzip
import json
from pathlib import Path

import pytest

from raw_events.common.errors import LandingError
from raw_events.common.source_file import SourceFile
from raw_events.ingest.landing import land_file
from raw_events.quarantine.actions import list_rejected
from raw_events.readers import text
from tests.unit.raw_events.event_cases import AS_OF, land, landed, line, write

THREE = f"{line('a')}\n{line('b')}\n{line('c')}\n".encode()


def ids(home: Path) -> list[str]:
    """The landed events in the order of the log."""
    return [row["transaction_id"] for row in landed(home)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(THREE, id="tidy"),
        pytest.param(THREE[:-1], id="no line feed at the end"),
        pytest.param(b"\xef\xbb\xbf" + THREE, id="byte-order mark"),
        pytest.param(THREE.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(b"\n \n" + THREE.replace(b"\n", b"\n\t\r\n"), id="blank lines"),
    ],
)
@pytest.mark.parametrize("is_gzip", [False, True])
def test_every_line_lands(tmp_path: Path, content: bytes, is_gzip: bool) -> None:
    name = "events.jsonl.gz" if is_gzip else "EVENTS.NDJSON"
    report = land(
        tmp_path, write(tmp_path / name, gzip.compress(content, mtime=0) if is_gzip else content)
    )
    assert (report.accepted, report.rejected) == (3, 0)
    assert ids(tmp_path) == ["a", "b", "c"]


def test_chunks_end_where_lines_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read in parts; events, line numbers and positions run on over them."""
    monkeypatch.setattr(text, "_READ_BYTES", 100)
    monkeypatch.setattr(text.TextFile.chunks, "__defaults__", (500,))
    lines = [line(f"t{number}") for number in range(40)]
    lines[20] = "broken" * 300
    report = land(tmp_path, write(tmp_path / "events.ndjson", "\n".join(lines)))
    assert (report.accepted, report.rejected) == (39, 1)
    assert ids(tmp_path) == [f"t{number}" for number in range(40) if number != 20]
    assert [row["position"] for row in landed(tmp_path)] == list(range(39))
    assert [event.line_number for event in list_rejected(tmp_path)] == [21]


@pytest.mark.parametrize("is_gzip", [False, True])
@pytest.mark.parametrize("size", [1, 7, 99, 100, 101, 350, 2_000])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\xef\xbb"])
def test_no_byte_is_lost_where_a_file_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_gzip: bool, size: int, start: bytes
) -> None:
    """Lines from nothing to several blocks, the last one without a line feed."""
    monkeypatch.setattr(text, "_READ_BYTES", 100)
    content = start + b"\n".join(b"x" * (number * 37 % 260) for number in range(60))
    path = write(tmp_path / "file", gzip.compress(content, mtime=0) if is_gzip else content)
    file = text.TextFile(SourceFile(path), is_gzip)
    chunks = list(file.chunks(size))
    assert b"".join(chunks) == content.removeprefix(b"\xef\xbb\xbf")
    assert all(chunk.endswith(b"\n") for chunk in chunks[:-1])
    assert all(chunks)
    assert file.done == file.total == path.stat().st_size
    assert len(chunks) > 1


def test_gzip_of_several_members_and_padding(tmp_path: Path) -> None:
    content = (
        b"".join(gzip.compress(part, mtime=0) for part in (THREE[:50], b"", THREE[50:]))
        + b"\0" * 64
    )
    assert land(tmp_path, write(tmp_path / "events.ndjson.gz", content)).accepted == 3


def test_half_a_gzip_lands_what_is_whole(tmp_path: Path) -> None:
    lines = [line(f"t{number}", properties={"n": number**9}) for number in range(2000)]
    whole = gzip.compress("\n".join(lines).encode())
    report = land(tmp_path, write(tmp_path / "events.ndjson.gz", whole[: len(whole) // 2]))
    assert 500 < report.accepted < 1500
    assert ids(tmp_path) == [f"t{number}" for number in range(report.accepted)]
    assert report.rejected_by_reason in ({"not_json": 1}, {})
    assert "cut off" in report.notes[0]


def test_half_a_gzip_of_csv_does_not_take_the_cut_record(tmp_path: Path) -> None:
    """Its last cell may look whole: 12 of 123456."""
    header = "transaction_id,customer_id,event_type,timestamp,n"
    records = [f"t{n},acme,x,2026-01-30T10:00:00Z,{n**9}" for n in range(2000)]
    whole = gzip.compress("\n".join([header, *records]).encode())
    report = land(tmp_path, write(tmp_path / "events.csv.gz", whole[: len(whole) // 2]))
    assert report.rejected_by_reason == {"not_json": 1}
    assert [json.loads(row["properties"])["n"] for row in landed(tmp_path)] == [
        record.split(",")[4] for record in records[: report.accepted]
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("events.ndjson", b"", "is empty"),
        ("events.ndjson", b"\n \n", "there is no event in it"),
        ("events.ndjson.gz", gzip.compress(b"", mtime=0), "there is no event in it"),
        ("events.ndjson.gz", gzip.compress(THREE, mtime=0)[:12], "there is no event in it"),
        ("events.ndjson.gz", THREE, "not a whole gzip file"),
        (
            "events.ndjson.gz",
            gzip.compress(THREE, mtime=0)[:-6] + b"\0" * 6,
            "not a whole gzip file",
        ),
        ("events.txt", THREE, "the name does not say"),
        ("events.gz", THREE, "the name does not say"),
        ("events.parquet.gz", THREE, "the name does not say"),
        ("events.parquet", THREE, "not a Parquet file"),
    ],
)
def test_refused_as_a_whole(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(LandingError, match=message):
        land(tmp_path, write(tmp_path / name, content))
    assert landed(tmp_path) == []


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="does not exist"):
        land(tmp_path, tmp_path / "absent.ndjson")
    with pytest.raises(LandingError, match="is a folder"):
        land(tmp_path, tmp_path)


def test_rejected_lines_keep_their_bytes(tmp_path: Path) -> None:
    bad = [b"\xff\xfe", b"x" * (10 * 1024 * 1024), b'{"a":"\0"}', b"nonsense \xc3\xa9"]
    content = b"\r\n".join([line("a").encode(), *bad, line("b").encode()])
    report = land(tmp_path, write(tmp_path / "events.ndjson", content))
    assert ids(tmp_path) == ["a", "b"]
    assert report.rejected_by_reason == {"bad_encoding": 2, "not_json": 1, "too_large": 1}
    kept = list_rejected(tmp_path)
    assert [event.raw for event in kept] == bad
    assert [event.line_number for event in kept] == [2, 3, 4, 5]


def test_progress_ends_with_the_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_READ_BYTES", 100)
    monkeypatch.setattr(text.TextFile.chunks, "__defaults__", (500,))
    path = write(tmp_path / "events.ndjson", "\n".join(line(f"t{n}") for n in range(20)))
    seen: list[tuple[int, int]] = []
    land_file(tmp_path, path, None, AS_OF, lambda done, total: seen.append((done, total)))
    size = path.stat().st_size
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert seen[-1] == (size, size)
