"""One process at a time delivers from a data directory; runs never wait for it, nor it for them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meterhouse.delivery.errors import DeliveryInProgress

FILE = "delivery.lock"


@contextmanager
def delivery_lock(home: Path) -> Iterator[None]:
    """Hold $HOME/delivery.lock, or raise DeliveryInProgress at once: what is due the holder sends.

    The kernel lets go of it when the process ends, however it ends.
    """
    Path(home).mkdir(parents=True, exist_ok=True)
    descriptor = os.open(Path(home) / FILE, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DeliveryInProgress(
                "Another process delivers just now; it sends what is due. Nothing is to do."
            ) from error
        yield
    finally:
        os.close(descriptor)
