"""/office/…: every page goes through the door, which asks for a token of the page's role."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from meterhouse.server.app import Server, static_response
from meterhouse.server.errors import LinkError
from meterhouse.server.office.answers import HEADERS, Answers
from meterhouse.server.office.door import Door
from meterhouse.server.office.pages import LISTS
from meterhouse.server.office.render import Frame, refusal, signing_in
from meterhouse.server.office.session import Sessions, is_of_our_own_page
from meterhouse.server.reading.engine import Engine
from meterhouse.server.reading.errors import Refused
from meterhouse.server.tokens import Scope, Token
from meterhouse.warehouse.clock import machine_clock

PREFIX = "/office/"
MOST_FORM, FORM_SECONDS = 8_192, 20.0
_NO_ROLE = "This token opens no office page. meterhouse token new NAME --role finance makes one."
Work = Callable[[Request, Token], Awaitable[Response]]


def routes(engine: Engine, server: Server) -> Sequence[BaseRoute]:
    """Signing in and out, the static files, and all pages."""
    sessions = Sessions(server.home)
    door, answers = Door(server.authentication, sessions), Answers(engine, server.home)

    def guarded(path: str, scope: Scope, work: Work) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                token = door.token(request, scope)
            except HTTPException as error:
                return _kept_out(request, error, door)
            try:
                return await work(request, token)
            except Refused as error:
                return _refused(token, error)

        return Route(PREFIX + path, endpoint, methods=["GET"])

    async def static(request: Request) -> Response:
        return static_response(request.path_params["name"], HEADERS)

    async def form(request: Request) -> Response:
        return _signing_in(PREFIX, None, 200)

    async def sign_in(request: Request) -> Response:
        if not is_of_our_own_page(request):
            return _signing_in(PREFIX, "This form was sent by another site.", 403)
        given = await _form(request)
        to = _within(given.get("to", ""))
        try:
            token = door.token_of_text(given.get("token", "").strip())
            answer = RedirectResponse(to, 303, HEADERS)
            sessions.begin(answer, request, token, machine_clock())
        except LinkError as error:
            return _signing_in(to, str(error), 503)
        except HTTPException as error:
            said = {401: "This token is unknown or revoked.", 403: _NO_ROLE}
            return _signing_in(to, said.get(error.status_code, error.detail), error.status_code)
        return answer

    async def sign_out(request: Request) -> Response:
        if not is_of_our_own_page(request):
            return _signing_in(PREFIX, "This form was sent by another site.", 403)
        answer = RedirectResponse(PREFIX + "sign-in", 303, HEADERS)
        sessions.end(answer, request)
        return answer

    async def nothing(request: Request, token: Token) -> Response:
        raise Refused(404, "There is no such page.")

    async def begin(_: Request) -> Response:
        return RedirectResponse(PREFIX, 308, HEADERS)

    pages = [
        route
        for name, of in LISTS.items()
        for route in (
            guarded(name, of.scope, answers.list_page(of)),
            guarded(f"{name}.csv", of.scope, answers.list_csv(of)),
        )
    ]
    return [
        Route("/office", begin, methods=["GET"]),
        Route(PREFIX + "static/{name}", static, methods=["GET"]),
        Route(PREFIX + "sign-in", form, methods=["GET"]),
        Route(PREFIX + "sign-in", sign_in, methods=["POST"]),
        Route(PREFIX + "sign-out", sign_out, methods=["POST"]),
        guarded("", Scope.OPERATIONS, answers.today),
        guarded("invoice", Scope.FINANCE, answers.invoice),
        guarded("explain", Scope.FINANCE, answers.explain),
        *pages,
        guarded("{rest:path}", Scope.OPERATIONS, nothing),
    ]


def _kept_out(request: Request, error: HTTPException, door: Door) -> Response:
    """401 with the form, 403 with a sentence; a program gets JSON. Nothing of any data."""
    if "authorization" in request.headers or error.status_code == 429:
        headers = {**HEADERS, **(error.headers or {})}
        return JSONResponse({"message": error.detail}, error.status_code, headers)
    if error.status_code == 401:
        to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        # A strict cookie does not come along from another site; from this page it does.
        site = request.headers.get("sec-fetch-site")
        return _signing_in(_within(to), None, 401, site in ("cross-site", "same-site"))
    try:
        frame = Frame(door.token(request, Scope.OPERATIONS))
    except HTTPException:
        return _signing_in(PREFIX, _NO_ROLE, 403)
    message = "Your token is for operations; this page is finance's, with customers' amounts."
    return Response(refusal(frame, "Not for this token", message), 403, HEADERS, "text/html")


def _signing_in(
    to: str, said: str | None, status: int, is_from_elsewhere: bool = False
) -> Response:
    headers = {**HEADERS, "WWW-Authenticate": "Bearer"} if status == 401 else HEADERS
    return Response(signing_in(to, said, is_from_elsewhere), status, headers, "text/html")


def _refused(token: Token, error: Refused) -> Response:
    again = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    titles = {400: "Not understood", 404: "Not there", 410: "Published anew", 503: "Not now"}
    page = refusal(Frame(token), titles.get(error.status, "Not possible"), error.message)
    return Response(page, error.status, {**HEADERS, **again}, "text/html")


def _within(to: str) -> str:
    """Where to go after signing in: an office page, whatever a form says."""
    is_ours = to.startswith(PREFIX) and "\\" not in to and "//" not in to and to.isprintable()
    return to if is_ours and not to.startswith(PREFIX + "sign-") else PREFIX


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises HTTPException (400, 408, 413)."""
    content = b""
    try:
        async with asyncio.timeout(FORM_SECONDS):
            async for part in request.stream():
                content += part
                if len(content) > MOST_FORM:
                    raise HTTPException(413, "This form is too large.")
    except TimeoutError:
        raise HTTPException(408, "The form came too slowly.", {"Connection": "close"}) from None
    try:
        given = parse_qs(content.decode("ascii"), max_num_fields=10, errors="strict")
    except ValueError as error:
        raise HTTPException(400, "This is no form.") from error
    return {name: values[0] for name, values in given.items()}
