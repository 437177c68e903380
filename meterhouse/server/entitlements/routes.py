"""GET /v1/entitlements/{contract}: may this customer go on (S-76)?"""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from meterhouse.server.app import Server, needs_token
from meterhouse.server.entitlements.caps import entitlement
from meterhouse.server.entitlements.follow import Follower
from meterhouse.server.tokens import Scope
from meterhouse.warehouse.clock import machine_clock

_HEADERS = {"Cache-Control": "no-store"}
_PREFIX = "/v1/entitlements/"


def routes(follower: Follower, stale_after: timedelta, server: Server) -> Sequence[BaseRoute]:
    """The one path; it needs a token that may read."""

    async def answer(request: Request) -> Response:
        known = follower.known
        if known is None:
            why = "Nothing is published yet; the first run does it: meterhouse run"
            return _json({"message": why}, 503, {"Retry-After": "10"})
        # As it was sent: a slash within an id is percent-encoded.
        path = (request.scope.get("raw_path") or request.scope["path"].encode()).decode("latin-1")
        contract = unquote(path.split("?")[0].removeprefix(_PREFIX))
        found = entitlement(known, contract, machine_clock(), stale_after)
        if found is None:
            return _json({"message": "The price book has no such contract."}, 404)
        return _json(found)

    return [
        Route(
            _PREFIX + "{contract:path}",
            answer,
            methods=["GET"],
            middleware=needs_token(server, Scope.READ),
        )
    ]


def _json(payload: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = msgspec.json.encode(payload)
    return Response(content, status, {**_HEADERS, **(headers or {})}, "application/json")
