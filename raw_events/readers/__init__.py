"""Readers: a file becomes chunks of judged events, each with the bytes of what was rejected."""

from raw_events.readers.reader import Chunk, Reader, open_reader

__all__ = ["Chunk", "Reader", "open_reader"]
