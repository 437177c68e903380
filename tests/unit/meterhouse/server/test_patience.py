"""Guards against connections that only hold their places, so that nobody else gets one."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from meterhouse.server import patience
from meterhouse.server.patience import PatientProtocol

REQUEST = b"POST /v1/ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"


class Transport(asyncio.Transport):
    """A connection to nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.is_gone = False

    def abort(self) -> None:
        self.is_gone = True

    close = abort

    def is_closing(self) -> bool:
        return self.is_gone

    def write(self, data: Any) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "MOST_CONNECTIONS", 3)


async def _never_answers(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(3600)


async def _answers_at_once(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def served(app: Any, work: Callable[[Callable[[], PatientProtocol]], Any]) -> None:
    """`work` gets what makes a connection."""

    async def run() -> None:
        config, state = Config(app, lifespan="off", log_level="error"), ServerState()
        config.load()
        made: list[PatientProtocol] = []

        def connected() -> PatientProtocol:
            made.append(PatientProtocol(config, state, {}))
            made[-1].connection_made(Transport())
            return made[-1]

        await work(connected)
        for one in made:
            one.connection_lost(None)
        for task in state.tasks:
            task.cancel()

    asyncio.run(run())
    assert not patience._IDLE


def gone(connections: list[PatientProtocol]) -> list[bool]:
    return [one.transport.is_closing() for one in connections]


def test_who_is_idle_for_longest_makes_room() -> None:
    async def work(connected: Callable[[], PatientProtocol]) -> None:
        held = [connected() for _ in range(3)]
        held[0].data_received(REQUEST)
        held[1].data_received(REQUEST[:20])
        newcomer = connected()
        # The first has a request at work; the second never finished its headers.
        assert gone(held) == [False, True, False]
        assert gone([newcomer]) == [False]

    served(_never_answers, work)


def test_a_body_that_comes_after_its_answer_holds_no_place() -> None:
    async def work(connected: Callable[[], PatientProtocol]) -> None:
        held = [connected() for _ in range(3)]
        for one in held:
            one.data_received(REQUEST)
        await asyncio.sleep(0.01)
        held[0].data_received(b"x")
        newcomer = connected()
        assert gone([*held, newcomer]) == [True, False, False, False]

    served(_answers_at_once, work)


def test_where_all_are_at_work_nobody_is_sent_away() -> None:
    async def work(connected: Callable[[], PatientProtocol]) -> None:
        held = [connected() for _ in range(3)]
        for one in held:
            one.data_received(REQUEST)
        newcomer = connected()
        assert gone([*held, newcomer]) == [False, False, False, True]

    served(_never_answers, work)


@pytest.mark.parametrize("limit", ["HEADER_SECONDS", "READER_SECONDS"])
def test_patience_ends(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(patience, limit, 0.01)

    async def work(connected: Callable[[], PatientProtocol]) -> None:
        one = connected()
        if limit == "READER_SECONDS":
            one.data_received(REQUEST)
            one.pause_writing()
        await asyncio.sleep(0.05)
        assert gone([one]) == [True]

    served(_never_answers, work)


@pytest.mark.parametrize(
    "offer",
    [
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n",
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
    ],
)
@pytest.mark.parametrize("size", [1, 40, 10_000])
def test_who_offers_another_protocol_is_answered_in_this_one(offer: bytes, size: int) -> None:
    heard: list[tuple[str, list[bytes], bytes]] = []

    async def notes(scope: Any, receive: Any, send: Any) -> None:
        body, is_more = b"", True
        while is_more:
            message = await receive()
            body, is_more = body + message.get("body", b""), message.get("more_body", False)
        heard.append((scope["path"], [name for name, _ in scope["headers"]], body))
        await _answers_at_once(scope, receive, send)

    plain = b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + offer + b"\r\n"
    head = b"POST /v1/ingest HTTP/1.1\r\n" + offer + b"Host: x\r\n"
    sized = head + b"Content-Length: 6\r\n\r\n[1, 2]"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n4\r\n[1, \r\n2\r\n2]\r\n0\r\n\r\n"
    sent = plain + sized + chunked + sized

    async def work(connected: Callable[[], PatientProtocol]) -> None:
        one = connected()
        for at in range(0, len(sent), size):
            one.data_received(sent[at : at + size])
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        assert gone([one]) == [False]

    served(notes, work)
    assert [(path, body) for path, _, body in heard] == [
        ("/healthz", b""),
        *[("/v1/ingest", b"[1, 2]")] * 3,
    ]
    assert not any(b"upgrade" in names for _, names, _ in heard)


def test_no_offer_is_taken_for_one_in_the_method_connect() -> None:
    async def work(connected: Callable[[], PatientProtocol]) -> None:
        one = connected()
        one.data_received(b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\nwhatever comes")
        await asyncio.sleep(0.01)

    served(_answers_at_once, work)
