"""Lines of a file as they came: their bytes, where each begins and ends, which are UTF-8.

Nothing here knows JSON or CSV: lines.py and records.py do.
"""

import codecs
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from raw_events.validation.words import Places

# DuckDB gives a thread one Arrow batch at a time.
_BATCH_LINES = 16_384


@dataclass(frozen=True)
class Lines:
    """n consecutive lines of a file: `data` is their bytes, `ends`, (n,), where each line feed is.

    `first_number` is the number in the file of the first one.
    """

    data: bytes
    ends: Places
    first_number: int

    @classmethod
    def split(cls, data: bytes, first_number: int) -> "Lines":
        """Find the lines in `data`, which ends with one (its line feed may be missing)."""
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 0x0A)
        if not data.endswith(b"\n") and data:
            ends = np.append(ends, len(data))
        return cls(data, ends, first_number)

    @classmethod
    def of(cls, lines: list[bytes]) -> "Lines":
        """Lines given one by one, numbered from 0; they may have line feeds inside."""
        sizes = np.fromiter(map(len, lines), np.int64, len(lines))
        return cls(b"".join(line + b"\n" for line in lines), np.cumsum(sizes + 1) - 1, 0)

    @property
    def starts(self) -> Places:
        """Where each line begins."""
        return np.concatenate((np.zeros(1, np.int64), self.ends[:-1] + 1))

    def halves(self) -> tuple["Lines", "Lines"]:
        """The same lines in two parts; there are two at least."""
        middle = len(self.ends) // 2
        cut = int(self.ends[middle - 1]) + 1
        first = Lines(self.data[:cut], self.ends[:middle], self.first_number)
        rest = Lines(self.data[cut:], self.ends[middle:] - cut, self.first_number + middle)
        return first, rest

    def at(self, index: int) -> bytes:
        """The bytes of a line, counted from 0, without the line ending."""
        start = int(self.ends[index - 1]) + 1 if index else 0
        return self.data[start : int(self.ends[index])].removesuffix(b"\r")


def numbered_lines(lines: Lines, numbers: np.ndarray, is_kept: np.ndarray) -> pa.Table:
    """The kept lines as Arrow text (`line`), with `numbers` as `line_number`; all UTF-8."""
    table = pa.table(
        {"line_number": pa.array(numbers[is_kept]), "line": text_array(lines, is_kept)}
    )
    return pa.Table.from_batches(table.to_batches(_BATCH_LINES), table.schema)


def text_array(lines: Lines, is_kept: np.ndarray) -> pa.Array:
    """The kept lines, each with its line feed, as LargeString; not copied where all are kept."""
    # Arrow wants offsets without gaps, so each value has its line feed: JSON and CSV allow it.
    data = lines.data if lines.data.endswith(b"\n") else lines.data + b"\n"
    offsets = np.concatenate((np.zeros(1, np.int64), lines.ends + 1))
    column = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(lines.ends), [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    )
    if not is_kept.all():
        column = column.filter(pa.array(is_kept))
    return column.view(pa.large_string())


def not_utf8(lines: Lines) -> list[int]:
    """Indexes of the lines that are not UTF-8: one step per such line, not per line."""
    found: list[int] = []
    if _is_utf8(lines.data):
        return found
    rest, start = memoryview(lines.data), 0
    while start < len(rest):
        try:
            codecs.utf_8_decode(rest[start:], "strict", True)
            return found
        except UnicodeDecodeError as error:
            index = int(np.searchsorted(lines.ends, start + error.start))
            found.append(index)
            start = int(lines.ends[index]) + 1
    return found


def _is_utf8(data: bytes) -> bool:
    offsets = pa.py_buffer(np.array([0, len(data)], np.int64))
    whole = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), 1, [None, offsets, pa.py_buffer(data)]
    )
    try:
        whole.cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True
