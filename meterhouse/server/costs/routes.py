"""POST /customer/v1/cost and /v1/cost: events in, lines out; nothing is landed.

A customer's token asks about its own events alone; a token that reads may name customer and
contract, or neither.
"""

from collections.abc import Sequence

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from meterhouse.server.app import Server, needs_token
from meterhouse.server.body import Body, Gone
from meterhouse.server.costs.ask import Costs
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.parameters import Asked
from meterhouse.server.reading.routes import query_of, refused_response
from meterhouse.server.spool import Busy, Spool
from meterhouse.server.tokens import Scope

MOST_BYTES = 1024 * 1024
MOST_EVENTS = 1_000
CUSTOMER_PATH, PATH = "/customer/v1/cost", "/v1/cost"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_events = msgspec.json.Decoder(list[msgspec.Raw]).decode


def routes(costs: Costs, spool: Spool, server: Server) -> Sequence[BaseRoute]:
    """Both paths."""

    async def own(request: Request) -> Response:
        return await _answer(request, costs, spool, str(request.state.token.customer_id))

    async def of_all(request: Request) -> Response:
        return await _answer(request, costs, spool, None)

    return [
        Route(CUSTOMER_PATH, own, methods=["POST"], middleware=needs_token(server, Scope.CUSTOMER)),
        Route(PATH, of_all, methods=["POST"], middleware=needs_token(server, Scope.READ)),
    ]


def lines_of(content: bytes) -> bytes:
    """A JSON array of events as JSON lines, each as it was sent. Raises Refused (400, 413)."""
    if len(content) > MOST_BYTES:
        raise Refused(413, f"The body is larger than {MOST_BYTES:,} bytes; ask about fewer events.")
    try:
        found = _events(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"The body is not a JSON array of events: {error}.") from error
    if not 1 <= len(found) <= MOST_EVENTS:
        raise Refused(400, f"Send an array of 1 to {MOST_EVENTS:,} events; there are {len(found)}.")
    # Between the tokens of an event a line feed is a blank; inside a text JSON has none.
    return b"".join(bytes(one).replace(b"\n", b" ") + b"\n" for one in found)


async def _answer(request: Request, costs: Costs, spool: Spool, customer: str | None) -> Response:
    body, token = Body(spool, request.receive), request.state.token.id
    try:
        asked = Asked(query_of(request), {}, [PATH])
        contract = asked.text("contract_id")
        if customer is None:
            customer = asked.text("customer_id")
        asked.done()
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Refused(415, "Send the body as it is, without Content-Encoding.")
        lines = lines_of(await body.read(token))
        body.let_go()
        found = await costs.answer(customer or token, lines, customer, contract)
    except Refused as error:
        return refused_response(error)
    except HTTPException as error:
        return JSONResponse({"message": error.detail}, error.status_code, error.headers)
    except Busy as error:
        return refused_response(Refused(503, error.message, error.retry_after))
    except Gone:
        return Response(status_code=400)
    finally:
        body.let_go()
    return Response(msgspec.json.encode(found), 200, _HEADERS, "application/json")
