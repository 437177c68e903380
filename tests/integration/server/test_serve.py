"""The real server: what the unmodified SDK sends is landed, a flood stays bounded (S-60, S-62)."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from metronome import BadRequestError, Metronome

from meterhouse.server.spool import MIB, MOST_WAITING
from meterhouse.server.tokens import new_token
from raw_events.segments.names import OPEN, segments
from tests.integration.server.running import Server, events, serving
from tests.unit.raw_events.event_cases import landed


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


def client(server: Server) -> Metronome:
    return Metronome(
        base_url=server.url, bearer_token=server.token, _strict_response_validation=True
    )


def ids(server: Server) -> list[str]:
    return [row["transaction_id"] for row in landed(server.home)]


def test_the_sdk_sends_and_a_run_lands(server: Server) -> None:
    client(server).v1.usage.ingest(usage=events([f"sdk-{number}" for number in range(100)]))
    server.land()
    assert {f"sdk-{number}" for number in range(100)} <= set(ids(server))
    assert {row["source"] for row in landed(server.home)} == {"app"}
    # The server goes on in a new segment.
    client(server).v1.usage.ingest(usage=events(["sdk-after"]))
    server.land()
    assert "sdk-after" in ids(server)


def test_the_sdk_hears_which_event_is_at_fault_and_nothing_is_kept(server: Server) -> None:
    usage = events(["kept-not", "at-fault"])
    usage[1]["timestamp"] = "yesterday"
    with pytest.raises(BadRequestError) as refused:
        client(server).v1.usage.ingest(usage=usage)
    assert refused.value.body["index"] == 1 and "timestamp" in refused.value.body["message"]
    server.land()
    assert not {"kept-not", "at-fault"} & set(ids(server))


def test_without_a_token_nothing_is_taken(server: Server) -> None:
    answer = server.post(events(["nobody"]), token="mh_wrong")
    assert answer.status_code == 401 and "message" in answer.json()


def test_a_body_that_is_too_large_is_told_so(server: Server) -> None:
    answer = server.post(b"[" + b" " * (9 * MIB) + b"]")
    assert answer.status_code == 413


def test_health_and_metrics(server: Server) -> None:
    answer = server.get("/healthz").json()
    assert (answer["status"], answer["last_write"]) == ("ok", "ok")
    told = server.get("/metrics").text
    assert 'meterhouse_ingest_events_total{source="app"}' in told
    assert "meterhouse_last_write_ok 1.0" in told


def test_other_paths_are_no_way_in(server: Server) -> None:
    headers = {"Authorization": f"Bearer {server.token}"}
    answer = httpx.get(f"{server.url}/v1/no/such/path", headers=headers)
    assert answer.status_code == 404 and "message" in answer.json()


def test_slow_senders_hold_up_nobody(server: Server) -> None:
    with ExitStack() as open_ones:
        for number in range(50):
            slow = open_ones.enter_context(_half_sent(server, 1_000, b"[" + b" " * 400))
            if number % 2:
                slow.sendall(b" ")
        assert server.post(events(["beside-slow"])).status_code == 200
        assert server.get("/healthz").json()["waiting_bytes"] >= 50 * 400
    assert _waits_for_nothing(server)


def test_headers_without_an_end_are_not_kept(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"POST /v1/ingest HTTP/1.1\r\n")
        headers = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 8_000) for number in range(2_000))
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            connection.sendall(headers)
    assert server.post(events(["after-headers"])).status_code == 200


def _until_it_is_known(server: Server, token: str) -> None:
    """The server looks once a second whether there are other tokens."""
    until = time.monotonic() + 30
    while server.post([], token).status_code == 401:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_flood_is_told_to_come_again_and_memory_stays_bounded(server: Server) -> None:
    part = b"[" + b" " * (7 * MIB)
    another, _ = new_token(server.home, "beside", datetime.now(UTC))
    _until_it_is_known(server, another)
    with ExitStack() as open_ones:
        # One token has half of it, in which four of them fit.
        for number in range(1, 5):
            open_ones.enter_context(_half_sent(server, 8 * MIB, part))
            _until_there_wait(server, number * len(part))
        for _ in range(MOST_WAITING // len(part)):
            open_ones.enter_context(_half_sent(server, 8 * MIB, part))
        answer = server.post(b"[" + b" " * (6 * MIB) + b"]")
        assert answer.status_code == 503
        assert server.post(events(["beside-flood"]), another).status_code == 200
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert _memory(server) < 700 * MIB
    assert _waits_for_nothing(server)
    assert server.post(events(["after-flood"])).status_code == 200


def test_at_sigterm_all_is_sealed_and_nothing_is_lost(server: Server) -> None:
    """The last test of this server."""
    assert server.post(events(["last"])).status_code == 200
    assert server.stop() == 0
    assert segments(server.home, OPEN) == []
    server.land()
    assert {"last", "beside-slow", "beside-flood", "after-flood"} <= set(ids(server))
    assert len(ids(server)) == len(set(ids(server)))
    assert "Traceback" not in (server.home / "stderr.txt").read_text()


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    """The server may not write files over 100 KB: writes stop short, as on a full disk."""
    with serving(tmp_path / "home", file_limit=100_000) as server:
        taken, refused = [], 0
        for number in range(40):
            batch = [f"f{number}-{item}" for item in range(50)]
            answer = server.post(events(batch, text="x" * 100))
            if answer.status_code == 200:
                taken += batch
            else:
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
                refused += 1
        assert taken and refused
        assert server.stop() == 0
    server.land()
    assert sorted(ids(server)) == sorted(taken)


def _half_sent(server: Server, length: int, part: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port))
    head = (
        f"POST /v1/ingest HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    )
    connection.sendall(head.encode() + part)
    return connection


def _until_there_wait(server: Server, size: int) -> None:
    until = time.monotonic() + 60
    while server.get("/healthz").json()["waiting_bytes"] < size:
        assert time.monotonic() < until


def _waits_for_nothing(server: Server) -> bool:
    return any(server.get("/healthz").json()["waiting_bytes"] == 0 for _ in range(100))


def _memory(server: Server) -> int:
    child = server.child("worker")
    status = Path(f"/proc/{child}/status").read_text()
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kilobytes) * 1024
