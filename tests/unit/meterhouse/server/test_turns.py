"""Guards against one token whose slow requests are judged before everybody else's."""

import asyncio
import threading

import pytest

from meterhouse.server.turns import Turns


def test_tokens_take_turns_and_one_has_one_thread() -> None:
    order: list[str] = []
    gate = threading.Event()

    def work(name: str) -> str:
        gate.wait(10)
        order.append(name)
        return name

    async def run() -> list[str]:
        turns = Turns(1)
        asked = [f"a{number}" for number in range(4)] + ["b0", "b1", "c0"]
        tasks = [
            asyncio.create_task(turns.done(name[0], lambda name=name: work(name))) for name in asked
        ]
        await asyncio.sleep(0.01)
        gate.set()
        return await asyncio.gather(*tasks)

    assert len(asyncio.run(run())) == 7
    assert order == ["a0", "a1", "b0", "c0", "a2", "b1", "a3"]


def test_a_second_thread_is_for_another_token() -> None:
    gate, began = threading.Event(), []

    def slow(name: str) -> None:
        began.append(name)
        gate.wait(10)

    async def run() -> None:
        turns = Turns(2)
        held = [asyncio.create_task(turns.done("a", lambda: slow("a"))) for _ in range(5)]
        await asyncio.sleep(0.01)
        assert await asyncio.wait_for(turns.done("b", lambda: 7), 5) == 7
        assert began == ["a"]
        gate.set()
        await asyncio.gather(*held)

    asyncio.run(run())


def test_who_goes_away_or_fails_keeps_no_turn() -> None:
    gate = threading.Event()

    async def run() -> None:
        turns = Turns(1)
        first = asyncio.create_task(turns.done("a", lambda: gate.wait(10)))
        gone = [asyncio.create_task(turns.done("b", lambda: 1)) for _ in range(3)]
        last = asyncio.create_task(turns.done("b", lambda: 1 // 0))
        await asyncio.sleep(0.01)
        for task in gone:
            task.cancel()
        gate.set()
        with pytest.raises(ZeroDivisionError):
            await last
        await first
        assert await turns.done("c", lambda: 3) == 3
        assert await turns.done("b", lambda: 2) == 2

    asyncio.run(run())
