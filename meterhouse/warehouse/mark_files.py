"""The mark beside the published marts: `evidence.json` in the folder of each generation (S-45)."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from meterhouse.warehouse.marks import Mark, mark_from_json
from raw_events.common.files import replaced_file

FILE = "evidence.json"
# A mart that is published since there are marks.
SINCE_MARKS = "credit_notes.parquet"
NEEDED = {
    "ledger_version": int,
    "ledger_digest": str,
    "last_number": int,
    "log_version": int,
    "log_digest": str,
}


def read_mark(folder: Path) -> tuple[Mark, dict[str, str]] | None:
    """The mark of a published generation, and the SHA-256 of each of its files by their names.

    None if it has none, as those of release 0.1. Raises ValueError if it cannot be read.
    """
    path = folder / FILE
    if not os.path.lexists(path):
        return None
    try:
        known = json.loads(path.read_text("utf-8"))
        marts = {str(name): str(digest) for name, digest in known["marts"].items()}
        mark = mark_from_json(known)
        for name, kind in NEEDED.items():
            if not isinstance(known[name], kind):
                raise TypeError(f"{name} is {known[name]!r}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(_without(path, f"cannot be read ({error!r})")) from error
    return mark, marts


def needed_mark(folder: Path) -> tuple[Mark, dict[str, str]] | None:
    """As `read_mark`; raises ValueError also if it is gone where there was one.

    A generation of release 0.1 never had one, and is known by not having `credit_notes`, which
    every later release publishes.
    """
    found = read_mark(folder)
    if found is None and (folder / SINCE_MARKS).is_file():
        raise ValueError(_without(folder / FILE, "is missing"))
    return found


def _without(path: Path, what: str) -> str:
    return (
        f"{path} {what}: it has the checksums of these published marts, and says what was the last "
        "number given. Put it back from a backup or a copy. If there is none, compare the ledger "
        "with the newest line that was kept elsewhere: meterhouse verify --against LINE. Only if "
        f"that finds nothing under 'noted elsewhere', move {path.parent} aside as a whole, and the "
        "next run publishes again"
    )


def write_mark(folder: Path, mark: Mark, marts: dict[str, str]) -> None:
    """Write the mark of a generation, whole or not at all; the same mark gives the same bytes."""
    content = json.dumps({**asdict(mark), "marts": marts}, indent=1, sort_keys=True) + "\n"
    path = folder / FILE
    if not path.is_file() or path.read_text("utf-8", "replace") != content:
        with replaced_file(path) as temporary:
            temporary.write_text(content, "utf-8")
