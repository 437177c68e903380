"""What a source is: something that can be read again from a position (S-61).

A new kind of source is a module with `source_of(name, head, body)` that returns one (folder.py),
and nothing else: landing, position, retries, quarantine and state are the same for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from raw_events.readers import Reader


@dataclass
class SourceBatch:
    """What was read from a source in one go, and lands as one entry of the log or not at all.

    `reader` gives the records, validated, in bounded memory (records.RecordsReader for lines of
    JSON). `to` is the position after them, as JSON; the reader may set it while it reads, it is
    looked at after the last chunk. `label` stands in the entry as a file's name would. `is_last`:
    the source had no more when the reading began. `keep_empty`: its position is worth an entry of
    the log also where no record was in it. `refused`: why what it is of was set aside.
    """

    reader: Reader
    to: Any
    label: str
    is_last: bool = False
    keep_empty: bool = False
    refused: str | None = None


@dataclass(frozen=True)
class Skip:
    """How a source goes on after a loss: from `to`; `what` says in a sentence what is left out."""

    to: Any
    what: str


class Source(Protocol):
    """`name` is the `source` of its events and the key of its position; `kind` is for people.

    `cadence`: how often it is due. `alert_after`: a longer lag is worth a look. `note`: why it was
    read no further than it was, for people; None if there is nothing to say. `asks_for_lag`:
    whether `lag` must reach the source.
    """

    name: str
    kind: str
    asks_for_lag: bool
    cadence: timedelta
    alert_after: timedelta
    note: str | None

    def read(self, position: Any, as_of: datetime) -> SourceBatch | None:
        """What comes after `position` (JSON; None: from the beginning); None if there is nothing.

        Raises Unreachable for what is worth another try, RecordsLost if the source has not any
        more what was not read yet (S-66), SourceError for all else; so do the reader's chunks.
        """

    def lag(self, position: Any, as_of: datetime) -> Mapping[str, int]:
        """How far behind: `seconds` or `records`, whichever it can tell."""

    def skip(self, position: Any, as_of: datetime) -> Skip:
        """How to go on from where it stopped (S-66). Raises NothingToSkip."""

    def close(self) -> None:
        """Let go of connections; it may be read again afterwards."""


@runtime_checkable
class ReadsItsLog(Protocol):
    """A source whose position says more than one entry can: it looks at those before."""

    def look_into(self, home: Path) -> None:
        """The data directory that it is read for, before anything else is asked."""


def prepared(source: Source, home: Path) -> Source:
    """The source, told of the data directory if it wants to know."""
    if isinstance(source, ReadsItsLog):
        source.look_into(home)
    return source
