"""Guards against bodies that fill the memory, or hold a place for ever."""

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from meterhouse.server import body as body_module
from meterhouse.server import ingest, judge
from meterhouse.server.body import MOST_BYTES, MOST_READ, Body, Gone
from meterhouse.server.spool import MIB, MOST_WAITING, Busy, Spool
from meterhouse.server.turns import Turns
from tests.unit.raw_events.event_cases import AS_OF


class Sender:
    """Gives parts of a body, then waits for ever."""

    def __init__(self, *parts: bytes, ends: bool = True):
        self._parts, self._ends, self.given = list(parts), ends, 0

    async def receive(self) -> dict[str, Any]:
        if self.given == len(self._parts):
            await asyncio.sleep(3600)
        part = self._parts[self.given]
        self.given += 1
        more = self.given < len(self._parts) or not self._ends
        return {"type": "http.request", "body": part, "more_body": more}


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, lambda: AS_OF, reserve=0)


def read(spool: Spool, sender: Sender) -> bytes:
    body = Body(spool, sender.receive)
    try:
        return asyncio.run(body.read("t"))
    finally:
        body.let_go()
        assert spool.waiting == 0


def test_parts_are_put_together(spool: Spool) -> None:
    assert read(spool, Sender(b"a", b"b", b"")) == b"ab"


def test_as_large_as_may_be(spool: Spool) -> None:
    assert len(read(spool, Sender(*[b"x" * MIB] * 8))) == MOST_BYTES


def test_a_larger_one_is_read_to_its_end_and_not_held(spool: Spool) -> None:
    sender = Sender(*[b"x" * MIB] * 20)
    with pytest.raises(HTTPException) as refused:
        read(spool, sender)
    assert refused.value.status_code == 413 and sender.given == 20
    assert refused.value.headers is None


def test_one_without_an_end_is_not_read_for_ever(spool: Spool) -> None:
    sender = Sender(*[b"x" * MIB] * 100)
    with pytest.raises(HTTPException) as refused:
        read(spool, sender)
    assert sender.given == MOST_READ // MIB + 1
    assert refused.value.headers == {"Connection": "close"}


@pytest.mark.parametrize("limit", ["IDLE_SECONDS", "BODY_SECONDS"])
def test_a_sender_that_waits_is_not_waited_for(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(body_module, limit, 0.01)
    with pytest.raises(HTTPException) as refused:
        read(spool, Sender(b"a", ends=False))
    assert refused.value.status_code == 408


def test_all_bodies_together_are_bounded(spool: Spool) -> None:
    for token in range(3):
        spool.take(str(token), MOST_WAITING // 4)
    body = Body(spool, Sender(*[b"x" * MIB] * 8, b"x").receive)
    with pytest.raises(Busy):
        asyncio.run(body.read("t"))
    body.let_go()
    assert spool.waiting == 3 * MOST_WAITING // 4


def test_a_sender_that_goes_is_not_answered(spool: Spool) -> None:
    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    with pytest.raises(Gone):
        asyncio.run(Body(spool, gone).read("t"))


def _event(properties: bytes) -> bytes:
    return (
        b'[{"transaction_id": "a", "customer_id": "c", "event_type": "t", '
        b'"timestamp": "%s", "properties": %s}]'
    ) % (AS_OF.isoformat().encode(), properties)


@pytest.mark.parametrize(
    ("body", "is_at_the_loop"),
    [
        (_event(b'{"a": "%s"}' % (b"x" * 9_000)), True),
        (_event(b"{}") + b" " * ingest.MOST_AT_THE_LOOP, False),
        # Each of these takes milliseconds by the exact way.
        (_event(b'{"b": "\\ud800", "a": [%s0]}' % (b"[]," * 20_000)), False),
        (_event(b'{"a": [%s0]}, "x": 1' % (b"[]," * 20_000)), False),
        (b"[" + b"[]," * 20_000 + b"0", False),
    ],
)
def test_what_may_take_long_is_judged_beside_the_event_loop(
    monkeypatch: pytest.MonkeyPatch, body: bytes, is_at_the_loop: bool
) -> None:
    """The exact way asks json or takes events apart; where it does so is noted."""
    where = []

    def noted(body: bytes, now: Any, *, is_quick: bool = False) -> tuple[bytes, int]:
        try:
            answer: Any = judge.judge(body, AS_OF, is_quick=is_quick)
        except judge.Faulty as faulty:
            answer = faulty
        where.append(threading.get_ident())
        if isinstance(answer, Exception):
            raise answer
        return b"", 1

    monkeypatch.setattr(ingest, "judge", noted)
    with contextlib.suppress(judge.Faulty):
        asyncio.run(ingest.judged(body, "t", Turns(1)))
    assert len(where) == 1
    assert (where[0] == threading.get_ident()) == is_at_the_loop
