"""Text by the word: numpy looks at eight bytes of many places at once, as numbers."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

# All arrays here and in fast_path/ have one dimension, (n,), unless they say otherwise.
# Eight bytes of text each, the first one the lowest (little endian).
Words = NDArray[np.uint64]
# Where something is: bytes or items counted from 0; also numbers and sizes.
Places = NDArray[np.int64]
# One answer for each item.
Flags = NDArray[np.bool_]

# MASKS[n] keeps the first n bytes of a word (little endian).
MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
# What may be read past the end of the text.
PADDING = 32


def word(text: bytes) -> np.uint64:
    """Up to eight characters as a word."""
    return np.uint64(int.from_bytes(text, "little"))


_ZEROS, _SIXES, _HIGH = word(b"0" * 8), word(b"\x76" * 8), word(b"\x80" * 8)
_FIRST, _TEN, _PAIRS = np.uint64(8), np.uint64(10), word(b"\xff\0\0\0\xff\0\0\0")
_UPPER, _LOWER = np.uint64(100 + (1_000_000 << 32)), np.uint64(1 + (10_000 << 32))


class Text:
    """Text of n bytes, readable by the byte and by the word.

    `bytes` is uint8, (n + PADDING,), with zeros behind the text. `words` is uint64,
    (n + PADDING - 7,): the eight bytes from each place on, a view of the same memory.
    """

    def __init__(self, data: bytes):
        self.bytes: NDArray[np.uint8] = np.frombuffer(data + bytes(PADDING), np.uint8)
        self.words: Words = np.ndarray((len(data) + PADDING - 7,), "<u8", self.bytes, 0, (1,))

    def has(self, places: Places, constant: bytes) -> Flags:
        """At which of n places (all inside the text) `constant` stands: (n,)."""
        found: Flags = np.ones(len(places), bool)
        size = len(constant)
        if size < 8:
            found &= (self.words[places] & MASKS[size]) == word(constant)
            return found
        for offset in {*range(0, size - 7, 8), size - 8}:
            found &= self.words[places + offset] == word(constant[offset : offset + 8])
        return found

    def slices(self, starts: Places, ends: Places) -> pa.Array:
        """The n stretches from `starts` to `ends`, in order, without overlap: Arrow text, (n,)."""
        if not len(starts):
            return pa.array([], pa.string())
        # Arrow wants offsets without gaps, so every other value is what lies between two.
        offsets = np.empty(2 * len(starts), np.int32)
        offsets[0::2], offsets[1::2] = starts, ends
        together = pa.StringArray.from_buffers(
            len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(self.bytes)
        )
        return together.take(pa.array(np.arange(0, len(offsets), 2)))


def are_digits(values: Words) -> Flags:
    """Which of n words have 0 to 9 in each byte, as digits() leaves them: (n,)."""
    found: Flags = ((values + _SIXES) | values) & _HIGH == 0
    return found


def digits(words: Words, size: Places | int) -> Words:
    """The first `size` characters (0 to 8) of n words as the numbers that they are if digits: (n,).

    The bytes behind them are 0.
    """
    return (words ^ _ZEROS) & MASKS[size]


def number(values: Words) -> Places:
    """The numbers that n words of eight digits are, the first byte the highest: (n,)."""
    pairs = values * _TEN + (values >> _FIRST)
    value = (pairs & _PAIRS) * _UPPER + ((pairs >> np.uint64(16)) & _PAIRS) * _LOWER
    return (value >> np.uint64(32)).astype(np.int64)
