"""/healthz and /metrics: how the door is, for machines that look (no token, nothing of customers).

/healthz is 200 while events are taken, else 503: whether the last write succeeded and the disk has
its reserve. That segments are not landed is said there too, but does not stop the door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from meterhouse.server.app import Server
from meterhouse.server.landing_state import LandingState, read_state
from meterhouse.server.metrics import Metrics
from meterhouse.server.spool import Busy, Spool
from meterhouse.warehouse.clock import machine_clock
from raw_events.segments.names import OPEN, REFUSED, SEALED, segments


@dataclass(frozen=True)
class _Waiting:
    segments: int
    bytes: int
    oldest_seconds: float
    refused: int


def routes(spool: Spool, told: Metrics, server: Server) -> Sequence[BaseRoute]:
    """GET /healthz, GET /metrics."""

    async def healthz(_: Request) -> Response:
        problem = None
        try:
            spool.check()
        except Busy as busy:
            problem = busy.message
        waiting, landing = _waiting(server.home), read_state(server.home)
        answer = {
            "status": "failing" if problem else "ok",
            "problem": problem,
            "last_write": spool.problem or "ok",
            # Known ones go on; new and revoked ones are not seen until it is mended.
            "tokens": "cannot be read" if server.authentication.book.problem else "ok",
            "disk_free_bytes": spool.free(),
            "waiting_bytes": spool.waiting,
            "segments": {
                "waiting": waiting.segments,
                "bytes": waiting.bytes,
                "oldest_seconds": waiting.oldest_seconds,
                "refused": waiting.refused,
            },
            "landing": {"last_success": landing.landed_at, "problem": landing.problem},
        }
        return JSONResponse(answer, 503 if problem else 200, {"Cache-Control": "no-store"})

    async def metrics(_: Request) -> Response:
        _measure(told, spool, _waiting(server.home), read_state(server.home))
        return Response(generate_latest(told.registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/metrics", metrics)]


def _measure(told: Metrics, spool: Spool, waiting: _Waiting, landing: LandingState) -> None:
    told.write_ok.set(spool.problem is None)
    told.waiting.set(spool.waiting)
    told.free.set(spool.free())
    told.segments.set(waiting.segments)
    told.segment_bytes.set(waiting.bytes)
    told.oldest.set(waiting.oldest_seconds)
    told.refused.set(waiting.refused)
    told.landing_ok.set(landing.problem is None)
    told.landed_at.set(landing.landed_seconds())


def _waiting(home: Path) -> _Waiting:
    found = [*segments(home, OPEN), *segments(home, SEALED)]
    size = 0
    for segment in found:
        try:
            size += segment.path.stat().st_size
        except FileNotFoundError:
            # Landed meanwhile.
            continue
    oldest = min((segment.at for segment in found), default=None)
    age = (machine_clock() - oldest).total_seconds() if oldest else 0.0
    return _Waiting(len(found), size, max(age, 0.0), len(segments(home, REFUSED)))
