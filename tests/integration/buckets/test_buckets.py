"""Guards against an object of a bucket that lands twice or never (S-61, S-67).

With moto's S3 in another process; skipped where it or obstore is not installed. No whole run.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path

import obstore
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import stamina

pytest.importorskip("moto.server", reason="moto is not installed (dev extra)")
pytest.importorskip("flask_cors", reason="flask-cors is not installed (dev extra)")

from raw_events.collectors.collect import skip
from raw_events.collectors.dry_run import dry_run
from raw_events.collectors.errors import NothingToSkip, SourceError, Unreachable
from raw_events.collectors.state import StateFile
from raw_events.log.event_log import EventLog
from raw_events.log.verify import verify_log
from raw_events.quarantine.actions import list_rejected
from tests.integration.buckets.s3_server import S3, put, running_server
from tests.integration.streams.collecting import (
    NAME,
    ids,
    killed_again_and_again,
    run,
    source,
)
from tests.unit.raw_events.event_cases import AS_OF, event, line

SETTINGS = {"kind": "bucket", "connection": "USAGE_BUCKET"}


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with running_server() as started:
        yield started


@pytest.fixture
def store(
    server: S3, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator["obstore.store.S3Store"]:
    """A prefix of each test's own, named in USAGE_BUCKET."""
    for name, value in server.environment("USAGE_BUCKET", request.node.name).items():
        monkeypatch.setenv(name, value)
    with stamina.set_testing(True, attempts=2):
        yield server.store(request.node.name)


def lines(*names: str) -> str:
    return "".join(f"{line(name)}\n" for name in names)


def position(folder: Path) -> dict:
    return EventLog(folder / "home").position(NAME).value


def note(folder: Path) -> str:
    return StateFile(folder / "home", NAME).read().note or ""


def test_each_object_lands_once_in_every_form(tmp_path, store):
    assert run(tmp_path, **SETTINGS).batches == 0
    put(store, "2026/01/a.ndjson", lines("t1", "t2"))
    put(store, "2026/01/b.jsonl.gz", gzip.compress(lines("t3").encode()))
    put(store, "c.CSV", "transaction_id,customer_id,event_type,timestamp\n" + CSV_ROW)
    columns = {name: [value] for name, value in event("t5").items() if name != "properties"}
    pq.write_table(pa.table(columns), tmp_path / "d.parquet")
    put(store, "d.parquet", (tmp_path / "d.parquet").read_bytes())
    put(store, "_SUCCESS", "x")
    assert len(dry_run(tmp_path / "home", source(tmp_path, **SETTINGS), AS_OF)) > 0
    done = run(tmp_path, **SETTINGS)
    assert (done.batches, done.accepted, done.rejected) == (4, 5, 0)
    assert "1 object left alone" in note(tmp_path)
    assert run(tmp_path, **SETTINGS).batches == 0
    assert position(tmp_path)["objects"] == 4
    put(store, "2026/02/e.ndjson", lines("t6"))
    assert source_lag(tmp_path) == {"records": 1}
    assert run(tmp_path, **SETTINGS).accepted == 1
    assert ids(tmp_path) == ["t1", "t2", "t3", "t4", "t5", "t6"]
    assert verify_log(EventLog(tmp_path / "home")) == []
    assert not list((tmp_path / "home" / "sources").glob("*.spool/*"))


CSV_ROW = "t4,acme,api_call,2026-01-30T10:00:00Z\n"


def source_lag(folder: Path) -> dict:
    found = source(folder, **SETTINGS)
    found.look_into(folder / "home")
    return found.lag(position(folder), AS_OF)


@pytest.mark.parametrize("prefix", ["", "/in"])
def test_every_name_that_a_key_may_have_is_read(tmp_path, store, server, monkeypatch, prefix):
    """`//` is common in S3; one such name kept the whole bucket from being listed (S-67)."""
    root = store.prefix + prefix
    keys = [
        "/a.ndjson",
        "b/../x.ndjson",
        "./c.ndjson",
        "d\x01é +%41.ndjson",
        "e/.ndjson",
        "f.ndjson",
    ]
    s3 = server.client()
    for number, key in enumerate(keys):
        s3.put_object(Bucket="usage", Key=f"{root}/{key}", Body=lines(f"t{number}").encode())
    s3.put_object(Bucket="usage", Key=f"{root}//broken.parquet", Body=b"not Parquet")
    monkeypatch.setenv("USAGE_BUCKET", f"s3://usage/{root}")
    done = run(tmp_path, **SETTINGS)
    assert (done.batches, done.accepted) == (7, 6)
    assert ids(tmp_path) == [f"t{number}" for number in range(6)]
    # Who asks is told of the one that cannot be read.
    (aside,) = done.aside
    assert aside.startswith("/broken.parquet: ") and "set aside: 1" in done.line()
    again = run(tmp_path, **SETTINGS)
    assert (again.batches, again.aside) == (0, [])


def test_a_misspelt_setting_is_refused_and_http_may_be_forbidden(tmp_path, store, monkeypatch):
    put(store, "a.ndjson", lines("t1"))
    monkeypatch.setenv("USAGE_BUCKET_AWS_ALLOW_HTTP", "false")
    with pytest.raises(SourceError, match="nothing is sent without TLS"):
        run(tmp_path, **SETTINGS)
    monkeypatch.setenv("USAGE_BUCKET_AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("USAGE_BUCKET_AWS_REGIN", "x")
    with pytest.raises(SourceError, match="did you mean USAGE_BUCKET_AWS_REGION"):
        run(tmp_path, **SETTINGS)
    monkeypatch.delenv("USAGE_BUCKET_AWS_REGIN")
    assert run(tmp_path, **SETTINGS).accepted == 1


def test_a_changed_object_is_another_file(tmp_path, store):
    put(store, "a.ndjson", lines("t1"))
    run(tmp_path, **SETTINGS)
    put(store, "a.ndjson", lines("t1", "t2"))
    done = run(tmp_path, **SETTINGS)
    assert (done.batches, done.accepted) == (1, 2)
    # What was in the first one too is a duplicate by its id (S-8).
    assert ids(tmp_path) == ["t1", "t1", "t2"]
    obstore.delete(store, "a.ndjson")
    assert run(tmp_path, **SETTINGS).batches == 0


def test_an_object_that_cannot_be_read_is_set_aside_and_stops_no_other(tmp_path, store):
    put(store, "0.ndjson.gz", b"no gzip")
    put(store, "a.parquet", b"not Parquet at all")
    put(store, "b.ndjson", lines("t1"))
    put(store, "c.ndjson", "")
    put(store, "e.ndjson", f"no json\n{lines('t2')}")
    (first,) = dry_run(tmp_path / "home", source(tmp_path, **SETTINGS), AS_OF)
    assert (first.transaction_id, first.outcome) == ("t1", "accepted")
    done = run(tmp_path, **SETTINGS)
    assert (done.accepted, done.rejected) == (2, 1)
    assert ids(tmp_path) == ["t1", "t2"]
    (kept,) = list_rejected(tmp_path / "home")
    assert kept.raw == b"no json" and "It is in object e.ndjson." in kept.reason
    aside = tmp_path / "home" / "sources" / "usage.refused"
    reports = sorted(path.read_text() for path in aside.glob("*.report.txt"))
    assert [report.split("\n")[0] for report in reports] == ["0.ndjson.gz", "a.parquet", "c.ndjson"]
    assert "c.ndjson is empty" in reports[2]
    assert any(path.read_bytes() == b"no gzip" for path in aside.glob("*0.ndjson.gz"))
    assert "3 objects set aside" in note(tmp_path)
    assert run(tmp_path, **SETTINGS).batches == 0
    assert verify_log(EventLog(tmp_path / "home")) == []
    # Corrected, it is another file.
    put(store, "0.ndjson.gz", gzip.compress(lines("t3").encode()))
    assert run(tmp_path, **SETTINGS).accepted == 1


def test_what_was_taken_is_known_without_the_file_that_keeps_it(tmp_path, store):
    for number in range(6):
        put(store, f"{number}.ndjson", lines(f"t{number}"))
    run(tmp_path, **SETTINGS)
    kept = tmp_path / "home" / "sources" / "usage.objects"
    right = kept.read_bytes()
    for wrong in (right[:32], right[16:], b"x" * 33, b""):
        kept.write_bytes(wrong)
        assert run(tmp_path, **SETTINGS).batches == 0
        assert kept.read_bytes() == right
    kept.unlink()
    put(store, "6.ndjson", lines("t6"))
    assert run(tmp_path, **SETTINGS).accepted == 1
    # As a process leaves it that was killed behind an entry: one step behind.
    kept.write_bytes(right)
    put(store, "7.ndjson", lines("t7"))
    assert run(tmp_path, **SETTINGS).accepted == 1
    assert ids(tmp_path) == [f"t{number}" for number in range(8)]


def test_faults_are_told_apart(tmp_path, store, monkeypatch):
    put(store, "a.ndjson", lines("t1"))
    run(tmp_path, **SETTINGS)
    with pytest.raises(NothingToSkip):
        skip(tmp_path / "home", source(tmp_path, **SETTINGS), "none", "ann", AS_OF)
    monkeypatch.setenv("USAGE_BUCKET", "s3://usage/elsewhere")
    with pytest.raises(SourceError, match="its address is now s3://usage/elsewhere"):
        run(tmp_path, **SETTINGS)
    (tmp_path / "new").mkdir()
    monkeypatch.setenv("USAGE_BUCKET", "s3://no-such-bucket/x")
    with pytest.raises(SourceError) as wrong:
        run(tmp_path / "new", **SETTINGS)
    assert not isinstance(wrong.value, Unreachable)
    monkeypatch.setenv("USAGE_BUCKET_AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(Unreachable):
        run(tmp_path / "new", **SETTINGS)
    monkeypatch.delenv("USAGE_BUCKET")
    with pytest.raises(SourceError, match="USAGE_BUCKET is not set"):
        run(tmp_path / "new", **SETTINGS)


def test_an_object_that_ends_processes_may_be_left_out(tmp_path, store):
    put(store, "a.ndjson", lines("t1"))
    put(store, "b.ndjson", lines("t2"))
    state = StateFile(tmp_path / "home", NAME)
    (tmp_path / "home" / "sources").mkdir(parents=True)
    for _ in range(3):
        state.begin(source(tmp_path, **SETTINGS), AS_OF, None, False)
    found, _ = skip(tmp_path / "home", source(tmp_path, **SETTINGS), "too large", "ann", AS_OF)
    assert found.what.startswith("object a.ndjson")
    assert run(tmp_path, **SETTINGS).accepted == 1
    assert ids(tmp_path) == ["t2"]


def test_killed_at_random_moments_none_is_lost_and_none_twice(tmp_path, store):
    for number in range(30):
        put(store, f"{number:02d}.ndjson", lines(f"t{number:02d}"))
    source(tmp_path, **SETTINGS)
    killed_again_and_again(tmp_path, kills=2, seed=3)
    run(tmp_path, **SETTINGS)
    assert ids(tmp_path) == [f"t{number:02d}" for number in range(30)]
    assert position(tmp_path)["objects"] == 30
