"""Guards against an entry of a real Redis stream that lands twice or never (S-61).

Skipped where redis-server or its library is not installed. No whole run.
"""

import json

import pytest

from raw_events.collectors.errors import SourceError, Unreachable
from raw_events.collectors.state import StateFile
from raw_events.log.event_log import EventLog
from raw_events.log.verify import verify_log
from raw_events.quarantine.actions import list_rejected
from tests.integration.streams.collecting import (
    NAME,
    ids,
    killed_again_and_again,
    names,
    position,
    run,
    source,
)
from tests.integration.streams.redis_stream import SETTINGS, add
from tests.unit.raw_events.event_cases import AS_OF, line


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
