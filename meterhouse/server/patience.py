"""Connections that hold a place and send no request: slow headers, slow readers, too many at once.

uvicorn waits for headers as long as a sender likes, and keeps as much of them as it sends. Of its
connections those without a request at work are idle, also one that sends on after its answer. When
there are too many, the one that is idle for longest makes room, so that nobody who holds
connections keeps out who comes to send.
"""

import asyncio
from collections import OrderedDict
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from meterhouse.server.offers import Parser

HEADER_SECONDS = 20.0
# For what is written to be read.
READER_SECONDS = 60.0
MOST_HEADER_BYTES = 64 * 1024
MOST_CONNECTIONS = 2_000

# Of one process, as uvicorn's own list is: those that are idle, the longest first.
_IDLE: OrderedDict["PatientProtocol", None] = OrderedDict()


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, whose patience ends."""

    _timer: asyncio.TimerHandle | None = None
    _reader_timer: asyncio.TimerHandle | None = None
    _header_bytes = 0
    _is_in_headers = True

    def __init__(self, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self.parser: Parser = Parser(self)

    def connection_made(self, transport: Any) -> None:
        """A sender has come."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            if not _IDLE:
                transport.abort()
                return
            longest, _ = _IDLE.popitem(last=False)
            longest.give_up()
        _IDLE[self] = None
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """It went."""
        _IDLE.pop(self, None)
        self._end()
        self._end_reader()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """It says something."""
        super().data_received(data)
        if self._is_in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > MOST_HEADER_BYTES:
                self.give_up()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        """Its headers are there."""
        if self.parser.is_offer:
            # They come again without it.
            return
        self._end()
        _IDLE.pop(self, None)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        if not self.parser.is_offer:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered; one behind it may be at work."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            _IDLE[self] = None

    def pause_writing(self) -> None:
        """What is answered is not read."""
        super().pause_writing()
        self._end_reader()
        self._reader_timer = self.loop.call_later(READER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It is."""
        self._end_reader()
        super().resume_writing()

    def give_up(self) -> None:
        """Let go of the connection."""
        if not self.transport.is_closing():
            self.transport.abort()

    def _begin(self) -> None:
        self._end()
        self._is_in_headers, self._header_bytes = True, 0
        self._timer = self.loop.call_later(HEADER_SECONDS, self.give_up)

    def _end(self) -> None:
        self._is_in_headers = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end_reader(self) -> None:
        if self._reader_timer is not None:
            self._reader_timer.cancel()
            self._reader_timer = None
