"""What each office page answers, for who has passed the door."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from meterhouse.html.policy import page_headers
from meterhouse.server.office import listing
from meterhouse.server.office.door import may
from meterhouse.server.office.explained import MOST_EVENTS, Explainer
from meterhouse.server.office.invoice import invoice
from meterhouse.server.office.listing import Listing, LiveListing
from meterhouse.server.office.render import Frame, frame, rendered
from meterhouse.server.office.today import today
from meterhouse.server.reading.engine import Engine
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.paging import place_of
from meterhouse.server.reading.parameters import Asked
from meterhouse.server.reading.reader import Reader
from meterhouse.server.reading.routes import query_of
from meterhouse.server.tokens import Token

Work = Callable[[Request, Token], Awaitable[Response]]
# Without a referrer a browser would not say which site a form is of; no address here has a secret.
HEADERS = page_headers("'none'", forms="'self'", referrer="same-origin")
EVENTS = (10, 100, MOST_EVENTS)


class Answers:
    """The pages of a data directory."""

    def __init__(self, engine: Engine, home: Path):
        self._engine, self._home, self._explainer = engine, home, Explainer(home)

    async def today(self, request: Request, token: Token) -> Response:
        """What needs a look."""
        Asked(query_of(request), {}).done()

        def work(reader: Reader) -> bytes:
            found = today(reader, lambda scope: may(token, scope))
            return rendered("today", frame(token, reader), "", {"today": found})

        return _page(await self._engine.answer(work))

    async def invoice(self, request: Request, token: Token) -> Response:
        """One invoice with its lines."""
        asked = Asked(query_of(request), {})
        id = asked.needed("id")
        asked.done()

        def work(reader: Reader) -> bytes:
            return rendered("invoice", frame(token, reader), "invoices", invoice(reader, id))

        return _page(await self._engine.answer(work))

    async def explain(self, request: Request, token: Token) -> Response:
        """One line, back to its events."""
        asked = Asked(query_of(request), {})
        id, line = asked.needed("invoice"), asked.needed("line")
        events = int(asked.choice("events", tuple(map(str, EVENTS))) or EVENTS[0])
        asked.done()
        if not (line.isascii() and line.isdecimal() and len(line) < 7):
            raise Refused(400, "line is no number of a line.")
        # The invoice as it is published, so that what is asked of the process is an id of ours.
        header, around = await self._engine.answer(
            lambda reader: (invoice(reader, id)["invoice"], frame(token, reader))
        )
        sections = await self._explainer.sections(header["invoice_id"], int(line), events)
        said = {
            "invoice": header, "line": int(line), "sections": sections, "events": events,
            "choices": EVENTS,
        }  # fmt: skip
        return _page(rendered("explain", around, "invoices", said))

    def list_page(self, of: Listing | LiveListing) -> Work:
        """A page of that list."""

        async def work(request: Request, token: Token) -> Response:
            fields = _fields(request)
            asked = Asked(fields, {}, [of.name])
            kept = {name: value for name, value in fields.items() if name != "next_page"}
            if isinstance(of, LiveListing):
                shown = await asyncio.to_thread(listing.live_page, of, self._home, asked, kept)
                return _page(rendered("list", Frame(token), of.name, {"shown": shown}))
            place = place_of(asked)

            def page(reader: Reader) -> bytes:
                found = listing.page(of, reader, asked, place, kept)
                return rendered("list", frame(token, reader), of.name, {"shown": found})

            return _page(await self._engine.answer(page, place.publication))

        return work

    def list_csv(self, of: Listing | LiveListing) -> Work:
        """All of that list as a file."""

        async def work(request: Request, token: Token) -> Response:
            asked = Asked(_fields(request), {}, [of.name])
            named = ""
            if isinstance(of, LiveListing):
                content = await asyncio.to_thread(listing.live_csv, of, self._home, asked)
            else:
                content, named = await self._engine.answer(
                    lambda reader: (listing.csv_page(of, reader, asked), reader.at.name)
                )
            headers = {
                **HEADERS,
                "Content-Disposition": f'attachment; filename="{of.name}.csv"',
                **({"Meterhouse-Publication": named} if named else {}),
            }
            return Response(content, 200, headers, "text/csv; charset=utf-8")

        return work


def _fields(request: Request) -> dict[str, str]:
    """What is asked; a field of a form that was left empty is none."""
    return {name: value for name, value in query_of(request).items() if value}


def _page(content: bytes) -> Response:
    return Response(content, 200, HEADERS, "text/html")
