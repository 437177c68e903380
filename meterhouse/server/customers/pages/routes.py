"""/customer/pages/<link>/…: a customer's pages behind a signed link, and the files that they need.

The link is in the path, so that pages work in a frame of another site without cookies.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from meterhouse.common.errors import UsageError
from meterhouse.html.policy import page_headers
from meterhouse.server.app import Server, static_response
from meterhouse.server.customers.documents import KINDS, Documents, headers_of
from meterhouse.server.customers.links import Keys, read_link
from meterhouse.server.customers.memory import Memory
from meterhouse.server.customers.own import Own
from meterhouse.server.customers.pages.files import EXPORTS, export
from meterhouse.server.customers.pages.kept import KeptPages
from meterhouse.server.customers.pages.render import page
from meterhouse.server.reading.errors import Refused
from meterhouse.warehouse.clock import machine_clock

PREFIX = "/customer/pages/"
FRAMES = "METERHOUSE_PAGES_FRAME_ANCESTORS"
_OVER = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Link is over</title><main><h1>This "
    "link does not count any more</h1><p>Ask whoever gave it to you for a new one.</main></html>"
)


def frame_ancestors() -> str:
    """METERHOUSE_PAGES_FRAME_ANCESTORS: which sites may show pages in a frame; else none but ours.

    Raises UsageError.
    """
    value = os.environ.get(FRAMES) or "'self'"
    if not re.fullmatch(r"('self'|'none'|https?://[A-Za-z0-9.*:-]+)( https?://[^\s;,]+)*", value):
        raise UsageError(
            f"{FRAMES}={value} is no list of sites: write them like https://app.example.com, "
            "blanks between."
        )
    return value


def routes(memory: Memory, server: Server) -> Sequence[BaseRoute]:
    """The static files, which have nothing of anybody; then all pages."""
    keys, headers = Keys(server.home), page_headers(frame_ancestors())
    pages = KeptPages()

    def kept_or_made(own: Own, name: str) -> Content:
        key = own.at.name, own.customer, name, own.documents.version
        if (kept := pages.find(key)) is not None:
            return Content("text/html", kept)
        made = _content(own, name, memory.documents)
        if made.kind == "text/html":
            pages.keep(key, made.data)
        return made

    async def static(request: Request) -> Response:
        return static_response(request.path_params["name"], headers)

    async def shown(request: Request) -> Response:
        link, name = request.path_params["link"], request.path_params.get("page")
        found = read_link(link, keys.now(), machine_clock())
        if found is None:
            return Response(_OVER, 403, headers, "text/html")
        if not name:
            # Relative, so it keeps to the scheme and host that a proxy is reached by.
            place = "index.html" if name is not None else f"{link}/index.html"
            return RedirectResponse(place, 302, headers)
        name = unquote(name)
        try:
            content = await memory.answer(found.customer, lambda own: kept_or_made(own, name))
        except Refused as error:
            again = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
            return Response(error.message, error.status, {**headers, **again}, "text/plain")
        return Response(content.data, 200, {**headers, **content.headers}, content.kind)

    return [
        Route(PREFIX + "static/{name}", static, methods=["GET"]),
        Route(PREFIX + "{link}", shown, methods=["GET"]),
        Route(PREFIX + "{link}/{page:path}", shown, methods=["GET"]),
    ]


@dataclass(frozen=True)
class Content:
    """What is sent: a page, an export or a document."""

    kind: str
    data: bytes
    headers: dict[str, str] = field(default_factory=dict)


def _content(own: Own, name: str, documents: Documents) -> Content:
    stem, _, ending = name.rpartition(".")
    if ending == "csv" and stem in EXPORTS:
        return Content("text/csv", export(own, stem))
    for document in own.documents.all:
        file = document.file(ending)
        if file is not None and name == document.file_name(ending):
            return Content(KINDS[ending], documents.content(file), headers_of(file))
    found = page(own, stem) if ending == "html" else None
    if found is None:
        raise Refused(404, "There is no such page.")
    return Content("text/html", found.encode())
