"""Marts of a publication as Delta tables; a file beside them says which versions belong together.

Each commit names its publication, too. Who follows several tables reads publication.json first and
then each table at the version that stands there: what is written meanwhile is a later version.
"""

import json
from pathlib import Path

from deltalake import CommitProperties, DeltaTable, write_deltalake

from meterhouse.common.alone import folder_held
from meterhouse.exports.errors import ExportRefused
from meterhouse.exports.folders import read_mark
from meterhouse.exports.published import MARK, Published, plain_columns, with_publication
from raw_events.common.files import replaced_file

_AT_ONCE = 100_000


def export_delta(home: Path, folder: Path) -> Published:
    """Write `<mart>/` of each mart, and publication.json last; gives the publication.

    A publication that is there already is not written again. Raises ExportError, or ExportRefused
    for a folder with an export of another form.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Two at once would name each other's versions.
    with folder_held(folder):
        form = read_mark(folder).get("form", "delta")
        if form != "delta":
            raise ExportRefused(f"{folder} has an export in it as {form}. Name another folder.")
        return with_publication(home, lambda published: _write(published, folder))


def _write(published: Published, folder: Path) -> Published:
    if read_mark(folder).get("publication") == published.name:
        return published
    versions = {}
    for mart, source in published.marts.items():
        columns = plain_columns(published.columns(mart), escape=False)
        rows = published.con.sql(f"select {columns} from {source}").to_arrow_reader(_AT_ONCE)
        path = folder / mart
        write_deltalake(
            path,
            rows,
            mode="overwrite",
            schema_mode="overwrite",
            name=mart,
            commit_properties=CommitProperties(custom_metadata=published.described()),
        )
        versions[mart] = DeltaTable(path).version()
    with replaced_file(folder / MARK) as temporary:
        said = {**published.described(), "form": "delta", "versions": versions}
        temporary.write_text(json.dumps(said, indent=1) + "\n", "utf-8")
    return published
