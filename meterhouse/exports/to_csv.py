"""All marts of a publication as CSV files in a folder, replaced as a whole (S-79)."""

from pathlib import Path

from meterhouse.exports.folders import replaced_folder
from meterhouse.exports.published import Published, plain_columns, with_publication
from raw_events.common.files import sync_path
from raw_events.common.sql import literal


def export_csv(home: Path, folder: Path) -> Published:
    """Write `<mart>.csv` of each mart and publication.json; gives the publication.

    `folder` is new, empty or of an export before, which it takes the place of in one step. No
    cell is a formula. Raises ExportError, or ExportRefused for a folder with anything else in it.
    """
    return with_publication(home, lambda published: _write(published, folder))


def _write(published: Published, folder: Path) -> Published:
    with replaced_folder(folder, {**published.described(), "form": "csv"}) as draft:
        for mart, source in published.marts.items():
            columns = plain_columns(published.columns(mart), escape=True)
            path = draft / f"{mart}.csv"
            published.con.execute(
                f"copy (select {columns} from {source}) to {literal(path)} (format csv, header)"
            )
            sync_path(path)
    return published
