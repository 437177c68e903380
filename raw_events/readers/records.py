"""Records of a CSV file: lines, joined where a quoted cell goes on over a line feed."""

import re
from dataclasses import dataclass

import numpy as np

from raw_events.validation.event import MAX_LINE_BYTES
from raw_events.validation.line_places import Lines


@dataclass(frozen=True)
class Records:
    """Records as lines: `lines.ends` are the ends of records, `numbers` the lines they begin on.

    `rest` is an open record at the end, to be put before the next chunk, which then begins on line
    `next_number`.
    """

    lines: Lines
    numbers: np.ndarray
    rest: bytes
    next_number: int

    @classmethod
    def split(cls, data: bytes, first_number: int, grammar: str, is_last: bool) -> "Records":
        """Find the records in `data`, which ends with a line.

        A line with an odd number of quotes opens a record that ends with the next such line, if the
        two fit the grammar together; otherwise it is a (broken) record of its own.
        """
        lines = Lines.split(data, first_number)
        numbers = np.arange(len(lines.ends), dtype=np.int64) + first_number
        next_number = first_number + len(lines.ends)
        opening = _odd_lines(lines)
        if not opening:
            return cls(lines, numbers, b"", next_number)
        whole = re.compile(grammar.encode())
        starts = lines.starts
        joined: list[tuple[int, int]] = []
        at = 0
        while at < len(opening):
            first = opening[at]
            last = opening[at + 1] if at + 1 < len(opening) else None
            if last is None:
                if not is_last and len(data) - starts[first] <= MAX_LINE_BYTES:
                    return cls._up_to(lines, numbers, joined, first)
                break
            begin, end = int(starts[first]), int(lines.ends[last]) + 1
            if end - begin <= MAX_LINE_BYTES and whole.fullmatch(data, begin, end):
                joined.append((first, last))
                at += 1
            at += 1
        lines, numbers = _join(lines, numbers, joined)
        return cls(lines, numbers, b"", next_number)

    def halves(self) -> tuple["Records", "Records"]:
        """The same records in two parts; there are two at least."""
        first, rest = self.lines.halves()
        middle = len(first.ends)
        return (
            Records(first, self.numbers[:middle], b"", self.next_number),
            Records(rest, self.numbers[middle:], b"", self.next_number),
        )

    @classmethod
    def _up_to(
        cls, lines: Lines, numbers: np.ndarray, joined: list[tuple[int, int]], index: int
    ) -> "Records":
        start = int(lines.starts[index])
        done = Lines(lines.data[:start], lines.ends[:index], lines.first_number)
        done, kept_numbers = _join(done, numbers[:index], joined)
        return cls(done, kept_numbers, lines.data[start:], int(numbers[index]))


def _odd_lines(lines: Lines) -> list[int]:
    quotes = np.flatnonzero(np.frombuffer(lines.data, np.uint8) == 0x22)
    if not len(quotes):
        return []
    until = np.searchsorted(quotes, lines.ends)
    counts = np.diff(until, prepend=0)
    return np.flatnonzero(counts % 2).tolist()


def _join(
    lines: Lines, numbers: np.ndarray, joined: list[tuple[int, int]]
) -> tuple[Lines, np.ndarray]:
    if not joined:
        return lines, numbers
    is_end, is_start = np.ones(len(lines.ends), bool), np.ones(len(lines.ends), bool)
    for first, last in joined:
        is_end[first:last] = False
        is_start[first + 1 : last + 1] = False
    return Lines(lines.data, lines.ends[is_end], lines.first_number), numbers[is_start]
