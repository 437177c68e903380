"""The bytes of a text file, plain or gzip, in chunks that end with a line."""

import os
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from raw_events.common.budget import (
    CHUNK_BYTES,
    CHUNK_EVENTS,
    LONGEST_LINE,
    MOST_UNPACKED,
    UNPACKED_FREELY,
)
from raw_events.common.errors import LandingError
from raw_events.common.source_file import SourceFile

_READ_BYTES = 1024 * 1024
# Each member of a gzip file copies what is left of its block: small blocks, for many members.
_PACKED_BYTES = 64 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

TRUNCATED = (
    "The file is cut off: its gzip stream has no end. What is whole in it was landed; get the "
    "whole file and land it too, events that are landed already count once (S-8)."
)


class TextFile:
    """A text file. `done` of `total` bytes (of the file as it is) are read.

    Half a gzip file gives what is whole in it, and `is_truncated` is true at the end; one whose
    content is damaged gives a LandingError, because then no event of it can be trusted.
    """

    def __init__(self, source: SourceFile, is_gzip: bool):
        self._source, self.path, self.is_gzip = source, source.path, is_gzip
        self.total = source.size
        self.done = 0
        self.is_truncated = False

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Parts of about `size` bytes, without the BOM, all but the last ending with a line."""
        with self._source.open() as file:
            yield from self._unzipped_chunks(file, size) if self.is_gzip else self._read(file, size)

    def _read(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        """Chunks of a plain file. Where one ends is looked up first: its bytes are copied once."""
        begin = len(_BYTE_ORDER_MARK)
        if file.read(begin) != _BYTE_ORDER_MARK:
            begin = file.seek(0)
        end = 0
        while begin < self.total:
            blocks = -(-(begin + size) // _READ_BYTES)
            end, cut = max(blocks * _READ_BYTES, end + _READ_BYTES), self.total
            if end < self.total:
                start = max(begin, end - _READ_BYTES)
                line_feed = os.pread(file.fileno(), end - start, start).rfind(b"\n")
                if line_feed < 0:
                    self._check_line(end - begin)
                    continue
                cut = start + line_feed + 1
            data = file.read(cut - begin)
            begin = self.done = cut
            # None: the file was cut off meanwhile, which landing finds out.
            if data:
                yield data

    def _unzipped_chunks(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        kept: list[bytes] = []
        length, unpacked, is_first = 0, 0, True
        for block in self._unzip(iter(lambda: file.read(_PACKED_BYTES), b"")):
            self.done = file.tell()
            unpacked += len(block)
            if unpacked > max(UNPACKED_FREELY, MOST_UNPACKED * self.done):
                raise LandingError(
                    f"{self.path}: it unpacks to more than {MOST_UNPACKED} times its size, which "
                    "no file of events does. Nothing was landed; get the file again."
                )
            if is_first and block:
                block, is_first = block.removeprefix(_BYTE_ORDER_MARK), False
            kept.append(block)
            length += len(block)
            if length < size:
                continue
            cut = block.rfind(b"\n") + 1
            if cut:
                yield b"".join([*kept[:-1], block[:cut]])
                kept, length = [block[cut:]], len(block) - cut
            else:
                self._check_line(length)
        if length:
            yield b"".join(kept)

    def _check_line(self, length: int) -> None:
        if length > LONGEST_LINE:
            raise LandingError(
                f"{self.path}: a line is longer than {LONGEST_LINE >> 20} MiB, so this is no "
                "file of events. Nothing was landed; write one event per line."
            )

    def _unzip(self, compressed: Iterator[bytes]) -> Iterator[bytes]:
        # By hand, because Python's gzip module keeps back what it read before a truncated end.
        member, is_inside = zlib.decompressobj(wbits=31), False
        try:
            for block in compressed:
                while block:
                    if not is_inside:
                        # Zeros may fill the file up after the last member.
                        block = block.lstrip(b"\0") if self.done else block
                        if not block:
                            break
                    is_inside = True
                    # A thousandth of it may be what is packed: it is unpacked in parts.
                    part = member.decompress(block, _READ_BYTES)
                    yield part
                    while len(part) == _READ_BYTES and not (member.unconsumed_tail or member.eof):
                        # What zlib still holds back, though it has taken the whole block.
                        part = member.decompress(b"", _READ_BYTES)
                        yield part
                    block = member.unconsumed_tail or member.unused_data
                    if member.eof:
                        member, is_inside = zlib.decompressobj(wbits=31), False
        except zlib.error as error:
            raise LandingError(
                f"{self.path}: this is not a whole gzip file; its content is damaged ({error}). "
                "Nothing was landed; get the file again."
            ) from error
        self.is_truncated = is_inside


def pieces(data: bytes, most_lines: int = CHUNK_EVENTS) -> Iterator[bytes]:
    """`data` in parts of at most so many lines: short lines cost more than their bytes."""
    if data.count(b"\n") <= most_lines:
        yield data
        return
    ends, start = np.flatnonzero(np.frombuffer(data, np.uint8) == 0x0A), 0
    for end in ends[most_lines - 1 :: most_lines].tolist():
        yield data[start : end + 1]
        start = end + 1
    if start < len(data):
        yield data[start:]
