"""The columns of a CSV or Parquet file: the four required ones, and all others properties.

One called `properties` has properties itself (S-53).
"""

from pathlib import Path

from raw_events.common.errors import LandingError
from raw_events.validation.event import REQUIRED_FIELDS


def checked_columns(path: Path, names: list[str]) -> list[str]:
    """The names of the property columns. Raises LandingError if the file as a whole cannot land."""
    missing = [name for name in REQUIRED_FIELDS if name not in names]
    if missing:
        found = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
        raise LandingError(
            f"{path}: there is no column {' and no column '.join(missing)}. Every event needs "
            f"{', '.join(REQUIRED_FIELDS)} (S-5); the file has {found or 'no columns'}. Nothing "
            "was landed; name the columns so and land the file again."
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LandingError(
            f"{path}: there are two columns {', '.join(twice)}, and nobody can say which counts. "
            "Nothing was landed; rename one of them."
        )
    if any("\0" in name for name in names):
        raise LandingError(f"{path}: the name of a column has a NUL character; rename it.")
    return [name for name in names if name not in REQUIRED_FIELDS]
