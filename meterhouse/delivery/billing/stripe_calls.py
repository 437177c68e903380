"""What calls of Stripe's library have in common: their errors, and what is noted in metadata."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from meterhouse.delivery.billing.provider import ProviderError

KEY, LINE, VOID = "meterhouse_key", "meterhouse_line", "meterhouse_void"
LOOKED_THROUGH = 100
REFUSED = 409


def noted(there: Any, name: str) -> str | None:
    """A value of the metadata of something at Stripe."""
    metadata = there.metadata
    return str(metadata[name]) if metadata is not None and name in metadata else None


@contextmanager
def worded() -> Iterator[None]:
    """Errors of the library, as the schedule of attempts knows them."""
    from stripe import APIConnectionError, StripeError

    try:
        yield
    except APIConnectionError as error:
        raise ProviderError(None, f"Stripe did not answer ({error.user_message})") from error
    except StripeError as error:
        status = error.http_status
        after = (error.headers or {}).get("retry-after", "")
        raise ProviderError(
            # A wrong key is mended by hand, and no fault of the invoice; with 409 the same call,
            # whose answer never came, is still being worked on.
            None if status in (401, 403, 409) else status,
            f"Stripe: {error.user_message or error}",
            timedelta(seconds=int(after)) if after.isdigit() else None,
        ) from error
