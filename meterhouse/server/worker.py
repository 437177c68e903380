"""The server's process: uvicorn on the socket that the parent holds.

    python -m meterhouse.server.worker --socket FD --alive FD --reserve MIB

It ends in order at SIGTERM and when its parent is gone, which closes the other end of `--alive`:
requests that are at work are answered, segments sealed.
"""

import argparse
import asyncio
import gc
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import uvicorn
from starlette.applications import Starlette

from meterhouse.common import settings
from meterhouse.server import health, ingest, payments
from meterhouse.server.app import Server, application
from meterhouse.server.authentication import Authentication
from meterhouse.server.costs import routes as cost_routes
from meterhouse.server.costs.ask import Costs
from meterhouse.server.customers import api as customers
from meterhouse.server.customers.memory import Memory
from meterhouse.server.customers.pages import routes as pages
from meterhouse.server.entitlements import routes as entitlements
from meterhouse.server.entitlements.follow import Follower, stale_after
from meterhouse.server.metrics import Metrics
from meterhouse.server.office import routes as office
from meterhouse.server.patience import MOST_CONNECTIONS, PatientProtocol
from meterhouse.server.reading import routes as reading
from meterhouse.server.reading.engine import Engine
from meterhouse.server.spool import MIB, Spool
from meterhouse.server.tokens import TokenBook
from meterhouse.warehouse.clock import machine_clock
from raw_events.common.files import for_owner_and_group_alone

KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 10
# Objects made since the last collection, then collections of the younger two generations.
COLLECT_AFTER = (50_000, 20, 100)


def main() -> None:
    """Serve until told to stop."""
    for_owner_and_group_alone()
    parser = argparse.ArgumentParser()
    for name in ("--socket", "--alive", "--reserve"):
        parser.add_argument(name, type=int, required=True)
    arguments = parser.parse_args()
    _allow_connections()
    home, metrics = settings.home(), Metrics()
    spool = Spool(home, machine_clock, arguments.reserve * MIB, metrics.committed)
    server = Server(home, Authentication(TokenBook(home)))
    door = [partial(module.routes, spool, metrics) for module in (ingest, health, payments)]
    # What reads takes every path that is left.
    engine = Engine(home)
    read = partial(reading.routes, engine)
    follower = Follower(home, engine)
    asked = partial(entitlements.routes, follower, stale_after())
    memory = Memory(home)
    costs = Costs(home, arguments.reserve * MIB)
    costed = partial(cost_routes.routes, costs, spool)
    own = partial(customers.routes, memory)
    shown = partial(pages.routes, memory)
    # Threads of its own: nobody's programs wait for what a person looks at.
    looked = Engine(home)
    inside = partial(office.routes, looked)
    lifespan = partial(_lifespan, spool, (engine, looked), follower, memory, costs)
    app = application(server, [*door, asked, costed, own, shown, inside, read], lifespan)
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        # Whoever sends what is no HTTP must not fill the log.
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # What is loaded by now stays; looking through it again and again would cost whole milliseconds.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    with socket.socket(fileno=arguments.socket) as listening:
        listening.setblocking(False)
        _serve(uvicorn.Server(config), listening, arguments.alive)
    # What is frozen would be reported as leaked at the end.
    gc.unfreeze()


def _serve(server: uvicorn.Server, listening: socket.socket, alive: int) -> None:
    async def served() -> None:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            loop.remove_reader(alive)
            server.should_exit = True

        loop.add_reader(alive, stop)
        await server.serve(sockets=[listening])

    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(served())


@asynccontextmanager
async def _lifespan(
    spool: Spool,
    engines: tuple[Engine, ...],
    follower: Follower,
    memory: Memory,
    costs: Costs,
    _: Starlette,
) -> AsyncIterator[None]:
    spool.start()
    follower.start()
    memory.start()
    yield
    costs.close()
    await spool.close()
    memory.close()
    follower.close()
    for engine in engines:
        engine.close()


def _allow_connections() -> None:
    """Each connection is an open file; what the system grants by default may be too few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + 1_024
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main()
