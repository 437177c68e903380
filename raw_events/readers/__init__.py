"""Readers: a file becomes chunks of validated events, each with the bytes of what was rejected."""

from raw_events.readers.chunk import Chunk, Reader
from raw_events.readers.open_reader import open_reader

__all__ = ["Chunk", "Reader", "open_reader"]
