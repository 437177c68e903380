"""A small Parquet file that stands for gigabytes (S-67).

Guards against a landing that needs the memory of the machine because a file says one long text once
and repeats it: in a dictionary, as a prefix of the text before, in a list, in pages that pack well.
Each shape is landed by a process that has a limit, and reports what it needed.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from raw_events.readers import parquet_rows
from raw_events.readers.parquet_pages import TooMuchAtOnce, leaf_pages
from raw_events.readers.parquet_sizes import row_bytes, slices, weights
from tests.hostile.files import DAY
from tests.unit.raw_events.event_cases import land

MOST_MIB = 1_024
TEXT = "x" * (900 * 1024)
SCRIPT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from raw_events.common.errors import LandingError
from raw_events.ingest.landing import land_file

for path in map(Path, sys.argv[2:]):
    try:
        report = land_file(Path(sys.argv[1]), path, None, datetime(2026, 1, 2, tzinfo=UTC))
        said = f"landed {report.accepted}"
    except LandingError as error:
        said = str(error)
    # Of this program alone, in KiB; ru_maxrss knows the process that started it too.
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    print(path.stem, peak, said, sep="|", flush=True)
"""


def same(rows: int, text: str = TEXT) -> pa.DictionaryArray:
    """One text in all rows."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([text]))


def lists(rows: int, each: int, text: str = TEXT) -> pa.ListArray:
    """One text so often in each row."""
    offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * each)
    return pa.ListArray.from_arrays(offsets, same(rows * each, text))


def structs(rows: int) -> pa.StructArray:
    return pa.StructArray.from_arrays([same(rows), same(rows)], ["a", "b"])


def required(rows: int) -> dict[str, object]:
    ids = [f"t{row}" for row in range(rows)]
    constant = {"customer_id": "acme", "event_type": "call", "timestamp": DAY}
    return {"transaction_id": ids} | {name: [text] * rows for name, text in constant.items()}


def write(path: Path, columns: dict[str, object], **options: object) -> None:
    rows = next(len(column) for column in columns.values())  # type: ignore[arg-type]
    table = pa.table({**required(rows), **columns})
    pq.write_table(table, path, compression="zstd", store_schema=False, **options)


PLAIN = {"use_dictionary": False}
DELTA = {**PLAIN, "column_encoding": {"x": "DELTA_BYTE_ARRAY"}}
IN_LIST = {**PLAIN, "column_encoding": {"x.list.element": "DELTA_BYTE_ARRAY"}}
# Of each: its columns, and how it is written.
BOMBS: dict[str, tuple[Callable[[], dict[str, object]], dict[str, object]]] = {
    "one": (lambda: {"x": same(4_000)}, {}),
    "identity": (lambda: {"customer_id": same(4_000)}, {}),
    "controls": (lambda: {"x": same(4_000, "\1" * 900 * 1024)}, {}),
    "struct": (lambda: {"x": structs(4_000)}, {}),
    "list": (lambda: {"x": lists(4_000, 2)}, {}),
    "row": (lambda: {"x": lists(2, 3_000)}, {}),
    "plain": (lambda: {"x": same(500)}, {**PLAIN, "data_page_size": 1 << 30}),
    "prefix": (lambda: {"x": same(300).cast(pa.string())}, DELTA),
    "prefix in a list": (lambda: {"x": lists(200, 2)}, IN_LIST),
    "numbers": (
        lambda: {
            "x": pa.ListArray.from_arrays(
                pa.array([0, 50_000_000], pa.int32()), pa.array(np.zeros(50_000_000, np.int8))
            )
        },
        {},
    ),
}


def test_what_stands_for_gigabytes_is_refused_within_the_budget(tmp_path: Path) -> None:
    paths = []
    for name, (columns, options) in BOMBS.items():
        paths.append(tmp_path / f"{name}.parquet")
        write(paths[-1], columns(), **options)
        assert paths[-1].stat().st_size < 1 << 20, name
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "home"), *map(str, paths)],
        cwd=os.getcwd(),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    said = [row.split("|") for row in process.stdout.splitlines()]
    assert [name for name, _, _ in said] == list(BOMBS)
    for name, peak, text in said:
        assert int(peak) <= MOST_MIB, (name, peak, text)
        assert "Nothing was landed" in text and "damaged" not in text, (name, text)


@pytest.mark.parametrize("options", [{}, PLAIN, DELTA], ids=["dictionary", "plain", "delta"])
def test_long_texts_among_short_ones_land_in_their_rows(tmp_path: Path, options: dict) -> None:
    """What is over the limits is rejected alone, whatever batches it is decoded in."""
    texts = [TEXT if row % 1_000 == 7 else f"short {row}" for row in range(10_000)]
    path = tmp_path / "events.parquet"
    lengths = [[text[:5], None] if row % 3 else None for row, text in enumerate(texts)]
    write(path, {"x": texts, "l": lengths}, **options)
    report = land(tmp_path, path)
    assert (report.accepted, report.rejected_by_reason) == (9_990, {"too_large": 10})


def test_pages_are_found_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    texts = [f"{number % 100:03}" for number in range(50_000)]
    # Statistics with long texts make long headers.
    long = ["y" * 60_000] * 50_000
    for version in ("1.0", "2.0"):
        write(path, {"x": texts, "long": long}, data_page_version=version)
        with path.open("rb") as file:
            group = pq.ParquetFile(file).metadata.row_group(0)
            pages = [leaf_pages(file.fileno(), group.column(n)) for n in range(group.num_columns)]
        assert {leaf.values for leaf in pages} == {50_000}
        assert (pages[4].dictionary_values, pages[4].dictionary_bytes) == (100, 700)
        assert pages[5].dictionary_bytes == 60_004


def test_sizes_of_rows_are_those_of_decoded_texts() -> None:
    texts = pa.array(["aaaa", None, "bb", "aaaa"]).dictionary_encode()
    offsets = pa.array([0, 1, 1, 3, 4], pa.int32())
    keys = pa.array(["k"] * 4).dictionary_encode()
    batch = pa.record_batch(
        {
            "text": texts,
            "map": pa.MapArray.from_arrays(offsets, keys, texts),
            "list": pa.ListArray.from_arrays(offsets, texts),
            "fixed": pa.FixedSizeListArray.from_arrays(texts, 1),
            "view": pa.array(["xxxxx", None, "", "y"], pa.string_view()),
        }
    )
    sizes = {name: row_bytes(batch.select([name])).tolist() for name in batch.schema.names}
    assert sizes == {
        "text": [8, 0, 6, 8],
        "map": [29, 8, 40, 29],
        "list": [16, 8, 14, 16],
        "fixed": [16, 8, 14, 16],
        "view": [9, 4, 4, 5],
    }
    assert row_bytes(batch.slice(1, 2)).tolist() == row_bytes(batch).tolist()[1:3]
    assert list(slices(np.array([5, 5, 20, 1, 1]), 10)) == [(0, 2), (2, 3), (3, 5)]
    controls = pa.record_batch({"text": pa.array(["\1" * 100, "b" * 100])})
    assert weights(controls, row_bytes(controls)).sum() >= 6 * 100 + 100


def test_a_file_of_endless_pages_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of a few bytes, or none that columns share, would be gone through for hours."""
    monkeypatch.setattr(parquet_rows, "MOST_PAGES", 6)
    path = tmp_path / "pages.parquet"
    events = {name: ["a"] * 9 for name in ("transaction_id", "customer_id", "event_type")}
    table = pa.table({**events, "timestamp": [DAY] * 9})
    pq.write_table(table, path, use_dictionary=False, data_page_size=1, write_batch_size=1)
    with path.open("rb") as opened, pytest.raises(TooMuchAtOnce, match="larger pages"):
        list(parquet_rows.BoundedBatches(opened, pq.ParquetFile(path)).batches(100))
