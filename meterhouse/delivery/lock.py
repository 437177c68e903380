"""One process at a time delivers from a data directory; runs never wait for it, nor it for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meterhouse.common.alone import alone
from meterhouse.delivery.errors import DeliveryInProgress

FILE = "delivery.lock"


@contextmanager
def delivery_lock(home: Path) -> Iterator[None]:
    """Hold $HOME/delivery.lock, or raise DeliveryInProgress: its holder sends what is due."""

    def taken(holder: str) -> DeliveryInProgress:
        return DeliveryInProgress(
            f"Another process delivers just now ({holder}); it sends what is due. Nothing is to do."
        )

    with alone(Path(home) / FILE, taken):
        yield
