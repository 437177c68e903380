"""Up to where the partitions of a Kafka topic were read, and what of them is gone."""

from dataclasses import dataclass, field

Bounds = dict[int, tuple[int, int]]


@dataclass
class Places:
    """Of each partition the next offset, and the last record read: its offset and digest."""

    next: dict[int, int] = field(default_factory=dict)
    last: dict[int, tuple[int, str]] = field(default_factory=dict)


def lost_of(places: Places, bounds: Bounds) -> list[str]:
    """What is gone that was not read, with its numbers; empty if nothing is."""
    found = []
    for partition, at in sorted(places.next.items()):
        if partition not in bounds:
            found.append(f"partition {partition}, read up to offset {at:,}, is not there any more")
    for partition, (low, high) in sorted(bounds.items()):
        at = places.next.get(partition, 0)
        if at < low:
            found.append(
                f"partition {partition} begins at offset {low:,} and was read up to {at:,}: "
                f"{low - at:,} offsets are gone"
            )
        elif at > high:
            found.append(
                f"partition {partition} ends at offset {high:,} and was read up to {at:,}: it was "
                "made anew, or lost its end"
            )
    return found


def other_record(partition: int) -> str:
    """Says that the last record that was read is another one now."""
    return (
        f"partition {partition} has another record now where the last one was read: it was made "
        "anew, or its end was overwritten"
    )


def with_last(places: Places, bounds: Bounds) -> dict[int, int]:
    """Where to read from, so that the last record that was read is seen again if it is there."""
    return {
        it: places.last[it][0] if it in places.last and places.last[it][0] >= low else at
        for it, at in places.next.items()
        for low, _ in [bounds[it]]
    }
