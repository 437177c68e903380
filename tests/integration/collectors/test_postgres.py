"""Guards against a row of a real PostgreSQL that lands twice or never (S-61, S-63).

Skipped where PostgreSQL is not installed. No whole run: collectors are called as the command does.
"""

import time
from datetime import timedelta

import pytest

from raw_events.collectors.collect import skip
from raw_events.collectors.errors import NothingToSkip, SourceError, Unreachable
from raw_events.collectors.state import StateFile
from raw_events.log.event_log import EventLog
from tests.integration.collectors.collecting import insert, jobs, note, now, opened, run
from tests.integration.collectors.server import standby_of
from tests.unit.raw_events.event_cases import landed


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
    assert f"job_id: {ids[-1] or 'null'}, customer_id: acme" in said
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
