"""Reading the body of a request, with bounds on its size, its time and what all of them hold."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from meterhouse.server.spool import MIB, Spool

MOST_BYTES = 8 * MIB
# A larger body is read to its end, so that its sender hears why; up to here.
MOST_READ = 64 * MIB
# Between two parts of a body, and for all of it.
IDLE_SECONDS, BODY_SECONDS = 20.0, 120.0


class Gone(Exception):
    """The sender went away before its request was whole."""


class Body:
    """The body of one request; what it holds counts as waiting in the spool until `let_go`."""

    def __init__(self, spool: Spool, receive: Receive):
        self._spool, self._receive = spool, receive
        self._token, self._held = "", 0

    async def read(self, token: str) -> bytes:
        """All of it, which that token sends.

        Raises HTTPException (408, 413), Busy if what the token sends at once is too much.
        """
        self._token = token
        message = await self._receive()
        first = self._taken(message)
        if not message.get("more_body"):
            return first
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await self._rest(first)
        except TimeoutError:
            raise HTTPException(
                408, "The body of the request came too slowly.", {"Connection": "close"}
            ) from None

    def let_go(self) -> None:
        """It is not held any more."""
        self._spool.give_back(self._token, self._held)
        self._held = 0

    async def _rest(self, first: bytes) -> bytes:
        parts, size, is_more = [first], len(first), True
        while is_more:
            async with asyncio.timeout(IDLE_SECONDS):
                message = await self._receive()
            is_more = bool(message.get("more_body"))
            if size > MOST_BYTES:
                # Read over: nothing of it is held.
                size += len(message.get("body", b""))
                if size > MOST_READ:
                    raise _too_large(is_at_end=False)
                continue
            part = self._taken(message)
            size += len(part)
            parts.append(part)
            if size > MOST_BYTES:
                parts.clear()
                self.let_go()
        if size > MOST_BYTES:
            raise _too_large(is_at_end=True)
        return b"".join(parts)

    def _taken(self, message: Message) -> bytes:
        if message["type"] == "http.disconnect":
            raise Gone
        part: bytes = message.get("body", b"")
        self._spool.take(self._token, len(part))
        self._held += len(part)
        return part


def _too_large(is_at_end: bool) -> HTTPException:
    headers = None if is_at_end else {"Connection": "close"}
    most = f"The body is larger than {MOST_BYTES // MIB} MiB; send several requests."
    return HTTPException(413, most, headers)
