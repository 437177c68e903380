"""Connections that never become a request: slow or endless headers, and too many at once.

uvicorn waits for headers as long as a sender likes, and keeps as much of them as it sends.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 20.0
MOST_HEADER_BYTES = 64 * 1024
MOST_CONNECTIONS = 2_000


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, whose patience ends."""

    _timer: asyncio.TimerHandle | None = None
    _header_bytes = 0
    _is_in_headers = True

    def connection_made(self, transport: Any) -> None:
        """A sender has come."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """It went."""
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """It says something."""
        super().data_received(data)
        if self._is_in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > MOST_HEADER_BYTES:
                self._give_up()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        """Its headers are there."""
        self._end()
        super().on_headers_complete()

    def _begin(self) -> None:
        self._end()
        self._is_in_headers, self._header_bytes = True, 0
        self._timer = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def _end(self) -> None:
        self._is_in_headers = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()
