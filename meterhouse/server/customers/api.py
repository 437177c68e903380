"""GET /customer/v1/…: what a customer's own programs read, as JSON or CSV.

The token names the customer. Pages of a list belong to one publication (paging.py); each answer
names it and its moment.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from meterhouse.documents.kept import KeptFile
from meterhouse.server.app import Server, needs_token
from meterhouse.server.customers.documents import KINDS, Documents, headers_of
from meterhouse.server.customers.lists import LISTS, List
from meterhouse.server.customers.memory import Memory
from meterhouse.server.customers.openapi import document
from meterhouse.server.customers.own import Own
from meterhouse.server.reading.errors import Refused, no_such
from meterhouse.server.reading.paging import Place, key_after, next_page, place_of, whole
from meterhouse.server.reading.parameters import Asked
from meterhouse.server.reading.routes import query_of, refused_response
from meterhouse.server.reading.values import csv_of, encoded
from meterhouse.server.tokens import Scope

PREFIX = "/customer/v1/"
DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000
MOST_LINES = 2_000
FORMATS = ("json", "csv")
NEXT_PAGE = "Meterhouse-Next-Page"
PUBLICATION = "Meterhouse-Publication"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def routes(memory: Memory, server: Server) -> Sequence[BaseRoute]:
    """The lists, one invoice, and the document that describes them, which needs no token."""

    async def listed(request: Request) -> Response:
        name = request.url.path.removeprefix(PREFIX)
        customer = str(request.state.token.customer_id)
        try:
            asked = Asked(query_of(request), {}, [customer, name])
            place = place_of(asked)
            return await memory.answer(
                customer,
                lambda own: list_answer(own, LISTS[name], asked, place),
                place.publication,
            )
        except Refused as error:
            return refused_response(error)

    async def one(request: Request) -> Response:
        customer = str(request.state.token.customer_id)
        # As it was sent: a slash within an id is percent-encoded.
        path = (request.scope.get("raw_path") or request.scope["path"].encode()).decode("latin-1")
        invoice = unquote(path.split("?")[0].removeprefix(PREFIX + "invoices/"))
        try:
            Asked(query_of(request), {}).done()
            found = await memory.answer(customer, lambda own: invoice_answer(own, invoice))
        except Refused as error:
            return refused_response(error)
        return _json(found)

    async def described(_: Request) -> Response:
        return _json(document())

    async def document_file(request: Request) -> Response:
        customer = str(request.state.token.customer_id)
        id, format = request.path_params["document"], request.path_params["format"]
        try:
            Asked(query_of(request), {}).done()
            file, data = await memory.answer(
                customer, lambda own: _file(own, memory.documents, id, format)
            )
        except Refused as error:
            return refused_response(error)
        return Response(data, 200, {**_HEADERS, **headers_of(file)}, KINDS[format])

    only = needs_token(server, Scope.CUSTOMER)
    return [
        Route(PREFIX + "openapi.json", described, methods=["GET"]),
        *(Route(PREFIX + name, listed, methods=["GET"], middleware=only) for name in LISTS),
        Route(PREFIX + "invoices/{invoice:path}", one, methods=["GET"], middleware=only),
        Route(
            PREFIX + "documents/{document:path}/{format}",
            document_file,
            methods=["GET"],
            middleware=only,
        ),
    ]


def list_answer(own: Own, of: List, asked: Asked, place: Place) -> Response:
    """A page of a list, as JSON or CSV. Raises Refused for a parameter that is none."""
    limit = asked.limit(DEFAULT_LIMIT, MAX_LIMIT)
    form = asked.choice("format", FORMATS) or "json"
    wanted = of.asked(asked)
    asked.done()
    # A publication never changes, so a row of a list is told by its number.
    skip = key_after(place, {"row": whole})["row"] or 0
    rows = of.rows(own, wanted, limit + 1, skip)
    more = next_page(asked, own.at, [str(skip + limit)]) if len(rows) > limit else None
    if form == "csv":
        headers = {PUBLICATION: own.at.name, **({NEXT_PAGE: more} if more else {})}
        return csv_answer(csv_of(rows[:limit], of.columns(own)), headers)
    return _json(
        {
            "data": [encoded(row, of.groups) for row in rows[:limit]],
            "next_page": more,
            "publication": own.at.name,
            "as_of": own.at.as_of,
        }
    )


def invoice_answer(own: Own, invoice: str) -> dict[str, Any]:
    """One invoice with its lines, each with its breakdown. Raises Refused: 404, 413."""
    nothing: dict[str, Any] = dict.fromkeys(("starting_on", "ending_before", "status"))
    found = LISTS["invoices"].rows(own, {**nothing, "invoice_id": invoice}, 1, 0)
    if not found:
        raise no_such("invoice", invoice)
    parts = {}
    for name in ("invoice-lines", "invoice-breakdowns"):
        rows = LISTS[name].rows(own, {"invoice_id": invoice}, MOST_LINES + 1, 0)
        if len(rows) > MOST_LINES:
            raise Refused(
                413,
                f"The invoice has more than {MOST_LINES:,} lines or parts of lines; read them page "
                f"by page: {PREFIX}invoice-lines and {PREFIX}invoice-breakdowns with invoice_id.",
            )
        parts[name] = [encoded(row, LISTS[name].groups) for row in rows]
    for line in parts["invoice-lines"]:
        line["breakdown"] = [
            {key: value for key, value in part.items() if key not in ("invoice_id", "line_number")}
            for part in parts["invoice-breakdowns"]
            if part["line_number"] == line["line_number"]
        ]
    documents = [one.told() for one in own.documents.of_invoice(invoice)]
    return {
        "data": {**encoded(found[0]), "lines": parts["invoice-lines"], "documents": documents},
        "publication": own.at.name,
        "as_of": own.at.as_of,
    }


def _file(own: Own, documents: Documents, id: str, format: str) -> tuple[KeptFile, bytes]:
    for one in own.documents.all:
        file = one.file(format)
        if one.document_id == id and file is not None:
            return file, documents.content(file)
    raise no_such("document", f"{id} as {format}")


def csv_answer(content: bytes, headers: dict[str, str]) -> Response:
    """A file of CSV that nobody keeps on the way."""
    return Response(content, 200, {**_HEADERS, **headers}, "text/csv; charset=utf-8")


def _json(payload: Any) -> Response:
    return Response(msgspec.json.encode(payload), 200, _HEADERS, "application/json")
