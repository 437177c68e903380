"""Guards against an entry of a real Redis stream that lands twice or never (S-61, S-66).

Skipped where redis-server or its library is not installed. No whole run.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

redis = pytest.importorskip("redis", reason="redis is not installed (pip: meterhouse[redis])")

from raw_events.collectors.collect import skip  # noqa: E402
from raw_events.collectors.errors import (  # noqa: E402
    NothingToSkip,
    RecordsLost,
    SourceError,
    Unreachable,
)
from raw_events.collectors.state import StateFile  # noqa: E402
from raw_events.log.event_log import EventLog  # noqa: E402
from raw_events.log.verify import verify_log  # noqa: E402
from raw_events.quarantine.actions import list_rejected  # noqa: E402
from tests.integration.streams.collecting import (  # noqa: E402
    NAME,
    ids,
    killed_again_and_again,
    run,
    source,
)
from tests.integration.streams.redis_server import PROGRAM, Server, running_server  # noqa: E402
from tests.unit.raw_events.event_cases import AS_OF, line  # noqa: E402

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="redis-server is not installed (Debian: apt-get install redis-server)"
)
SETTINGS = {"kind": "redis", "connection": "USAGE_REDIS", "stream": "usage"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as started:
        yield started


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator["redis.Redis"]:
    """An empty server, its address in USAGE_REDIS."""
    monkeypatch.setenv("USAGE_REDIS", server.url)
    found = server.client()
    found.flushall()
    with stamina.set_testing(True, attempts=2):
        yield found


def add(client: "redis.Redis", *numbers: int) -> list[bytes]:
    pipe = client.pipeline()
    for number in numbers:
        pipe.xadd("usage", {"event": line(f"t{number:06d}")})
    return pipe.execute()


def names(*numbers: int) -> list[str]:
    return [f"t{number:06d}" for number in numbers]


def position(folder: Path) -> dict:
    return EventLog(folder / "home").position(NAME).value


def test_each_entry_lands_once(tmp_path, client):
    """Nothing, entries, nothing new, more of them; in batches of at most 700."""
    first = run(tmp_path, **SETTINGS)
    assert (first.batches, first.accepted) == (0, 0)
    added = add(client, *range(1_500))
    done = run(tmp_path, **SETTINGS, max_records=700)
    assert (done.batches, done.accepted) == (3, 1_500)
    seen = position(tmp_path).pop("seen")
    assert position(tmp_path) | {"seen": seen} == {
        "stream": "usage",
        "id": added[-1].decode(),
        "read": 1_500,
        "seen": [added[-1].decode(), seen[1]],
    }
    assert run(tmp_path, **SETTINGS).batches == 0
    add(client, 1_500)
    assert source(tmp_path, **SETTINGS).lag(position(tmp_path), AS_OF) == {"records": 1}
    assert run(tmp_path, **SETTINGS).accepted == 1
    assert ids(tmp_path) == names(*range(1_501))
    assert StateFile(tmp_path / "home", NAME).read().lag == {"records": 0}
    assert verify_log(EventLog(tmp_path / "home")) == []


def test_what_was_read_may_be_cut_off_or_deleted(tmp_path, client):
    add(client, 0, 1)
    client.xtrim("usage", maxlen=1, approximate=False)
    # What was gone before anybody asked is no loss; nor is what goes after it was read.
    assert run(tmp_path, **SETTINGS).accepted == 1
    added = add(client, 2, 3, 4)
    assert run(tmp_path, **SETTINGS).accepted == 3
    client.xdel("usage", added[1])
    client.xtrim("usage", maxlen=0, approximate=False)
    assert run(tmp_path, **SETTINGS).accepted == 0
    add(client, 5)
    assert run(tmp_path, **SETTINGS).accepted == 1
    assert ids(tmp_path) == names(1, 2, 3, 4, 5)


def test_entries_cut_off_unread_stop_it_with_the_numbers(tmp_path, client):
    add(client, *range(10))
    run(tmp_path, **SETTINGS)
    last = position(tmp_path)["id"]
    add(client, *range(10, 20))
    client.xtrim("usage", maxlen=4, approximate=False)
    for _ in range(2):
        with pytest.raises(RecordsLost) as stopped:
            run(tmp_path, **SETTINGS)
    assert "at least 6 entries" in str(stopped.value)
    assert f"20 entries were added to it, 4 are in it, and 10 were read, up to {last}" in str(
        stopped.value
    )
    assert len(ids(tmp_path)) == 10
    found, entry = skip(tmp_path / "home", source(tmp_path, **SETTINGS), "cut", "ann", AS_OF)
    assert found.what == f"6 entries of usage after {last}"
    assert entry.position["skipped"]["reason"] == "cut"
    assert run(tmp_path, **SETTINGS).accepted == 4
    assert ids(tmp_path) == names(*range(10), *range(16, 20))
    with pytest.raises(NothingToSkip):
        skip(tmp_path / "home", source(tmp_path, **SETTINGS), "again", "ann", AS_OF)


def test_one_unread_entry_deleted_in_the_middle_is_noticed(tmp_path, client):
    """The read ones are still there, so the bare number of what is gone says nothing."""
    add(client, *range(5))
    run(tmp_path, **SETTINGS)
    added = add(client, 5, 6, 7)
    client.xdel("usage", added[1])
    with pytest.raises(RecordsLost, match="lost 1 entries"):
        run(tmp_path, **SETTINGS)
    assert len(ids(tmp_path)) == 5
    skip(tmp_path / "home", source(tmp_path, **SETTINGS), "deleted by hand", "ann", AS_OF)
    assert run(tmp_path, **SETTINGS).accepted == 2
    client.xdel("usage", *add(client, 8))
    with pytest.raises(RecordsLost, match="lost 1 entries"):
        run(tmp_path, **SETTINGS)


@pytest.mark.parametrize("more", [1, 3, 5])
def test_a_stream_made_anew_is_noticed(tmp_path, client, more):
    add(client, 0, 1, 2)
    run(tmp_path, **SETTINGS)
    client.delete("usage")
    with pytest.raises(RecordsLost, match="not there any more"):
        run(tmp_path, **SETTINGS)
    add(client, *range(10, 10 + more))
    with pytest.raises(RecordsLost, match="made anew"):
        run(tmp_path, **SETTINGS)
    skip(tmp_path / "home", source(tmp_path, **SETTINGS), "made anew", "ann", AS_OF)
    assert run(tmp_path, **SETTINGS).accepted == more


@pytest.mark.parametrize("looks", [0, 1])
def test_a_stream_made_anew_with_the_same_numbers_is_noticed(tmp_path, client, looks):
    """As many entries cut off as were read before: the numbers are those of a stream cut off."""
    add(client, *range(7))
    run(tmp_path, **SETTINGS)
    client.delete("usage")
    if looks:
        with pytest.raises(RecordsLost):
            run(tmp_path, **SETTINGS)
    add(client, *range(10, 24))
    client.xtrim("usage", maxlen=7, approximate=False)
    with pytest.raises(RecordsLost, match=r"made anew, or cut off exactly .* 7 were read"):
        run(tmp_path, **SETTINGS)
    found, _ = skip(tmp_path / "home", source(tmp_path, **SETTINGS), "made anew", "ann", AS_OF)
    assert "before this one" in found.what
    assert run(tmp_path, **SETTINGS).accepted == 7
    add(client, 30)
    assert run(tmp_path, **SETTINGS).accepted == 1


def test_entries_of_the_same_ids_are_told_apart(tmp_path, client):
    for number in (1, 2):
        client.xadd("usage", {"event": line(f"t{number}")}, id=f"{number}-0")
    run(tmp_path, **SETTINGS)
    client.delete("usage")
    for number in (1, 2, 3):
        client.xadd("usage", {"event": line(f"u{number}")}, id=f"{number}-0")
    with pytest.raises(RecordsLost, match="entry 2-0 is another one now"):
        run(tmp_path, **SETTINGS)
    skip(tmp_path / "home", source(tmp_path, **SETTINGS), "made anew", "ann", AS_OF)
    assert run(tmp_path, **SETTINGS).accepted == 3


def test_the_last_entry_may_be_deleted_or_all_of_them_cut_off(tmp_path, client):
    added = add(client, 0, 1)
    run(tmp_path, **SETTINGS)
    client.xdel("usage", added[1])
    add(client, 2)
    assert run(tmp_path, **SETTINGS).accepted == 1
    client.xtrim("usage", maxlen=0, approximate=False)
    assert run(tmp_path, **SETTINGS).accepted == 0
    assert run(tmp_path, **SETTINGS).batches == 0
    add(client, 3)
    assert run(tmp_path, **SETTINGS).accepted == 1
    assert ids(tmp_path) == names(0, 1, 2, 3)


def test_what_is_no_event_is_kept_with_its_entry(tmp_path, client):
    client.xadd("usage", {"event": "not json"})
    id = client.xadd("usage", {"other": b"\xff", "customer_id": "acme"}).decode()
    client.execute_command("XADD", "usage", "*", "event", line("t1"), "event", line("t2"))
    client.xadd("usage", {"event": ""})
    client.xadd("usage", {"event": line("t3"), "trace": "x"})
    done = run(tmp_path, **SETTINGS)
    assert (done.accepted, done.rejected) == (1, 4)
    kept = {row.raw: row.reason for row in list_rejected(tmp_path / "home")}
    assert f"entry {id} of stream usage" in kept[rb'["other", "\\xff", "customer_id", "acme"]']
    assert kept.keys() >= {b"not json", b""}
    assert any(json.loads(raw)[::2] == ["event"] * 2 for raw in kept if raw.startswith(b'["event'))


def test_another_stream_is_another_collector(tmp_path, client):
    add(client, 0)
    run(tmp_path, **SETTINGS)
    client.xadd("other", {"event": line("x")})
    with pytest.raises(SourceError, match="its file now names other"):
        run(tmp_path, **{**SETTINGS, "stream": "other"})


def test_faults_of_the_server_are_told_apart(tmp_path, client, server, monkeypatch):
    client.set("usage", "no stream")
    with pytest.raises(SourceError, match="WRONGTYPE") as wrong:
        run(tmp_path, **SETTINGS)
    assert not isinstance(wrong.value, Unreachable)
    client.config_set("requirepass", "s3cret-word")
    try:
        with pytest.raises(SourceError) as refused:
            run(tmp_path, **SETTINGS)
        assert not isinstance(refused.value, Unreachable)
    finally:
        server.stop()
    with pytest.raises(Unreachable):
        run(tmp_path, **SETTINGS)
    server.start()
    add(server.client(), 1)
    assert run(tmp_path, **SETTINGS).accepted == 1
    monkeypatch.delenv("USAGE_REDIS")
    with pytest.raises(SourceError, match="USAGE_REDIS is not set"):
        run(tmp_path, **SETTINGS)


def test_killed_at_random_moments_none_is_lost_and_none_twice(tmp_path, client):
    add(client, *range(3_000))
    source(tmp_path, **SETTINGS, max_records=150)
    killed_again_and_again(tmp_path, kills=2, seed=1)
    assert run(tmp_path, **SETTINGS).error is None
    assert ids(tmp_path) == names(*range(3_000))
