"""One HTTPS request to the address that was checked (S-75).

The name is resolved once; all of its addresses must be ones that may be reached, and the one that
is connected to is one of them, whatever the name says a moment later. Nothing is followed.
"""

import http.client
import os
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from threading import Timer
from urllib.parse import urlsplit

from meterhouse.delivery.attempts import Answer
from meterhouse.delivery.webhooks.addresses import Network, refusal

# A certificate authority of a receiver's own, beside those that the machine knows.
AUTHORITY = "METERHOUSE_WEBHOOK_CA"
CONNECT_SECONDS = 5.0
# From the first byte sent to the last one read.
WHOLE_SECONDS = 15.0
_READ_BYTES = 2048
_SHOWN = 200

Resolve = Callable[[str, int], Sequence[str]]


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, each once, in the order of the resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def tls() -> ssl.SSLContext:
    """Certificates are checked, against the machine's authorities and METERHOUSE_WEBHOOK_CA."""
    context = ssl.create_default_context()
    own = os.environ.get(AUTHORITY)
    if own:
        context.load_verify_locations(own)
    return context


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    allowed: Sequence[Network],
    context: ssl.SSLContext,
    resolved: Resolve = resolve,
) -> Answer:
    """POST once; whatever happens is an Answer. Without a status nothing was answered."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError as error:
        return Answer(None, f"the address of the endpoint is none ({error})")
    if parts.scheme != "https" or not host or "@" in parts.netloc:
        return Answer(None, "the address of the endpoint is no https:// one")
    try:
        addresses = resolved(host, port)
    except (OSError, UnicodeError) as error:
        return Answer(None, f"{host} is not found ({error})")
    refused = [why for why in (refusal(each, allowed) for each in addresses) if why]
    if refused or not addresses:
        why = refused[0] if refused else "it has no address"
        return Answer(None, f"not sent, {host} may not be reached: {why}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _exchange(_Checked(host, port, addresses[0], context), path, body, headers)


class _Checked(http.client.HTTPSConnection):
    """Connects to `address`, and asks for the certificate of `host`."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext):
        super().__init__(host, port, timeout=CONNECT_SECONDS, context=context)
        self._address, self._tls = address, context

    def connect(self) -> None:
        """As http.client does, without resolving the name again."""
        plain = socket.create_connection((self._address, self.port), CONNECT_SECONDS)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise
        self.sock.settimeout(WHOLE_SECONDS)


def _exchange(connection: _Checked, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    # A receiver that answers byte by byte is cut off as a whole.
    alarm = Timer(WHOLE_SECONDS + CONNECT_SECONDS, _cut, [connection])
    alarm.daemon = True
    alarm.start()
    try:
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        text = response.read(_READ_BYTES).decode("utf-8", "replace")
        after = _seconds(response.headers.get("Retry-After"))
        return Answer(response.status, _shown(response.reason, text), after)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(None, f"{type(error).__name__}: {error}"[:_SHOWN])
    finally:
        alarm.cancel()
        connection.close()


def _cut(connection: _Checked) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _shown(reason: str, text: str) -> str:
    return " ".join(f"{reason} {text}".split())[:_SHOWN]


def _seconds(header: str | None) -> timedelta | None:
    """Retry-After in seconds; a date, or nonsense, is left to the schedule."""
    text = (header or "").strip()
    return timedelta(seconds=min(int(text), 86_400)) if text.isascii() and text.isdigit() else None
