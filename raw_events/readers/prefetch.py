"""Reading ahead, so that one core decodes the next part of a file while another validates this."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")


def prefetched(parts: Iterator[Part]) -> Generator[Part, None, None]:
    """The same parts; the next one is made in a thread while the caller works on the last."""
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(_next, parts)
        while part := coming.result():
            coming = ahead.submit(_next, parts)
            yield part[0]


def _next(parts: Iterator[Part]) -> tuple[Part] | None:
    for part in parts:
        return (part,)
    return None
