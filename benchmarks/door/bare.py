"""`python -m benchmarks.door.bare`: the same server with nothing behind it.

uvicorn, httptools and uvloop read a body and answer 200; no token, no check, no disk. What the door
costs beyond this is its own.
"""

import socket

import uvicorn
from starlette.types import Receive, Scope, Send

_ANSWER = b'{"events": 0}'


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body, answer 200."""
    is_more = True
    while is_more:
        is_more = (await receive()).get("more_body", False)
    headers = [(b"content-length", b"%d" % len(_ANSWER)), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _ANSWER})


def main() -> None:
    """Serve until stopped; the first line says where."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(f"Listening on http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        application,
        http="httptools",
        loop="uvloop",
        lifespan="off",
        log_level="warning",
        access_log=False,
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
