"""What a bucket is asked, with the library's errors in words.

Its address is in a variable of the environment (`s3://bucket/prefix`, `gs://…`, `az://…`); settings
are in variables that begin with its name (`USAGE_BUCKET_AWS_REGION`), else in the usual ones.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from raw_events.collectors.buckets.objects import BucketObject
from raw_events.collectors.connection import address
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


class Changed(Exception):
    """The object is another one by now, or gone: the next look finds what there is."""


class Bucket:
    """Connects when it is asked. Raises Unreachable, SourceError."""

    def __init__(self, collector: str, variable: str):
        self._collector, self._variable = collector, variable
        self._opened: Any = None

    @property
    def url(self) -> str:
        """The address, as the variable says it."""
        return address(self._collector, self._variable, "s3://bucket/prefix").rstrip("/")

    def objects(self) -> Iterator[BucketObject]:
        """Everything in it, oldest first within a thousand, then by key."""
        with self._errors_explained():
            for listed in self._store().list(chunk_size=_LISTED):
                ordered = sorted(listed, key=lambda it: (it["last_modified"], it["path"]))
                for it in ordered:
                    yield BucketObject(it["path"], it["e_tag"] or "", it["size"])

    def download(self, found: BucketObject, path: Path) -> None:
        """The object into a file. Raises Changed if it is not the one that was listed."""
        try:
            with self._errors_explained():
                answer = self._store().get(found.key)
                if ((answer.meta["e_tag"] or ""), answer.meta["size"]) != (found.etag, found.size):
                    raise Changed
                with path.open("wb") as file:
                    for part in answer.stream(min_chunk_size=_PART_BYTES):
                        file.write(part)
        except FileNotFoundError as error:
            raise Changed from error
        if path.stat().st_size != found.size:
            raise Unreachable(f"{self._collector}: {found.key} did not come as a whole.")

    def close(self) -> None:
        """Let go of connections."""
        self._opened = None

    def _store(self) -> Any:
        if self._opened is None:
            try:
                from obstore.store import from_url
            except ImportError:
                raise MissingExtra(
                    "A collector of kind bucket needs the library obstore: "
                    "pip install 'meterhouse[buckets]'."
                ) from None
            config: dict[str, Any] = {
                key.removeprefix(f"{self._variable}_").lower(): value
                for key, value in os.environ.items()
                if key.removeprefix(f"{self._variable}_").startswith(_KINDS)
                and key.startswith(f"{self._variable}_")
            }
            endpoint = config.get("aws_endpoint_url") or os.environ.get("AWS_ENDPOINT_URL", "")
            options: dict[str, Any] = {"timeout": "60s", "connect_timeout": "10s"}
            if endpoint.startswith("http://"):
                options["allow_http"] = True
            # Its overloads want one kind of settings, and the address says which.
            open_store: Any = from_url
            self._opened = open_store(
                self.url,
                config=config,
                client_options=options,
                retry_config={"max_retries": 1},
            )
        return self._opened

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        try:
            yield
        except (SourceError, Changed, OSError):
            raise
        except Exception as error:
            said = " ".join(str(error).split())[:500]
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
