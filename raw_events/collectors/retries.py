"""Single calls of a source, tried again where that helps (S-65)."""

import logging
from collections.abc import Callable
from typing import Any

from raw_events.collectors.errors import MissingExtra, Unreachable
from raw_events.common.text import shown_lines

ATTEMPTS = 5
# For all attempts at one batch, with what is waited between them.
RETRY_SECONDS = 60.0
_LOG = logging.getLogger("meterhouse.sources")


def retried(call: Callable[[], Any]) -> Any:
    """Call again what is Unreachable, with exponential backoff and jitter, and nothing else (S-65).

    Raises the last error.
    """
    try:
        import stamina
        import stamina.instrumentation
    except ImportError:
        raise MissingExtra(
            "Collectors need the library stamina: pip install 'meterhouse[postgres]' (or kafka, "
            "redis, buckets)."
        ) from None
    # Its own lines are for who knows its code.
    stamina.instrumentation.set_on_retry_hooks([_say])
    for attempt in stamina.retry_context(
        on=Unreachable, attempts=ATTEMPTS, timeout=RETRY_SECONDS, wait_initial=0.5, wait_max=10.0
    ):
        with attempt:
            return call()
    raise AssertionError("the last attempt returns or raises")


def _say(details: Any) -> None:
    _LOG.warning(
        "%s It is tried again in %.1f s (%d of %d).",
        shown_lines(details.caused_by),
        details.wait_for,
        details.retry_num + 1,
        ATTEMPTS,
    )
