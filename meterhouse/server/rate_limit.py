"""How many requests a second a token may make: a bucket that fills at its rate (429)."""

import math
from dataclasses import dataclass

from meterhouse.server.tokens import Token


@dataclass
class _Bucket:
    left: float
    at: float


class RateLimit:
    """The buckets of all tokens; each holds one second of its rate, and at least one request."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def wait(self, token: Token, now: float) -> int:
        """0, and the request is counted; else the whole seconds to wait. `now` in seconds."""
        bucket = self._buckets.get(token.sha256)
        if bucket is None:
            bucket = self._buckets[token.sha256] = _Bucket(token.rate, now)
        bucket.left = min(token.rate, bucket.left + (now - bucket.at) * token.rate)
        bucket.at = now
        if bucket.left >= 1:
            bucket.left -= 1
            return 0
        return max(1, math.ceil((1 - bucket.left) / token.rate))
