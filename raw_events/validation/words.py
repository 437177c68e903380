"""Text by the word: numpy looks at eight bytes of many places at once, as numbers."""

import numpy as np
import pyarrow as pa

Words = np.ndarray

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
    """Bytes, readable by the byte (`bytes`) and by the word from any place on (`words`)."""

    def __init__(self, data: bytes):
        self.bytes = np.frombuffer(data + bytes(PADDING), np.uint8)
        self.words = np.ndarray((len(data) + PADDING - 7,), "<u8", self.bytes, 0, (1,))

    def has(self, places: np.ndarray, constant: bytes) -> np.ndarray:
        """At which places (all inside the text) `constant` stands: true or false for each."""
        found = np.ones(len(places), bool)
        size = len(constant)
        if size < 8:
            return (self.words[places] & MASKS[size]) == word(constant)
        for offset in {*range(0, size - 7, 8), size - 8}:
            found &= self.words[places + offset] == word(constant[offset : offset + 8])
        return found

    def slices(self, starts: np.ndarray, ends: np.ndarray) -> pa.Array:
        """The stretches from `starts` to `ends`, in order and without overlap, as Arrow text."""
        if not len(starts):
            return pa.array([], pa.string())
        # Arrow wants offsets without gaps, so every other value is what lies between two.
        offsets = np.empty(2 * len(starts), np.int32)
        offsets[0::2], offsets[1::2] = starts, ends
        together = pa.StringArray.from_buffers(
            len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(self.bytes)
        )
        return together.take(pa.array(np.arange(0, len(offsets), 2)))


def are_digits(values: Words) -> np.ndarray:
    """Which words have 0 to 9 in each byte: digits, after `^ zeros(…)`."""
    return ((values + _SIXES) | values) & _HIGH == 0


def digits(words: Words, size: np.ndarray | int) -> Words:
    """The first `size` characters of each word as the numbers that they are if they are digits.

    The others are 0.
    """
    return (words ^ _ZEROS) & MASKS[size]


def number(values: Words) -> np.ndarray:
    """The number that eight digits are, the first byte the highest."""
    pairs = values * _TEN + (values >> _FIRST)
    value = (pairs & _PAIRS) * _UPPER + ((pairs >> np.uint64(16)) & _PAIRS) * _LOWER
    return (value >> np.uint64(32)).astype(np.int64)
