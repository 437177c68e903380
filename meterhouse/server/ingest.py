"""POST /v1/ingest: 200 means that all events of the request are on the disk (S-62)."""

import json
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from meterhouse.server import tokens
from meterhouse.server.app import Server
from meterhouse.server.authentication import Authentication
from meterhouse.server.body import Body, Gone
from meterhouse.server.judge import Faulty, Slow, judge
from meterhouse.server.metrics import Metrics
from meterhouse.server.room import Room
from meterhouse.server.spool import SOON, Busy, Spool
from meterhouse.server.turns import Turns
from meterhouse.warehouse.clock import machine_clock

# Requests at work at once, whatever their size; a token has its share of them.
MOST_AT_ONCE = 512
# Bytes that are judged in the event loop: a hundred usual events, in less than a millisecond.
MOST_AT_THE_LOOP = 128 * 1024
# Judged beside it at the same time: of two tokens, while the loop waits for Python's lock with two.
MOST_BESIDE = 2


def routes(spool: Spool, metrics: Metrics, server: Server) -> Sequence[BaseRoute]:
    """POST /v1/ingest."""
    return [Route("/v1/ingest", Ingest(server.authentication, spool, metrics))]


class Ingest:
    """The endpoint: plain ASGI, for on this path microseconds count."""

    def __init__(self, authentication: Authentication, spool: Spool, metrics: Metrics):
        self._authentication, self._spool, self._told = authentication, spool, metrics
        self._room, self._turns = Room(MOST_AT_ONCE), Turns(MOST_BESIDE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. An answer other than 200 has a `message`, and nothing was kept."""
        body = Body(self._spool, receive)
        try:
            given = Headers(scope=scope)
            status, said, headers = await self._answer(scope["method"], given, body)
        except Gone:
            self._told.requests.labels("gone").inc()
            return
        finally:
            body.let_go()
        self._told.answered(status)
        await _send(send, status, said, headers)

    async def _answer(
        self, method: str, headers: Headers, body: Body
    ) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        try:
            if method != "POST":
                raise HTTPException(405, "This path takes POST.", {"Allow": "POST"})
            token = self._authentication.token(headers.get("authorization"), tokens.Scope.INGEST)
            self._check(headers)
            if not self._room.take(token.id, 1):
                raise Busy("Too many requests of this token at once. Nothing was kept.", SOON)
            # A stop-watch; no result depends on it.
            begun = time.monotonic()
            try:
                lines, events = await judged(await body.read(token.id), token.id, self._turns)
                await self._spool.commit(token.source, lines)
            finally:
                self._room.give_back(token.id, 1)
        except HTTPException as refused:
            return refused.status_code, {"message": refused.detail}, refused.headers or {}
        except Faulty as faulty:
            self._told.faults.labels(faulty.code).inc()
            said = {"message": faulty.message, "index": faulty.index, "code": faulty.code}
            return 400, said, {}
        except Busy as busy:
            return 503, {"message": busy.message}, {"Retry-After": str(busy.retry_after)}
        self._told.acknowledged(token.source, events, time.monotonic() - begun)
        return 200, {"events": events}, {}

    def _check(self, headers: Headers) -> None:
        encoding = headers.get("content-encoding", "identity")
        if encoding.lower() != "identity":
            raise HTTPException(415, "Send the body as it is, without Content-Encoding.")
        self._spool.check()


async def judged(content: bytes, token: str, turns: Turns) -> tuple[bytes, int]:
    """What `judge` gives. What may take long is judged beside, in the token's turn."""
    if len(content) <= MOST_AT_THE_LOOP:
        try:
            return judge(content, machine_clock(), is_quick=True)
        except Slow:
            pass
    return await turns.done(token, partial(judge, content, machine_clock()))


async def _send(send: Send, status: int, said: dict[str, Any], headers: Mapping[str, str]) -> None:
    content = json.dumps(said).encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(content)),
                *((name.lower().encode(), value.encode()) for name, value in headers.items()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": content})
