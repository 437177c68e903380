"""What a reader is, and what it gives: chunks of validated events."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import duckdb
import numpy as np
import pyarrow as pa

Sent = Callable[[np.ndarray], pa.Array]


@dataclass(frozen=True)
class Chunk:
    """A part of a file, in its order.

    `validated` has the columns of validation.rules.validate_fields; `raw` the bytes (BLOB) of the
    rejected events, in the order in which they stand in `validated`. `done` of the reader's `total`
    are read. `places` say for people where each rejected event stood in its source, where a line
    number does not (S-65).

    `sent(numbers)` gives the bytes of any events of the chunk, as `raw` has them, by their
    line_number (ascending, int64), and `placed(numbers)` their places, until the next chunk is
    asked for.
    """

    validated: pa.Table
    raw: pa.Array
    done: int
    sent: Sent
    places: tuple[str, ...] = ()
    placed: Callable[[np.ndarray], tuple[str, ...]] | None = None


class Reader(Protocol):
    """Reads one file once. `format` and `header` are what a replay needs to read `raw` again.

    `notes` are sentences for the report, complete after the last chunk.
    """

    notes: list[str]

    @property
    def format(self) -> str: ...

    @property
    def header(self) -> str | None: ...

    @property
    def total(self) -> int: ...

    def chunks(self, con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Chunk]:
        """The events of the file, validated as of `as_of`. Raises LandingError."""
