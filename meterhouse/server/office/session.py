"""A browser's session: the id of the token that signed in and its end, in a signed cookie.

Nothing is kept of it. It is over at its end, when its token is revoked, and when the keys that sign
links are forgotten (`meterhouse link --new-key --forget`).
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from meterhouse.server.customers.links import Keys, new_key, signed, unsigned
from meterhouse.server.tokens import Token

COOKIE, PATH = "meterhouse_office", "/office"
# A working day; whoever comes back in the morning signs in again.
LASTS = timedelta(hours=12)
_SALT = "meterhouse office session"


class Sessions:
    """Sessions of a data directory: begun, read, ended."""

    def __init__(self, home: Path):
        self._home, self._keys = home, Keys(home)

    def begin(self, response: Response, request: Request, token: Token, now: datetime) -> None:
        """Let the answer sign the browser in. Raises LinkError if the keys cannot be read."""
        keys = self._keys.now() or new_key(self._home)
        text = signed(keys, _SALT, [token.id, int((now + LASTS).timestamp())])
        _keep(response, request, text, int(LASTS.total_seconds()))

    def token_id(self, request: Request, now: datetime) -> str | None:
        """The id of the token that signed in; None without a session that counts."""
        found = unsigned(self._keys.now(), _SALT, request.cookies.get(COOKIE, ""))
        if found is None:
            return None
        id, until = found
        return str(id) if now < datetime.fromtimestamp(until, UTC) else None

    @staticmethod
    def end(response: Response, request: Request) -> None:
        """Let the answer sign the browser out."""
        _keep(response, request, "", 0)


def is_of_our_own_page(request: Request) -> bool:
    """Whether a page of ours sends this form, and no other site in the name of who reads it.

    Browsers say it in Sec-Fetch-Site where the address is safe (https, or this machine); else
    Origin must name the host that was asked.
    """
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched == "same-origin"
    origin = urlsplit(request.headers.get("origin") or "")
    return bool(origin.netloc) and origin.netloc == request.headers.get("host")


def _keep(response: Response, request: Request, text: str, seconds: int) -> None:
    # The proxy in front speaks TLS, not we: the browser says where it is.
    is_safe = (request.headers.get("origin") or "").startswith("https://")
    response.set_cookie(
        COOKIE, text, seconds, path=PATH, secure=is_safe, httponly=True, samesite="strict"
    )
