"""What a Redis stream is asked, with the server's errors in words."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from raw_events.collectors.connection import NOT_SAID, address, is_plain
from raw_events.collectors.errors import MissingExtra, SourceError, Unreachable

_SECONDS = 30
# A server that starts, fails over or has no quorum: it says so, and soon not any more.
_TRANSIENT = ("LOADING", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN", "BUSY", "NOREPLICAS")


@dataclass(frozen=True)
class Info:
    """Of a stream: how many entries were ever added, how many are in it, the latest id given, and
    the latest one that was deleted (not cut off)."""

    added: int
    length: int
    last_id: str
    deleted_id: str


@dataclass(frozen=True)
class Entry:
    """One entry; a field may come twice. `size` in bytes."""

    id: str
    fields: list[tuple[bytes, bytes]]
    size: int

    @property
    def digest(self) -> str:
        """Tells it from another one of the same id."""
        told = hashlib.sha256()
        for part in (part for pair in self.fields for part in pair):
            told.update(b"%d:" % len(part) + part)
        return told.hexdigest()[:16]


class RedisReader:
    """Connects when it is asked; `variable` of the environment has the address."""

    def __init__(self, collector: str, variable: str):
        self._collector, self._variable = collector, variable
        self._client: Any = None
        self._is_plain = False

    def info(self, stream: str, seen: str | None) -> tuple[Info | None, Entry | None]:
        """Its numbers, None if there is no such stream, and the entry of the id `seen`, if there.

        Raises Unreachable, SourceError.
        """
        _, info, entry = self.read(stream, None, 0, seen)
        return info, entry

    def read(
        self, stream: str, after: str | None, count: int, seen: str | None
    ) -> tuple[list[Entry], Info | None, Entry | None]:
        """At most `count` entries after an id, and at the same moment what `info` gives."""
        with self._errors_explained():
            asked = self._connected().pipeline(transaction=True)
            asked.exists(stream)
            asked.xinfo_stream(stream)
            asked.xrange(stream, seen or "0-0", seen or "0-0")
            if after is not None:
                asked.xread({stream: after}, count=count)
            exists, numbers, kept, *found = asked.execute(raise_on_error=False)
            if not _told(exists):
                return [], None, None
            entries = found[0][0][1] if found and _told(found[0]) else []
            info = self._numbers(numbers)
            same = next((_entry(id, values) for id, values in _told(kept)), None)
            return [_entry(id, values) for id, values in entries], info, same

    def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _numbers(self, found: Any) -> Info:
        if "entries-added" not in _told(found):
            raise SourceError(
                f"{self._collector}: the server does not say how many entries were added, so a "
                "loss would go unnoticed. Redis 7 or newer (or Valkey) is needed."
            )
        last_id, deleted_id = (
            found[it].decode("ascii") for it in ("last-generated-id", "max-deleted-entry-id")
        )
        return Info(int(found["entries-added"]), int(found["length"]), last_id, deleted_id)

    def _connected(self) -> Any:
        if self._client is None:
            redis = _library()
            url = address(self._collector, self._variable, "redis://user:password@host:6379/0")
            self._is_plain = is_plain(url)
            try:
                client = redis.Redis.from_url(
                    url,
                    socket_timeout=_SECONDS,
                    socket_connect_timeout=_SECONDS,
                    protocol=2,
                    retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0),
                )
            except ValueError:
                # The library names the part that it could not take, which may be of a password.
                raise SourceError(
                    f"{self._collector}: {self._variable} is no address of Redis, such as "
                    f"redis://user:password@host:6379/0; {NOT_SAID}."
                ) from None
            # As the server says it: the library would keep one of two fields of one name.
            for command in ("XREAD", "XRANGE"):
                client.set_response_callback(command, lambda answer, **_: answer)
            self._client = client
        return self._client

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        redis = _library()
        try:
            yield
        except (
            redis.exceptions.AuthenticationError,
            redis.exceptions.AuthorizationError,
        ) as error:
            raise self._fault(error) from error
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
            said = error if self._is_plain else NOT_SAID
            raise Unreachable(
                f"{self._collector}: Redis cannot be reached ({said}). Nothing of this batch was "
                f"landed; {self._variable} has its address."
            ) from (error if self._is_plain else None)
        except redis.exceptions.RedisError as error:
            if str(error).startswith(_TRANSIENT) or type(error).__name__.startswith("Busy"):
                raise Unreachable(f"{self._collector}: Redis says: {error}.") from error
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> SourceError:
        return SourceError(
            f"{self._collector}: Redis says: {error}. Nothing of this batch was landed, and the "
            "position stays."
        )


def _entry(id: bytes, values: list[bytes]) -> Entry:
    pairs = list(zip(values[::2], values[1::2], strict=True))
    return Entry(id.decode("ascii"), pairs, sum(map(len, values)) + len(id))


def _told(answer: Any) -> Any:
    """An answer inside of others; an error among them is raised."""
    if isinstance(answer, Exception):
        raise answer
    return answer


def _library() -> Any:
    try:
        import redis
        import redis.backoff
        import redis.exceptions
        import redis.retry
    except ImportError:
        raise MissingExtra(
            "A collector of kind redis needs the library redis: pip install 'meterhouse[redis]'."
        ) from None
    return redis
