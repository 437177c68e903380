"""Work beside the event loop, for which those who ask take turns."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Turns:
    """So many threads; of one holder one piece of work at a time, then the next holder's.

    So whoever has the longest queue waits for it alone.
    """

    def __init__(self, most: int):
        self._pool, self._free = ThreadPoolExecutor(most, "beside"), most
        self._busy: set[str] = set()
        # Of each holder those who wait; the holder whose turn is longest ago is the first.
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def done(self, holder: str, work: Callable[[], T]) -> T:
        """What `work` gives, in a thread, when it is the holder's turn."""
        await self._turn(holder)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._end(holder)

    async def _turn(self, holder: str) -> None:
        if self._free and holder not in self._busy:
            self._begin(holder)
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(holder, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # It had just come.
                self._end(holder)
            raise

    def _begin(self, holder: str) -> None:
        self._free -= 1
        self._busy.add(holder)

    def _end(self, holder: str) -> None:
        self._free += 1
        self._busy.discard(holder)
        while self._free and (turn := self._next()):
            turn.set_result(None)

    def _next(self) -> asyncio.Future[None] | None:
        for holder in [*self._waiting]:
            if holder in self._busy:
                continue
            waiting = self._waiting.pop(holder)
            while waiting and waiting[0].done():
                waiting.popleft()
            if not waiting:
                continue
            turn = waiting.popleft()
            if waiting:
                self._waiting[holder] = waiting
            self._begin(holder)
            return turn
        return None
