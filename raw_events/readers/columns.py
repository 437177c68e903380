"""The columns of a CSV or Parquet file: the four required ones, and all others properties.

One called `properties` has properties itself (S-53).
"""

from collections import Counter
from pathlib import Path

from raw_events.common.budget import (
    CHUNK_EVENTS,
    GROWN_BYTES,
    LONGEST_HEADER,
)
from raw_events.common.errors import LandingError
from raw_events.validation.event import FIELDS, MAX_PROPERTIES, REQUIRED_FIELDS


def checked_columns(path: Path, names: list[str]) -> list[str]:
    """The names of the property columns. Raises LandingError if the file as a whole cannot land."""
    check_count(path, [name for name in names if name not in FIELDS])
    missing = [name for name in REQUIRED_FIELDS if name not in names]
    if missing:
        found = ", ".join(name[:40] for name in names[:20]) + (", …" if len(names) > 20 else "")
        raise LandingError(
            f"{path}: there is no column {' and no column '.join(missing)}. Every event needs "
            f"{', '.join(REQUIRED_FIELDS)} (S-5); the file has {found or 'no columns'}. Nothing "
            "was landed; name the columns so and land the file again."
        )
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        named = ", ".join(name[:40] for name in twice[:20])
        raise LandingError(
            f"{path}: there are two columns {named}, and nobody can say which counts. "
            "Nothing was landed; rename one of them."
        )
    if any("\0" in name for name in names):
        raise LandingError(f"{path}: the name of a column has a NUL character; rename it.")
    return [name for name in names if name not in REQUIRED_FIELDS]


def check_count(path: Path, properties: list[str]) -> None:
    """Raise LandingError for more columns of properties than an event may have properties."""
    if len(properties) > MAX_PROPERTIES or sum(map(len, properties)) > LONGEST_HEADER:
        raise LandingError(
            f"{path}: it has {len(properties):,} columns of properties, with names of "
            f"{sum(map(len, properties)):,} characters. At most {MAX_PROPERTIES:,} columns and "
            f"{LONGEST_HEADER:,} characters are read (S-5). Nothing was landed; send the events as "
            "JSON lines, each with the properties that it has."
        )


def most_rows(names: list[str]) -> int:
    """How many rows with these columns a chunk may have: each repeats the names as JSON keys."""
    row = sum(len(name.encode("utf-8", "surrogatepass")) + 32 for name in names)
    return max(1, min(CHUNK_EVENTS, GROWN_BYTES // row))
