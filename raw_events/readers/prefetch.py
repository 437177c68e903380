"""Reading ahead, so that one core decodes the next part of a file while another validates this."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")


def prefetched(parts: Iterator[Part]) -> Iterator[Part]:
    """The same parts; the next one is made in a thread while the caller works on the last."""
    nothing = object()
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(next, parts, nothing)
        while (part := coming.result()) is not nothing:
            coming = ahead.submit(next, parts, nothing)
            yield part
