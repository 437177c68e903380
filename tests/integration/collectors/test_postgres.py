"""Guards against a row of a real PostgreSQL that lands twice or never (S-61, S-63).

Skipped where PostgreSQL is not installed. No whole run: collectors are called as the command does.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from raw_events.collectors.collect import Collected, collect, skip
from raw_events.collectors.errors import CollectorFault, NothingToSkip, SourceError, Unreachable
from raw_events.collectors.folder import open_source
from raw_events.collectors.source import Source
from raw_events.collectors.state import StateFile
from raw_events.log.event_log import EventLog
from raw_events.quarantine.actions import list_rejected
from tests.integration.collectors.server import standby_of
from tests.unit.raw_events.event_cases import landed


def now() -> datetime:
    return datetime.now(UTC)


def opened(folder: Path) -> Source:
    source = open_source(folder, "jobs")
    # Shorter than a collector may say: what was just committed is to be read at once.
    source._lag = timedelta(milliseconds=20)
    time.sleep(0.04)
    return source


def run(home: Path, folder: Path) -> Collected:
    return collect(home, opened(folder), now, by_hand=True)


def jobs(home: Path) -> list[int]:
    return sorted(json.loads(row["properties"])["job_id"] for row in landed(home))


def note(home: Path) -> str:
    return StateFile(home, "jobs").read().note or ""


def insert(connection: object, *ids: int) -> None:
    for id in ids:
        connection.execute(
            "insert into jobs (job_id, customer_id, gpu_seconds) values (%s, 'acme', 1.5)", [id]
        )


def test_late_commits_are_not_lost(tmp_path, db, other, collector):
    """What an open transaction wrote carries its beginning, and is seen when it commits."""
    folder = collector()
    insert(db, 1)
    insert(other, 2)
    insert(db, 3)
    assert run(tmp_path, folder).accepted == 1
    assert jobs(tmp_path) == [1]
    assert "(shop) is open since then" in note(tmp_path)
    # Nothing new until it is over, however often it is looked.
    assert run(tmp_path, folder).accepted == 0
    other.commit()
    assert run(tmp_path, folder).accepted == 2
    assert jobs(tmp_path) == [1, 2, 3]
    assert note(tmp_path) == ""
    assert run(tmp_path, folder).accepted == 0


def test_a_transaction_that_has_not_written_yet_counts_too(tmp_path, db, other, collector):
    folder = collector()
    other.execute("select 1")
    insert(db, 1)
    assert run(tmp_path, folder).accepted == 0
    insert(other, 2)
    other.commit()
    assert run(tmp_path, folder).accepted == 2


def test_prepared_transactions_hold_the_window(tmp_path, db, other, collector):
    """The server does not say when one began."""
    folder = collector()
    insert(db, 1)
    insert(other, 2)
    other.execute("prepare transaction 'two phases'")
    insert(db, 3)
    try:
        assert run(tmp_path, folder).accepted == 0
        assert "'two phases'" in note(tmp_path)
    finally:
        db.execute("commit prepared 'two phases'")
    assert run(tmp_path, folder).accepted == 3
    assert jobs(tmp_path) == [1, 2, 3]


def test_a_role_that_may_not_look_is_refused(tmp_path, server, db, collector, monkeypatch):
    db.execute(
        "do $$ begin create role reader login; exception when duplicate_object then null; end $$"
    )
    db.execute("grant select on jobs to reader")
    monkeypatch.setenv("JOBS_DB", server.address("reader"))
    insert(db, 1)
    with pytest.raises(SourceError, match='GRANT pg_read_all_stats TO "reader"'):
        run(tmp_path, collector())
    assert EventLog(tmp_path).version() == -1
    assert run(tmp_path, collector(open_transactions="ignore")).accepted == 1
    db.execute("grant pg_read_all_stats to reader")
    insert(db, 2)
    assert run(tmp_path, collector()).accepted == 1
    db.execute("revoke pg_read_all_stats from reader")


def test_a_session_that_hides_itself_is_refused(tmp_path, db, other, collector):
    other.execute("set track_activities = off")
    other.commit()
    with pytest.raises(SourceError, match="track_activities off"):
        run(tmp_path, collector())


def test_sessions_that_only_read_may_be_named(tmp_path, db, other, collector):
    other.execute("select 1")
    insert(db, 1)
    assert run(tmp_path, collector(readers="[shop]")).accepted == 1


def test_a_standby_is_refused_unless_the_collector_says_so(
    tmp_path, server, db, collector, monkeypatch
):
    insert(db, 1)
    with standby_of(server) as standby:
        monkeypatch.setenv("JOBS_DB", standby.address())
        with pytest.raises(SourceError, match="is a standby"):
            run(tmp_path, collector())
        db.execute("create table later ()")
        time.sleep(0.3)
        db.execute("drop table later")
        time.sleep(1.2)
        # What it has replayed is certain, less `lag`; of later nothing is known.
        insert(db, 2)
        deadline = time.monotonic() + 10
        while run(tmp_path, collector(open_transactions="ignore")).accepted == 0:
            assert time.monotonic() < deadline
            insert(db, 3)
    assert 1 in jobs(tmp_path)


@pytest.mark.parametrize("ids, what", [((1, 2, 2), "comes twice"), ((1, None), "is null")])
def test_a_key_that_names_no_row_refuses_the_window(tmp_path, db, collector, ids, what):
    folder = collector()
    insert(db, *ids)
    with pytest.raises(SourceError) as refused:
        run(tmp_path, folder)
    said = str(refused.value)
    assert f"the key (job_id) {what} in the window [2026-01-01T" in said
    assert f"'job_id': {ids[-1]}" in said and "'customer_id': 'acme'" in said
    assert landed(tmp_path) == [] and EventLog(tmp_path).position("jobs") is None
    db.execute("delete from jobs where job_id is null or job_id = 2")
    assert run(tmp_path, folder).accepted == 1
    assert jobs(tmp_path) == [1]


def test_a_refused_window_may_be_left_out_with_a_reason(tmp_path, db, collector):
    folder = collector()
    insert(db, 1, 1)
    with pytest.raises(SourceError):
        run(tmp_path, folder)
    found, entry = skip(tmp_path, opened(folder), "test rows", "ann", now())
    assert found.what.startswith("the 2 rows of the window [2026-01-01")
    assert entry.position["skipped"]["reason"] == "test rows"
    insert(db, 2)
    assert run(tmp_path, folder).accepted == 1
    with pytest.raises(NothingToSkip):
        skip(tmp_path, opened(folder), "again", "ann", now())


def test_an_error_inside_the_stream_lands_nothing(tmp_path, db, collector):
    db.execute(
        "insert into jobs select i, 'acme', i - 150000, now() from generate_series(1, 200000) i"
    )
    folder = collector(columns="job_id, customer_id, finished_at as timestamp, 1/gpu_seconds as x")
    with pytest.raises(SourceError, match="division by zero"):
        run(tmp_path, folder)
    assert EventLog(tmp_path).version() == -1


def test_the_query_is_ended_in_time_and_may_not_write(tmp_path, db, collector):
    insert(db, 1)
    slow = collector(where="and pg_sleep(9) is not null", timeout="1s")
    with pytest.raises(SourceError, match="statement timeout"):
        run(tmp_path, slow)
    db.execute("create sequence if not exists numbers")
    writing = collector(
        columns="nextval('numbers') as job_id, customer_id, finished_at as timestamp"
    )
    with pytest.raises(SourceError, match="read-only transaction"):
        run(tmp_path, writing)


def test_another_size_of_window_doubles_nothing(tmp_path, db, collector):
    db.execute(
        "insert into jobs select i, 'acme', 1, now() - i * interval '30 seconds' "
        "from generate_series(1, 200) i"
    )
    start = f"{now() - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
    for home, size in (("a", "3650d"), ("b", "19m")):
        run(tmp_path / home, collector(max_window=size, start=start))
    one, two = ({row["transaction_id"] for row in landed(tmp_path / home)} for home in "ab")
    assert one == two and len(one) == 200
    insert(db, 1000)
    run(tmp_path / "b", collector(max_window="3m", start=start))
    assert sorted(jobs(tmp_path / "b")) == [*range(1, 201), 1000]


def test_values_come_exactly(tmp_path, db, collector):
    insert(db, 1)
    folder = collector(
        columns="job_id, 7 as customer_id, finished_at as timestamp, "
        "1.500::numeric(8, 3) as short, 12345678901234567890.10::numeric as long, "
        "0.00000123::numeric as small, 'NaN'::numeric as none, "
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as run, null::uuid as no_run, "
        "true as ok, '2026-01-02'::date as day, "
        """'{"n": 1.10, "job_id_": 3}'::jsonb as properties"""
    )
    assert run(tmp_path, folder).accepted == 1
    (row,) = landed(tmp_path)
    assert (row["customer_id"], row["event_type"], row["source"]) == ("7", "job_run", "jobs")
    assert json.loads(row["properties"], parse_float=str, parse_int=str) == {
        "n": "1.10",
        "job_id_": "3",
        "job_id": "1",
        "short": "1.5",
        "long": "12345678901234567890.1",
        "small": "0.00000123",
        "none": "nan",
        "run": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "ok": True,
        "day": "2026-01-02",
    }
    assert '"long":"12345678901234567890.1"' in row["properties"]


@pytest.mark.parametrize(
    "column, said",
    [
        ("finished_at::timestamp as timestamp", "at time zone 'UTC'"),
        ("finished_at as timestamp, interval '1 day' as x", "cast it in the SELECT"),
        ("finished_at as timestamp, 'x' as transaction_id", "made of the key"),
        ("finished_at as at", "no column timestamp"),
    ],
)
def test_columns_that_are_no_event_are_refused(tmp_path, db, collector, column, said):
    insert(db, 1)
    with pytest.raises(CollectorFault, match=said):
        run(tmp_path, collector(columns=f"job_id, customer_id, {column}"))


def test_what_cannot_be_taken_is_kept_with_its_window(tmp_path, db, collector):
    insert(db, 1)
    db.execute("insert into jobs (job_id) values (2)")
    done = run(tmp_path, collector())
    assert (done.accepted, done.rejected_by_reason) == (1, {"missing_field": 1})
    (kept,) = list_rejected(tmp_path)
    assert "It is a row of the window [2026-01-01" in kept.reason and b'"job_id":2' in kept.raw


def test_a_server_that_goes_away_is_tried_again(tmp_path, server, db, collector):
    insert(db, 1)
    folder = collector()
    server.stop()
    try:
        with pytest.raises(Unreachable):
            run(tmp_path, folder)
        assert StateFile(tmp_path, "jobs").read().is_stopped
    finally:
        server.start()
    assert run(tmp_path, folder).accepted == 1


def test_wrong_passwords_are_not_tried_again(tmp_path, server, db, collector, monkeypatch):
    monkeypatch.setenv("JOBS_DB", server.address("nobody"))
    with pytest.raises(SourceError) as refused:
        run(tmp_path, collector())
    assert not isinstance(refused.value, Unreachable)
