"""All marts of a publication as CSV files in a folder, replaced as a whole (S-79)."""

import json
import shutil
import uuid
from pathlib import Path

from meterhouse.exports.errors import ExportRefused
from meterhouse.exports.published import MARK, Published, plain_columns, with_publication
from raw_events.common.files import sync_path
from raw_events.common.sql import literal


def export_csv(home: Path, folder: Path) -> Published:
    """Write `<mart>.csv` of each mart and publication.json; gives the publication.

    `folder` is new, empty or of an export before, which it takes the place of in one rename. No
    cell is a formula. Raises ExportError, or ExportRefused for a folder with anything else in it.
    """
    may_replace(folder)
    return with_publication(home, lambda published: _write(published, folder))


def _write(published: Published, folder: Path) -> Published:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    draft.mkdir()
    try:
        for mart, source in published.marts.items():
            columns = plain_columns(published.columns(mart), escape=True)
            path = draft / f"{mart}.csv"
            published.con.execute(
                f"copy (select {columns} from {source}) to {literal(path)} (format csv, header)"
            )
            sync_path(path)
        mark = draft / MARK
        mark.write_text(json.dumps(published.described(), indent=1) + "\n", "utf-8")
        sync_path(mark)
        take_place(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return published


def take_place(draft: Path, folder: Path) -> None:
    """Put `draft` into the place of `folder`. A folder cannot be renamed over another: the old one
    goes aside first, and comes back if the new one does not take its place.
    """
    old = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    if folder.exists():
        folder.rename(old)
    try:
        draft.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    sync_path(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def may_replace(folder: Path) -> None:
    """Raises ExportRefused for a folder that has something else in it than an export."""
    if not folder.exists():
        return
    if folder.is_dir() and (not any(folder.iterdir()) or (folder / MARK).is_file()):
        return
    raise ExportRefused(
        f"{folder} has something else in it than an export. Name a new folder, or one that an "
        "export made."
    )
