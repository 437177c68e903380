"""Who asks: the one place that lets anybody see an office page."""

from starlette.requests import Request

from meterhouse.server.authentication import Authentication
from meterhouse.server.office.session import Sessions
from meterhouse.server.tokens import ROLES, Scope, Token
from meterhouse.warehouse.clock import machine_clock


class Door:
    """Tokens and sessions of a data directory."""

    def __init__(self, authentication: Authentication, sessions: Sessions):
        self._authentication, self._sessions = authentication, sessions

    def token(self, request: Request, scope: Scope) -> Token:
        """The token that asks: of the header Authorization if there is one, else of the session.

        Raises HTTPException: 401 if there is none that counts, 403 for one without that role, 429.
        """
        given = request.headers.get("authorization")
        if given is not None:
            return self._authentication.token(given, scope)
        id = self._sessions.token_id(request, machine_clock())
        return self._authentication.of_id(id, scope)

    def token_of_text(self, text: str) -> Token:
        """The token that somebody signs in with, of whatever role.

        Raises HTTPException: 401 if it is none that counts, 403 if it has no role, 429.
        """
        # Every role opens what is of operations.
        return self._authentication.token(f"Bearer {text}", Scope.OPERATIONS)


def may(token: Token, scope: Scope) -> bool:
    """Whether the pages of `scope` are open to it, so that a page leads nowhere else."""
    return scope in ROLES.get(token.role or "", ())
