"""POST /webhooks/stripe: 200 means that what the event says of an invoice is in the log (S-72).

No token: the signature is who sent it. What is not signed is refused, what does not concern an
invoice of ours is answered 200 and not kept, and what cannot be kept now is answered 503, for
Stripe sends it again for days.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from meterhouse.common.errors import MeterhouseError
from meterhouse.payments.log import Payments
from meterhouse.payments.stripe_account import check_library, webhook_secrets
from meterhouse.payments.stripe_events import (
    BadBody,
    BadSignature,
    Lookup,
    payments_of,
    verified,
)
from meterhouse.payments.stripe_lookup import look_up
from meterhouse.server.app import Server
from meterhouse.server.body import Body, Gone
from meterhouse.server.metrics import Metrics
from meterhouse.server.spool import LATER, SOON, Busy, Spool
from meterhouse.warehouse.clock import machine_clock
from raw_events.common.hidden import without_secrets
from raw_events.common.text import shown_lines

PATH = "/webhooks/stripe"
# Stripe's events have some kilobytes.
MOST_BYTES = 1024 * 1024
MOST_AT_ONCE = 64
# Checked, and looked up at Stripe, at the same time; never in the event loop.
_THREADS = 4

Row = dict[str, Any]
Answer = tuple[int, str, Mapping[str, str]]


def routes(spool: Spool, metrics: Metrics, server: Server) -> Sequence[BaseRoute]:
    """POST /webhooks/stripe."""
    return [Route(PATH, StripeWebhooks(spool, GroupCommit(server.home)))]


class GroupCommit:
    """Appends to the log of payments: what comes while one entry is written is in the next one."""

    def __init__(self, home: Path, clock: Callable[[], datetime] = machine_clock):
        self._log, self._clock = Payments(home), clock
        self._thread = ThreadPoolExecutor(1, "payments")
        self._waiting: list[tuple[list[Row], asyncio.Future[None]]] = []
        self._is_writing = False

    async def commit(self, rows: list[Row]) -> None:
        """Rows that are durable when this returns. Raises what the log raises."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        if not self._is_writing:
            self._write()
        await done

    def _write(self) -> None:
        group, self._waiting = self._waiting, []
        self._is_writing = True
        rows = [row for each, _ in group for row in each]
        work = partial(self._log.append, rows, self._clock)
        job = asyncio.get_running_loop().run_in_executor(self._thread, work)
        job.add_done_callback(partial(self._written, [done for _, done in group]))

    def _written(self, group: list[asyncio.Future[None]], job: asyncio.Future[list[Row]]) -> None:
        error = job.exception()
        for done in group:
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
        self._is_writing = False
        if self._waiting:
            self._write()


class StripeWebhooks:
    """The endpoint. `lookup` asks Stripe which invoice a payment is for."""

    def __init__(self, spool: Spool, log: GroupCommit, lookup: Lookup = look_up):
        self._spool, self._log, self._lookup = spool, log, lookup
        self._threads = ThreadPoolExecutor(_THREADS, "stripe")
        self._at_once = 0
        self._said = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: 200, 400, 405, 408, 413, 415 or 503, each with a `message`."""
        body = Body(self._spool, receive)
        self._at_once += 1
        try:
            status, said, headers = await self._answer(scope["method"], Headers(scope=scope), body)
        except Gone:
            return
        finally:
            self._at_once -= 1
            body.let_go()
        await JSONResponse({"message": said}, status, dict(headers))(scope, receive, send)

    async def _answer(self, method: str, headers: Headers, body: Body) -> Answer:
        try:
            if method != "POST":
                raise HTTPException(405, "This path takes POST.", {"Allow": "POST"})
            if headers.get("content-encoding", "identity").lower() != "identity":
                raise HTTPException(415, "Send the body as it is, without Content-Encoding.")
            if self._at_once > MOST_AT_ONCE:
                raise Busy("Too many requests at once. Nothing was kept.", SOON)
            content = await body.read(PATH)
            if len(content) > MOST_BYTES:
                raise HTTPException(413, f"The body is larger than {MOST_BYTES:,} bytes.")
            loop = asyncio.get_running_loop()
            work = partial(self._rows, content, headers.get("stripe-signature"))
            rows = await loop.run_in_executor(self._threads, work)
            if not rows:
                return 200, "No invoice of ours; nothing is kept.", {}
            await self._log.commit(rows)
        except HTTPException as refused:
            return refused.status_code, refused.detail, refused.headers or {}
        except BadSignature:
            return 400, "The signature is missing, wrong or too old. Nothing was kept.", {}
        except BadBody as bad:
            return 400, f"The signature is right, but {bad}. Nothing was kept.", {}
        except Busy as busy:
            return 503, busy.message, {"Retry-After": str(busy.retry_after)}
        except Exception as error:
            self._say(error)
            message = "It cannot be kept now; the server's log says why. Send it again."
            return 503, message, {"Retry-After": str(LATER)}
        self._said = ""
        return 200, "Kept.", {}

    def _rows(self, content: bytes, signature: str | None) -> list[Row]:
        check_library()
        event = verified(content, signature, webhook_secrets())
        return payments_of(event, self._lookup)

    def _say(self, error: Exception) -> None:
        """The same trouble of every request is said once."""
        worded = str(error) if isinstance(error, MeterhouseError) else repr(error)
        if worded != self._said:
            text = shown_lines(without_secrets(f"Stripe's webhooks: {worded}"))
            print(text, file=sys.stderr, flush=True)
        self._said = worded
