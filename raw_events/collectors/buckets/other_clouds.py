"""Buckets of Google Cloud and Azure, and whatever else obstore knows by its address."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from raw_events.collectors.buckets.objects import BucketObject, Changed
from raw_events.collectors.errors import MissingExtra, SourceError, Unreachable

_KINDS = ("AWS_", "GOOGLE_", "AZURE_")
_LISTED = 1_000
_PART_BYTES = 8 * 1024 * 1024
# Errors of the connection, 408, 429 and 5xx: the library has no class of its own for them.
_TRANSIENT = re.compile(
    r"error sending request|[Cc]onnection|timed out|timeout|dns error"
    r"|status[ :]+(code )?(408|429|5..)|(408 Request|429 Too|50. [A-Z])|SlowDown"
    r"|incomplete|error decoding response body"
)


class CloudStore:
    """See store.Store."""

    def __init__(self, collector: str, variable: str, url: str):
        self._collector, self._variable = collector, variable
        try:
            from obstore.store import from_url
        except ImportError:
            raise MissingExtra(
                "A collector of kind bucket needs the library obstore: "
                "pip install 'meterhouse[buckets]'."
            ) from None
        config: dict[str, Any] = {
            key.removeprefix(f"{variable}_").lower(): value
            for key, value in os.environ.items()
            if key.startswith(tuple(f"{variable}_{kind}" for kind in _KINDS))
        }
        # This one is the client's, not the cloud's.
        options: dict[str, Any] = {"timeout": "60s", "connect_timeout": "10s"}
        for kind in _KINDS:
            if allowed := config.pop(f"{kind.lower()}allow_http", None):
                options["allow_http"] = allowed.lower() in ("1", "true", "yes", "on")
        # Its overloads want one kind of settings, and the address says which.
        open_store: Any = from_url
        with self._errors_explained():
            self._store = open_store(
                url, config=config, client_options=options, retry_config={"max_retries": 1}
            )

    def pages(self) -> Iterator[list[tuple[Any, BucketObject]]]:
        """See store.Store."""
        with self._errors_explained():
            for listed in self._store.list(chunk_size=_LISTED):
                yield [
                    (it["last_modified"], BucketObject(it["path"], it["e_tag"] or "", it["size"]))
                    for it in listed
                ]

    def download(self, found: BucketObject, path: Path) -> None:
        """See store.Store."""
        try:
            with self._errors_explained():
                answer = self._store.get(found.key)
                if ((answer.meta["e_tag"] or ""), answer.meta["size"]) != (found.etag, found.size):
                    raise Changed
                with path.open("wb") as file:
                    for part in answer.stream(min_chunk_size=_PART_BYTES):
                        file.write(part)
        except FileNotFoundError as error:
            raise Changed from error

    def close(self) -> None:
        """See store.Store: it has nothing to close."""

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        try:
            yield
        except (SourceError, Changed, OSError):
            raise
        except Exception as error:
            said = " ".join(str(error).split())[:500]
            if "object with invalid path" in said:
                raise SourceError(
                    f"{self._collector}: the library for this cloud lists no bucket that has an "
                    f"object with such a name ({said}). Rename or move that object, or let "
                    f"{self._variable} name a prefix without it; a bucket of Google can be read by "
                    "its address for S3, which takes every name (docs/buckets.md)."
                ) from error
            refused = type(error).__name__ in ("PermissionDeniedError", "UnauthenticatedError")
            if not refused and _TRANSIENT.search(said):
                raise Unreachable(
                    f"{self._collector}: the bucket cannot be reached ({said}). Nothing of this "
                    f"object was landed; {self._variable} has the address."
                ) from error
            raise SourceError(
                f"{self._collector}: the bucket says: {said}. Nothing of this object was landed; "
                f"the settings are in {self._variable} and the variables that begin so."
            ) from error
