"""`python -m benchmarks.door.load`: send events over HTTP as fast as they are taken; print figures.

A closed loop: each connection sends its next request when the one before is answered. Each request
has ids of its own. The load speaks only as much HTTP as it must, for it shares the cores with what
is measured.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import uvloop

_NUMBER = b"@@@@@@@@"


def template(events: int) -> bytes:
    """The body of a request of so many events, with a place for the request's number in each id."""
    now = datetime.now(UTC).isoformat()
    return json.dumps(
        [
            {
                "transaction_id": f"9e177c9f-{_NUMBER.decode()}-{item:04}",
                "customer_id": f"customer-{item % 50}",
                "event_type": "api_call",
                "timestamp": now,
                "properties": {"region": "eu", "bytes": "3747334", "is_test": False, "n": 12.5},
            }
            for item in range(events)
        ],
        separators=(",", ":"),
    ).encode()


async def connection(
    port: int, head: bytes, body: bytes, numbers: Iterator[int], took: list[float]
) -> None:
    """Send requests while there are numbers. Raises RuntimeError for an answer that is not 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        begun = time.perf_counter()
        writer.write(head + body.replace(_NUMBER, b"%08d" % number))
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer.decode())
        length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        took.append(time.perf_counter() - begun)
    writer.close()


async def load(port: int, token: str, requests: int, events: int, connections: int) -> None:
    """Send them all and print one line of JSON: seconds, and latencies in milliseconds."""
    body = template(events)
    head = (
        f"POST /v1/ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    numbers, took = iter(range(requests)), list[float]()
    begun = time.perf_counter()
    await asyncio.gather(*(connection(port, head, body, numbers, took) for _ in range(connections)))
    seconds = time.perf_counter() - begun
    took.sort()
    shares = {f"p{share}": took[len(took) * share // 100] * 1000 for share in (50, 99)}
    print(json.dumps({"seconds": seconds, "bytes": len(body), **shares}))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser()
    for name in ("--port", "--requests", "--events", "--connections"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--token", required=True)
    asked = parser.parse_args()
    uvloop.run(load(asked.port, asked.token, asked.requests, asked.events, asked.connections))


if __name__ == "__main__":
    main()
