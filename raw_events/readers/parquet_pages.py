"""The pages of a Parquet file, by their own headers: what is decoded, whatever the footer says.

A header is a Thrift struct (compact protocol); only its numbers are looked at. Format:
https://parquet.apache.org/docs/file-format/data-pages/
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow.parquet as pq

from raw_events.common.budget import MOST_PAGES

DATA, DICTIONARY, DATA_2, OTHER = 0, 2, 3, -1
# Number of the field that has the header of such a page, and in it that of the encoding.
_HEADERS = {DATA: (5, 2), DATA_2: (8, 4), DICTIONARY: (7, 2)}
DICTIONARY_ENCODINGS = (2, 8)
DELTA_LENGTHS, DELTA_TEXTS = 6, 7
# Statistics are in it, with two texts of the page; pyarrow reads no longer ones either.
_LONGEST_HEADER = 16 * 1024 * 1024
_DEEPEST = 8


class NoPages(Exception):
    """There are no pages where the footer says."""


class TooMuchAtOnce(Exception):
    """The file needs more memory or time than one may have; the message says why, and a way out."""


@dataclass
class LeafPages:
    """The pages of one column in one row group; sizes are bytes, unpacked.

    `pages` are those with data, in their order: (values, size, encoding).
    """

    dictionary_bytes: int = 0
    dictionary_values: int = 0
    headers: int = 0
    pages: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def values(self) -> int:
        """How many values the pages have, nulls too."""
        return sum(values for values, _, _ in self.pages)

    @property
    def is_delta(self) -> bool:
        """Whether a page is in an encoding from which pyarrow makes no dictionary."""
        return any(encoding in (DELTA_LENGTHS, DELTA_TEXTS) for _, _, encoding in self.pages)


def leaf_pages(descriptor: int, chunk: pq.ColumnChunkMetaData, most: int = MOST_PAGES) -> LeafPages:
    """The pages of a column of a row group, as pyarrow goes through them.

    Raises NoPages, and TooMuchAtOnce if there are more than `most`: a page may be a few bytes, and
    columns may share them.
    """
    found = LeafPages()
    for kind, size, values, encoding in _headers(descriptor, chunk):
        found.headers += 1
        if found.headers > most:
            raise TooMuchAtOnce(
                f"it has more than {MOST_PAGES:,} pages. Write it with larger pages, or as several "
                "files"
            )
        if kind == DICTIONARY:
            found.dictionary_bytes += size
            found.dictionary_values += values
        elif kind in _HEADERS:
            found.pages.append((values, size, encoding))
    return found


def _headers(descriptor: int, chunk: pq.ColumnChunkMetaData) -> Iterator[tuple[int, int, int, int]]:
    at = chunk.data_page_offset
    if chunk.has_dictionary_page and chunk.dictionary_page_offset:
        at = min(at, chunk.dictionary_page_offset)
    end, seen = at + chunk.total_compressed_size, 0
    while seen < chunk.num_values and at < end:
        header, length = _header(descriptor, at)
        kind, size, packed = (header.get(number) for number in (1, 2, 3))
        if not isinstance(size, int) or not isinstance(packed, int) or min(size, packed) < 0:
            raise NoPages
        at += length + packed
        if kind not in _HEADERS:
            yield OTHER, 0, 0, 0
            continue
        number, encoding_number = _HEADERS[kind]
        inner = header.get(number)
        if not isinstance(inner, dict):
            raise NoPages
        values, encoding = inner.get(1), inner.get(encoding_number)
        if not isinstance(values, int) or not isinstance(encoding, int) or values < 0:
            raise NoPages
        if kind != DICTIONARY:
            seen += values
        yield kind, size, values, encoding


def _header(descriptor: int, at: int) -> tuple[dict[int, Any], int]:
    length = 512
    while True:
        data = os.pread(descriptor, length, at)
        try:
            thrift = _Thrift(data)
            return thrift.struct(0), thrift.at
        except IndexError as error:
            if len(data) < length or length >= _LONGEST_HEADER:
                raise NoPages from error
            length *= 32


class _Thrift:
    """The compact protocol. Raises IndexError where the bytes end, NoPages if it is no Thrift."""

    def __init__(self, data: bytes):
        self._data = data
        self.at = 0

    def struct(self, depth: int) -> dict[int, Any]:
        """A struct, by the numbers of its fields."""
        if depth > _DEEPEST:
            raise NoPages
        fields: dict[int, Any] = {}
        number = 0
        while byte := self._byte():
            number = number + (byte >> 4) if byte >> 4 else self._signed()
            kind = byte & 15
            fields[number] = kind == 1 if kind in (1, 2) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (4, 5, 6):
            return self._signed()
        if kind == 12:
            return self.struct(depth + 1)
        if kind in (9, 10):
            byte = self._byte()
            count = byte >> 4 if byte >> 4 < 15 else self._unsigned()
            for _ in range(count):
                self._element(byte & 15, depth)
        elif kind in (1, 2, 3, 7, 8):
            self._skip({7: 8, 8: 0}.get(kind, 1) or self._unsigned())
        else:
            raise NoPages
        return None

    def _element(self, kind: int, depth: int) -> None:
        if depth > _DEEPEST:
            raise NoPages
        self._value(kind, depth + 1)

    def _skip(self, length: int) -> None:
        self.at += length
        if self.at > len(self._data):
            raise IndexError

    def _byte(self) -> int:
        self.at += 1
        return self._data[self.at - 1]

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise NoPages

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
