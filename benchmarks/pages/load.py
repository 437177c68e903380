"""`python -m benchmarks.pages.load`: readers of customers' pages; print latencies as JSON.

Each reader has a connection of its own, asks for a page of a customer chosen by chance, reads it
(`--pause` seconds on average), and asks for the next. It ends after `--seconds`.
"""

import argparse
import asyncio
import json
import random
import time
from pathlib import Path

import uvloop

PAGES = ("index", "spend", "usage", "invoices")


async def reader(
    port: int, links: list[str], pause: float, until: float, seed: int, took: dict[str, list[float]]
) -> None:
    """Ask for pages until the time is over. Raises RuntimeError for an answer that is not 200."""
    chance = random.Random(seed)
    stream, writer = await asyncio.open_connection("127.0.0.1", port)
    # People do not all begin at once.
    await asyncio.sleep(chance.uniform(0, pause))
    while time.perf_counter() < until:
        page, link = chance.choice(PAGES), chance.choice(links)
        begun = time.perf_counter()
        head = f"GET /customer/pages/{link}/{page}.html HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        writer.write(head.encode())
        answer = await stream.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer.decode())
        length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await stream.readexactly(length)
        took[page].append(time.perf_counter() - begun)
        await asyncio.sleep(chance.uniform(0, 2 * pause))
    writer.close()


async def load(port: int, links: list[str], readers: int, pause: float, seconds: float) -> None:
    """All readers at once; one line of JSON: of each page how many, and p50 and p95 in ms."""
    took: dict[str, list[float]] = {page: [] for page in PAGES}
    until = time.perf_counter() + seconds
    await asyncio.gather(
        *(reader(port, links, pause, until, seed, took) for seed in range(readers))
    )
    print(json.dumps({page: _shares(times) for page, times in took.items()}))


def _shares(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    shares = {f"p{share}": ordered[len(ordered) * share // 100] * 1000 for share in (50, 95)}
    return {"asked": len(ordered), **shares}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser()
    for name in ("--port", "--readers"):
        parser.add_argument(name, type=int, required=True)
    for name in ("--pause", "--seconds"):
        parser.add_argument(name, type=float, required=True)
    parser.add_argument("--links", type=Path, required=True, help="a file, one a line")
    asked = parser.parse_args()
    links = asked.links.read_text("ascii").split()
    uvloop.run(load(asked.port, links, asked.readers, asked.pause, asked.seconds))


if __name__ == "__main__":
    main()
