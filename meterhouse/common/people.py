"""What a command says reaches people as text, whatever is in it (docs/decisions/0201)."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from raw_events.common.text import shown_lines


class PlainStream:
    """A stream on which control characters are shown and secrets are not.

    Reports with colours are written past it by rich, which asks for `rich_proxied_file`; what is in
    them is escaped where they are made (meterhouse/reports/text.py). Bytes go to `buffer` as ever.
    """

    def __init__(self, stream: TextIO):
        self.rich_proxied_file = stream

    def write(self, text: str) -> int:
        """Write a message; the number of characters is that of what was given."""
        self.rich_proxied_file.write(shown_lines(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write several."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)


@contextmanager
def plain_streams() -> Iterator[None]:
    """Standard output and error as PlainStream inside."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (PlainStream(stream) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class PlainFormatter(logging.Formatter):
    """Of log files: lines as people may see them, traces included."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        return shown_lines(super().format(record))
