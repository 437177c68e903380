"""Up to where a Redis stream was read, and whether it is the same stream still."""

from dataclasses import dataclass

from raw_events.collectors.streams.redis_client import Entry, Info


@dataclass(frozen=True)
class Place:
    """Up to entry `id` the stream was read; `read` entries had ever been added up to there.

    `seen`: the last entry that was read, its id and digest; None where none can be asked for.
    """

    id: str
    read: int
    seen: tuple[str, str] | None = None

    @property
    def seen_id(self) -> str | None:
        """The id of the last entry that was read."""
        return self.seen and self.seen[0]


def other_stream(place: Place, info: Info, kept: Entry | None) -> str | None:
    """Why it is, or may be, another stream than that whose last entry was `place.seen`."""
    if place.seen is None:
        return None
    id, digest = place.seen
    if kept is not None:
        return None if kept.digest == digest else f"was made anew: entry {id} is another one now"
    is_deleted = info.deleted_id == id
    has_nothing_new = info.added == place.read and info.last_id == place.id
    if is_deleted or has_nothing_new:
        return None
    return (
        f"does not have entry {id} any more, which was read last, and has new ones: it was made "
        "anew, or cut off exactly behind what was read, which looks the same"
    )


def numbers(place: Place, info: Info) -> str:
    """Of the stream and of what was read of it, in words."""
    return (
        f"{info.added:,} entries were added to it, {info.length:,} are in it, and {place.read:,} "
        f"were read, up to {place.id}"
    )
