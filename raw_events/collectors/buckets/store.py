"""What a bucket is asked, with the library's errors in words.

Its address is in a variable of the environment (`s3://bucket/prefix`, `gs://…`, `az://…`); settings
are in variables that begin with its name (`USAGE_BUCKET_AWS_REGION`), else in the usual ones.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from raw_events.collectors.buckets.objects import BucketObject
from raw_events.collectors.connection import address
from raw_events.collectors.errors import Unreachable

_S3 = ("s3://", "s3a://")


class Store(Protocol):
    """A bucket of one kind. Everything raises Unreachable, SourceError."""

    def pages(self) -> Iterator[list[tuple[Any, BucketObject]]]:
        """Everything in it, some at a time, each with when it was written."""

    def download(self, found: BucketObject, path: Path) -> None:
        """The object into a file. Raises Changed if it is not the one that was listed."""

    def close(self) -> None:
        """Let go of connections."""


class Bucket:
    """Connects when it is asked. Raises Unreachable, SourceError."""

    def __init__(self, collector: str, variable: str):
        self._collector, self._variable = collector, variable
        self._opened: Store | None = None

    @property
    def url(self) -> str:
        """The address, as the variable says it."""
        return address(self._collector, self._variable, "s3://bucket/prefix").rstrip("/")

    def objects(self) -> Iterator[BucketObject]:
        """Everything in it, oldest first within a page of the listing, then by key."""
        for page in self._store().pages():
            for _, found in sorted(page, key=lambda it: (it[0], it[1].key)):
                yield found

    def download(self, found: BucketObject, path: Path) -> None:
        """The object into a file. Raises Changed if it is not the one that was listed."""
        self._store().download(found, path)
        if path.stat().st_size != found.size:
            raise Unreachable(f"{self._collector}: {found.key} did not come as a whole.")

    def close(self) -> None:
        """Let go of connections."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _store(self) -> Store:
        if self._opened is None:
            asked = self._collector, self._variable, self.url
            if self.url.startswith(_S3):
                from raw_events.collectors.buckets.s3 import S3Store

                self._opened = S3Store(*asked)
            else:
                from raw_events.collectors.buckets.other_clouds import CloudStore

                self._opened = CloudStore(*asked)
        return self._opened
