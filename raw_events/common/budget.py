"""What one file may ask of the machine (S-67): written down in docs/operators.md, and tested.

Files come from outside, and few bytes may stand for gigabytes. A landing holds two chunks of a file
at once; each is bounded in bytes, in events and in what its texts may grow to, so a landing needs
no more than about 1.5 GiB, whatever the file. What would need more is refused, with its report.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

MIB = 1024 * 1024

# Of text, unpacked: some 100,000 events. Memory grows with this by about a factor of ten.
CHUNK_BYTES = 32 * MIB
# An event is 100 bytes and more: only a file of something else has more lines in a chunk.
CHUNK_EVENTS = 262_144
# A line over 1 MiB is kept in the quarantine; past this it is no line of events any more.
LONGEST_LINE = 128 * MIB
# Canonical texts and repeated names of columns, of one chunk. `1e400` has 401 digits.
GROWN_BYTES = 128 * MIB
# Of Parquet, what one batch may be decoded to, and what the pages may need that one row group has
# open at once, one of each column and its dictionary.
BATCH_BYTES = 64 * MIB
SPREAD_BYTES = 256 * MIB
PAGES_BYTES = 384 * MIB
# Of a row, decoded; over 1 MiB it is rejected alone, and kept.
LONGEST_ROW = 16 * MIB
# Columns of Parquet, those inside of others too.
MOST_LEAVES = 10_000
# Of a file; a header is looked at in some 10 µs.
MOST_PAGES = 1_000_000
# Of the lists and maps of one row group: pages do not say how many of them are in one row.
MOST_NESTED_VALUES = 32 * MIB
NESTED_BYTES = 256 * MIB
# A header is a line too.
LONGEST_HEADER = MIB
# Files of events shrink to a tenth, with long ids that repeat to a fiftieth; gzip can do 1,032.
MOST_UNPACKED = 256
# Parquet says a text once for all rows: four kilobytes in each event that all have.
MOST_REPEATED = 1_024
# Below this nobody asks how much a file was packed.
UNPACKED_FREELY = 512 * MIB
# The last fence around one landing, for what the bounds above do not foresee: address space of the
# process beyond what it had.
FENCE_BYTES = 6 * 1024 * MIB


class ChunkTooLarge(Exception):
    """The texts of a chunk grew past GROWN_BYTES: take it in halves."""


@contextmanager
def memory_fence(size: int = FENCE_BYTES) -> Iterator[None]:
    """Let this process take `size` bytes of address space more, inside, and no byte beyond.

    An allocation past it fails as MemoryError where the kernel would otherwise kill the process,
    and with it whatever else it does. Nothing is fenced where the system does not count (not
    Linux), or where somebody else has set a limit.
    """
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = _address_space()
    if before[0] != resource.RLIM_INFINITY or used is None:
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (used + size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _address_space() -> int | None:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return None
