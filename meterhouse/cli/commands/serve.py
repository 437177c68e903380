"""`meterhouse serve`: the HTTP server."""

import argparse
from importlib.util import find_spec

from meterhouse.cli.arguments import whole

HELP = "take events over HTTP, as the SDK of a hosted product sends them, and land them"

# What the extra `serve` installs.
NEEDED = ("starlette", "uvicorn", "httptools", "uvloop", "msgspec", "prometheus_client")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--host`, `--port`, `--reserve`, `--now`."""
    parser.add_argument(
        "--host", default="127.0.0.1", help="the address to listen on (127.0.0.1: this machine)"
    )
    parser.add_argument(
        "--port", type=whole(0, 65_535), default=8080, help="the port (8080); 0: one that is free"
    )
    parser.add_argument(
        "--reserve",
        # A million GiB; more than the disk has is refused below.
        type=whole(0, 2**40),
        default=1024,
        metavar="MIB",
        help="how much of the disk must stay free; below it events are not taken (1024)",
    )
    parser.add_argument(
        "--now",
        action="store_true",
        help="land for now, also where the commands before were given moments long past",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C.

    2 if the extra is not installed or an option is none; 1 if the port is taken, or the data
    directory has a server.
    """
    from meterhouse.common.settings import home
    from meterhouse.server.errors import MissingExtra

    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"The HTTP server needs {', '.join(missing)}: pip install 'meterhouse[serve]'"
        )
    from meterhouse.server.lander import LANDS
    from meterhouse.server.supervisor import Supervisor, check_reserve, listen, only_server
    from meterhouse.server.tokens import read_tokens
    from meterhouse.warehouse.clock import choose_as_of
    from meterhouse.warehouse.evidence import check_before_landing

    home().mkdir(parents=True, exist_ok=True)
    check_before_landing(home())
    choose_as_of(home(), None, LANDS, now=arguments.now, has_as_of=False)
    check_reserve(home(), arguments.reserve)
    tokens = [token for token in read_tokens(home()) if not token.revoked_at]
    with only_server(home()), listen(arguments.host, arguments.port) as listening:
        port = listening.getsockname()[1]
        host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
        print(f"Listening on http://{host}:{port}", flush=True)
        if not tokens:
            print("There is no token yet: meterhouse token new SOURCE", flush=True)
        if arguments.host not in _LOOPBACK:
            print("Without TLS: put a proxy that has it in front (docs/http.md).", flush=True)
        return Supervisor(listening, arguments.reserve, arguments.now).run()
