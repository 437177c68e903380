"""The bounds of one landing (S-67): a chunk that grows is taken in halves, and the last fence."""

import resource
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from raw_events.common.budget import memory_fence
from raw_events.readers.text import pieces
from raw_events.validation import one_line
from tests.hostile.files import DAY, HEADER, event
from tests.unit.raw_events.event_cases import land as land_as_of
from tests.unit.raw_events.event_cases import landed

IDS = [f"t{number:02}" for number in range(20)]
GROWS = '{"n":[1e400,1e-400]}'


def ndjson(path: Path) -> Path:
    path.write_bytes(b"".join(event(id, GROWS) for id in IDS))
    return path


def csv(path: Path) -> Path:
    rows = [f'{id},hostile,hostile,{DAY},"{GROWS.replace(chr(34), chr(34) * 2)}"\n' for id in IDS]
    path.write_bytes(HEADER + b",properties\n" + "".join(rows).encode())
    return path


def parquet(path: Path) -> Path:
    count = len(IDS)
    columns = {name: ["hostile"] * count for name in ("customer_id", "event_type")}
    columns |= {"transaction_id": IDS, "timestamp": [DAY] * count, "n": [1e300] * count}
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("make", [ndjson, csv, parquet])
def test_a_chunk_that_grows_is_taken_in_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make
) -> None:
    monkeypatch.setattr(one_line.within_budget, "__defaults__", (5_000,))
    report = land_as_of(tmp_path, make(tmp_path / f"events.{make.__name__}"))
    assert (report.accepted, report.rejected) == (20, 0)
    rows = landed(tmp_path)
    assert [row["transaction_id"] for row in rows] == IDS
    assert {len(row["property_texts"]) > 300 for row in rows} == {True}


def test_short_lines_make_pieces() -> None:
    assert list(pieces(b"a\nb\n\nc\nd", 2)) == [b"a\nb\n", b"\nc\n", b"d"]
    assert list(pieces(b"a\nb\n", 2)) == [b"a\nb\n"]


def test_the_fence_ends_what_wants_more_and_nothing_else() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(MemoryError), memory_fence(256 << 20):
        bytearray(1 << 30)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert len(bytearray(512 << 20)) == 512 << 20
