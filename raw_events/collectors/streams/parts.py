"""Records put together to lists that become one chunk each, bounded in number and bytes."""

from collections.abc import Iterable, Iterator

from raw_events.collectors.records import Record

# A landing holds two chunks, and memory grows with their bytes by about a factor of ten.
PART_BYTES = 16 * 1024 * 1024
PART_RECORDS = 100_000
# Of one batch, by default: what is read again if its process dies.
BATCH_RECORDS = 500_000
BATCH_BYTES = 512 * 1024 * 1024
_ANSWER_BYTES = 8 * 1024 * 1024
_FIRST_COUNT, _MOST_COUNT = 100, 2_000


class AtOnce:
    """How many records to ask for: few, until it is known how large they are."""

    def __init__(self) -> None:
        self.count = _FIRST_COUNT

    def saw(self, sizes: Iterable[int]) -> None:
        """An answer had records of these sizes in bytes."""
        largest = max(sizes, default=1) or 1
        self.count = max(1, min(_MOST_COUNT, 2 * self.count, _ANSWER_BYTES // largest))


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
