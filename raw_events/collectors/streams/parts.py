"""Records put together to lists that become one chunk each, bounded in number and bytes."""

from collections.abc import Iterable, Iterator

from raw_events.collectors.records import Record

# A landing holds two chunks, and memory grows with their bytes by about a factor of ten.
PART_BYTES = 16 * 1024 * 1024
PART_RECORDS = 100_000
# Of one batch, by default: what is read again if its process dies.
BATCH_RECORDS = 500_000
BATCH_BYTES = 512 * 1024 * 1024


def parts(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The same records in lists; the last of a list may reach over its bytes."""
    kept: list[Record] = []
    size = 0
    for record in records:
        kept.append(record)
        size += len(record.value)
        if size >= PART_BYTES or len(kept) >= PART_RECORDS:
            yield kept
            kept, size = [], 0
    if kept:
        yield kept
