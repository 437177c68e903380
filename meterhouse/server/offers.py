"""A request that offers another protocol (`Upgrade: h2c`, `websocket`) is read like any other.

Java's HttpClient offers HTTP/2 with every request over plain HTTP, and goes on in HTTP/1.1 where it
is not taken up (RFC 9110, 7.8). The parser ends at such an offer, before the body; it is handed the
same headers again without it, and reads on.
"""

from typing import Any, Protocol

import httptools

# The parser takes a request for an offer by `Upgrade`; the other one says how it would go on.
_OFFERS = (b"upgrade", b"http2-settings")


class Reads(Protocol):
    """The server's protocol, which the parser tells of what it reads (httptools)."""

    url: bytes
    headers: list[tuple[bytes, bytes]]


class Parser(httptools.HttpRequestParser):
    """httptools' parser, which goes on behind an offer.

    Of a request with one the protocol is told twice up to its headers; the first time `is_offer`.
    """

    def __init__(self, protocol: Reads):
        super().__init__(protocol)
        self._protocol = protocol
        # As uvicorn has it: what is behind a last request is no error.
        self.set_dangerous_leniencies(lenient_data_after_close=True)

    @property
    def is_offer(self) -> bool:
        """Whether this request is about to be read again. CONNECT is no offer: HTTP ends there."""
        return self.should_upgrade() and self.get_method() != b"CONNECT"

    def feed_data(self, data: Any) -> None:
        """Read on. Raises httptools.HttpParserError, HttpParserUpgrade behind CONNECT."""
        while True:
            try:
                super().feed_data(data)
                return
            except httptools.HttpParserUpgrade as offer:
                if not self.is_offer:
                    raise
                end: int = offer.args[0]
            super().feed_data(self._without_offer())
            # No copy: one packet may have thousands of small requests.
            data = memoryview(data)[end:]

    def _without_offer(self) -> bytes:
        version = self.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.get_method(), self._protocol.url, version)]
        lines += [b"%s: %s" % it for it in self._protocol.headers if it[0] not in _OFFERS]
        return b"\r\n".join([*lines, b"", b""])
