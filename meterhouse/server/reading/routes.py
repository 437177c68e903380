"""The reading routes: which path and method is answered by which function.

Paths are taken apart as they were sent, so that an id with a slash, percent-encoded, is one id.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Send
from starlette.types import Scope as ASGIScope

from meterhouse.server.app import Server, needs_token
from meterhouse.server.reading.balances import get_net_balance, list_balances
from meterhouse.server.reading.customers import (
    list_customers,
    list_pricing_units,
    retrieve_customer,
)
from meterhouse.server.reading.engine import Engine
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.events import search_events
from meterhouse.server.reading.invoices import list_invoices, retrieve_invoice
from meterhouse.server.reading.metrics import list_metrics, retrieve_metric
from meterhouse.server.reading.not_served import check_served, refusal
from meterhouse.server.reading.paging import place_of
from meterhouse.server.reading.parameters import Asked
from meterhouse.server.reading.reader import Reader
from meterhouse.server.reading.usage import list_usage
from meterhouse.server.reading.usage_groups import list_usage_with_groups
from meterhouse.server.room import Room
from meterhouse.server.tokens import Scope

MAX_BODY = 1024 * 1024
# Of all requests that are being read; a token has its share (room.py).
MOST_BODIES = 16 * MAX_BODY
BODY_SECONDS = 20.0

Handler = Callable[..., Any]

# (method, path) → what answers it. `{…}` is one segment; a handler that takes pages has `place`.
PAGED: dict[tuple[str, str], Handler] = {
    ("GET", "/v1/customers"): list_customers,
    ("GET", "/v1/customers/{customer}/invoices"): list_invoices,
    ("GET", "/v1/billable-metrics"): list_metrics,
    ("GET", "/v1/credit-types/list"): list_pricing_units,
    ("POST", "/v1/contracts/customerBalances/list"): list_balances,
    ("POST", "/v1/usage"): list_usage,
    ("POST", "/v1/usage/groups"): list_usage_with_groups,
}
WHOLE: dict[tuple[str, str], Handler] = {
    ("GET", "/v1/customers/{customer}"): retrieve_customer,
    ("GET", "/v1/customers/{customer}/invoices/{invoice}"): retrieve_invoice,
    ("GET", "/v1/billable-metrics/{metric}"): retrieve_metric,
    ("POST", "/v1/contracts/customerBalances/getNetBalance"): get_net_balance,
    ("POST", "/v1/events/search"): search_events,
}


def routes(engine: Engine, server: Server) -> list[Route]:
    """The reading routes of a server: all of them need a token that may read."""
    return reading_routes(engine, needs_token(server, Scope.READ))


def reading_routes(engine: Engine, middleware: Sequence[Middleware]) -> list[Route]:
    """Everything below /v1 and /v2 that no route before it takes, unknown paths included.

    `middleware` stands before each of them, and says who may not read.
    """

    paths = ("/v1/{path:path}", "/v2/{path:path}")
    return [Route(path, Reading(engine), middleware=middleware) for path in paths]


class Reading:
    """The endpoint, plain ASGI: so it has every method, and says itself which a path takes."""

    def __init__(self, engine: Engine):
        self._engine, self._bodies = engine, Room(MOST_BODIES)

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        try:
            response = await _answer(Request(scope, receive), self._engine, self._bodies)
        except Refused as error:
            response = refused_response(error)
        except ClientDisconnect:
            return
        await response(scope, receive, send)


def refused_response(error: Refused) -> Response:
    """`{"message": …}` with the status of the refusal."""
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if error.allow:
        headers["Allow"] = ", ".join(error.allow)
    if error.status == 408:
        headers["Connection"] = "close"
    return _json(_encoded({"message": error.message}), error.status, headers)


async def _answer(request: Request, engine: Engine, bodies: Room) -> Response:
    method = "GET" if request.method == "HEAD" else request.method
    path = request.scope.get("raw_path") or request.scope["path"].encode()
    segments = [unquote(part) for part in path.decode("latin-1").split("?")[0].split("/")[1:]]
    handler, named, is_paged = _find(method, segments)
    query = query_of(request)
    asked = Asked(query, await _body(request, bodies) if method == "POST" else {}, segments)
    if not is_paged:
        payload = await engine.answer(lambda reader: _encoded(handler(reader, asked, *named)))
        return _json(payload)
    place = place_of(asked)

    def page(reader: Reader) -> bytes:
        return _encoded(handler(reader, asked, place, *named))

    return _json(await engine.answer(page, place.publication))


def _find(method: str, segments: list[str]) -> tuple[Handler, list[str], bool]:
    check_served(segments)
    methods = set()
    for table, is_paged in ((PAGED, True), (WHOLE, False)):
        for (known, template), handler in table.items():
            named = _matched(template.split("/")[1:], segments)
            if named is not None and known == method:
                return handler, named, is_paged
            if named is not None:
                methods.add(known)
    raise refusal(method, segments, methods)


def _matched(template: list[str], segments: list[str]) -> list[str] | None:
    """The segments that a template leaves open, None if it is another path."""
    if len(template) != len(segments) or "" in segments:
        return None
    pairs = list(zip(template, segments, strict=True))
    if any(part != found for part, found in pairs if not part.startswith("{")):
        return None
    return [found for part, found in pairs if part.startswith("{")]


def query_of(request: Request) -> dict[str, str]:
    """The parameters of a query string, lists with commas. Raises Refused (400)."""
    text = request.scope.get("query_string", b"").decode("latin-1")
    try:
        given = parse_qs(text, keep_blank_values=True, max_num_fields=300, errors="strict")
    except ValueError as error:
        raise Refused(400, f"The query string cannot be read: {error}.") from error
    # A list may come as one text with commas or as several parameters, also with [] at the name.
    return {re.sub(r"\[\]$", "", name): ",".join(values) for name, values in given.items()}


async def _body(request: Request, bodies: Room) -> dict[str, Any]:
    token, held = request.state.token.id, 0
    chunks: list[bytes] = []
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                if held + len(chunk) > MAX_BODY:
                    raise Refused(
                        413, f"The body is larger than {MAX_BODY} bytes; ask for less at once."
                    )
                if not bodies.take(token, len(chunk)):
                    raise Refused(503, "Too much of this token is being read; try again.", 1)
                held += len(chunk)
                chunks.append(chunk)
    except TimeoutError:
        raise Refused(408, "The body of the request came too slowly.") from None
    finally:
        bodies.give_back(token, held)
    content = b"".join(chunks)
    if not content.strip():
        return {}
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Refused(400, f"The body is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise Refused(400, "The body must be a JSON object.")
    return found


def _encoded(payload: Any) -> bytes:
    return msgspec.json.encode(payload)


def _json(content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    # What is money of customers is kept by nobody on the way.
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return Response(content, status, kept, "application/json")
