"""What is measured is the same everywhere: events come from a seed, not from chance.

Guards: figures of two machines or two months that cannot be compared.
"""

import hashlib
import json

from benchmarks.generate.events import Stream
from benchmarks.generate.files import write_ndjson, write_parquet
from benchmarks.months import LATER, NOW, month_stream, year_streams

STREAM = Stream(0, 2_000, "2026-01-01", "2026-01-30 10:00")
# Of the file's bytes: it changes only when somebody means to measure something else.
DIGEST = "ff8862d624b3d7bea9ada9f3dec196590e683a09ffadca45b93edd33d3029338"


def read(paths):
    """The events of NDJSON files."""
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def test_the_same_bytes_everywhere(tmp_path):
    (path,) = write_ndjson(STREAM, tmp_path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == DIGEST


def test_one_event_in_a_hundred_is_sent_again_unchanged(tmp_path):
    events = read(write_ndjson(STREAM, tmp_path))
    assert len(events) == 2_000
    assert len({event["transaction_id"] for event in events}) == 1_980
    assert len({json.dumps(event, sort_keys=True) for event in events}) == 1_980


def test_moments_are_inside_the_stream(tmp_path):
    moments = {event["timestamp"] for event in read(write_ndjson(STREAM, tmp_path))}
    assert min(moments) >= "2026-01-01T00:00:00"
    assert max(moments) < "2026-01-30T10:00:00"


def test_a_file_ends_where_the_next_begins(tmp_path, monkeypatch):
    whole = read(write_ndjson(STREAM, tmp_path / "one"))
    monkeypatch.setattr("benchmarks.generate.files.FILE_EVENTS", 700)
    paths = write_ndjson(STREAM, tmp_path / "three")
    assert len(paths) == 3
    assert read(paths) == whole


def test_parquet_has_the_same_events(tmp_path):
    import pyarrow.parquet as pq

    sent = read(write_ndjson(STREAM, tmp_path))
    (path,) = write_parquet(STREAM, tmp_path)
    rows = pq.read_table(path).to_pylist()
    assert [
        (row["transaction_id"], row["customer_id"], f"{row['timestamp']:%Y-%m-%dT%H:%M:%S.%fZ}")
        for row in rows
    ] == [(event["transaction_id"], event["customer_id"], event["timestamp"]) for event in sent]
    for row, event in zip(rows, sent, strict=True):
        told = {name: row[name] for name in event["properties"]}
        assert told == event["properties"]


def test_a_year_is_twelve_months_without_gap_up_to_now():
    streams = [stream for stream, _ in year_streams(1_000_000)]
    assert sum(stream.count for stream in streams) == 1_000_000
    assert [stream.start for stream in streams[1:]] == [stream.end for stream in streams[:-1]]
    assert (streams[0].start, streams[-1].end) == ("2025-02-01", f"{NOW:%Y-%m-%d %H:%M}")
    numbers = [stream.first + stream.count for stream in streams]
    assert [stream.first for stream in streams] == [0, *numbers[:-1]]
    assert month_stream(30_000_000).count < LATER
