"""What a publication is called: a name of its content alone, for a number may come again."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from meterhouse.warehouse.mark_files import needed_mark


def published_files(folder: Path) -> dict[str, str]:
    """Name of each published file → what tells its content; release 0.1 left no checksums.

    Raises ValueError for a publication whose checksums cannot be read.
    """
    mark = needed_mark(folder)
    if mark is not None:
        return mark[1]
    # Which had no parts.
    files = [(path.name, path.stat()) for path in sorted(folder.glob("*.parquet"))]
    return {name: f"{found.st_size}.{found.st_mtime_ns}" for name, found in files}


def publication_name(folder: Path, files: Mapping[str, str]) -> str:
    """`12-a1b2c3d4e5f6`: the generation's number and a digest of its files."""
    content = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:12]
    return f"{folder.name}-{content}"
