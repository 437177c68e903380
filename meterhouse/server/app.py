"""The Starlette application of routes that modules give.

A module of routes has `routes(server) -> list[Route]` and is named in worker.py. What needs a token
says so with `needs_token`, so that no route makes up its own way to ask for one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Lifespan

from meterhouse.html.static import static_file
from meterhouse.server.authentication import Authentication, TokenRequired
from meterhouse.server.tokens import Scope


@dataclass(frozen=True)
class Server:
    """What routes are given: the data directory (absolute), and who may ask."""

    home: Path
    authentication: Authentication


Routes = Callable[[Server], Sequence[BaseRoute]]


def application(
    server: Server,
    routes: Sequence[Routes],
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """All routes; the first that fits a path answers. An error is JSON with a `message`."""
    app = Starlette(
        routes=[route for module in routes for route in module(server)],
        exception_handlers={HTTPException: _refused, Exception: _failed},
        lifespan=lifespan,
    )
    # It would send people to http:// and to whatever host the request names, with their link.
    app.router.redirect_slashes = False
    return app


def needs_token(server: Server, scope: Scope) -> list[Middleware]:
    """For `Route(…, middleware=needs_token(server, Scope.READ))`; see TokenRequired."""
    return [Middleware(TokenRequired, authentication=server.authentication, needs=scope)]


def static_response(name: str, headers: Mapping[str, str]) -> Response:
    """A file that pages need and that has nothing of anybody; 404 if there is none."""
    found = static_file(name)
    if found is None:
        return Response("There is no such file.", 404, headers, "text/plain")
    path, kind = found
    return FileResponse(path, 200, {**headers, "Cache-Control": "public, max-age=3600"}, kind)


async def _failed(_: Request, error: Exception) -> Response:
    # What nobody foresaw; it is in the server's log with its trace.
    message = "The server failed at this request; its log says how. It may be sent again."
    return JSONResponse({"message": message}, 500)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = error.detail
    if error.status_code == 404:
        message = "There is nothing at this path. docs/http.md lists what the server answers."
    elif error.status_code == 405:
        message = f"This path takes {(error.headers or {}).get('Allow')}."
    return JSONResponse({"message": message}, error.status_code, error.headers)
