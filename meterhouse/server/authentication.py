"""Which token a request carries, and whether it may do what it asks for."""

import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from meterhouse.server import tokens
from meterhouse.server.rate_limit import RateLimit
from meterhouse.server.tokens import Token, TokenBook

# Seconds after which a revoked token is refused at the latest.
_LOOK_AGAIN_AFTER = 1.0


class Authentication:
    """The tokens of a data directory and their rate limits, for the routes of one process."""

    def __init__(self, book: TokenBook):
        self.book, self._limit = book, RateLimit()
        self._looked_at = float("-inf")

    def token(self, authorization: str | None, scope: tokens.Scope) -> Token:
        """The token of an Authorization header (`Bearer …`), counted against its rate.

        Raises HTTPException: 401 without a token that counts, 403 for one that may not do this, 429
        with Retry-After for one that was used too often.
        """
        self._look()
        scheme, _, text = (authorization or "").partition(" ")
        found = self.book.find(text.strip()) if scheme.lower() == "bearer" else None
        return self._checked(found, scope)

    def of_id(self, id: str | None, scope: tokens.Scope) -> Token:
        """The token of that id, for who has shown it before: as `token` in all else."""
        self._look()
        return self._checked(None if id is None else self.book.of_id(id), scope)

    def _look(self) -> None:
        # A stop-watch; no result depends on it.
        now = time.monotonic()
        if now - self._looked_at >= _LOOK_AGAIN_AFTER:
            self.book.look_again()
            self._looked_at = now

    def _checked(self, found: Token | None, scope: tokens.Scope) -> Token:
        if found is None:
            raise HTTPException(
                401,
                "A token is needed: Authorization: Bearer TOKEN. It is missing, unknown or "
                "revoked; meterhouse token new makes one.",
                {"WWW-Authenticate": "Bearer"},
            )
        if not found.may(scope):
            raise HTTPException(
                403, f"The token {found.id} of source {found.source} may not {scope.value}."
            )
        wait = self._limit.wait(found, time.monotonic())
        if wait:
            raise HTTPException(
                429,
                f"The token {found.id} may make {found.rate:,} requests a second.",
                {"Retry-After": str(wait)},
            )
        return found


class TokenRequired:
    """ASGI middleware of a route: a token with `needs`, which is then `request.state.token`.

    Route(path, endpoint, middleware=[Middleware(TokenRequired, authentication=…, needs=…)])
    """

    def __init__(self, app: ASGIApp, authentication: Authentication, needs: tokens.Scope):
        self._app, self._authentication, self._needs = app, authentication, needs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401, 403 or 429, or go on."""
        given = Headers(scope=scope).get("authorization")
        token = self._authentication.token(given, self._needs)
        scope.setdefault("state", {})["token"] = token
        await self._app(scope, receive, send)
