"""How the append-only Delta tables of a data directory are made, and their newest version."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import DeltaError

from raw_events.common.files import sync_path

# Nothing is ever cleaned up: a version number names a state for ever.
CONFIGURATION: dict[str, str | None] = {
    "delta.appendOnly": "true",
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
    "delta.enableExpiredLogCleanup": "false",
}


def newest_version(folder: Path) -> int:
    """The last entry's version of a `_delta_log` folder; -1 if there is none."""
    if not folder.is_dir():
        return -1
    with os.scandir(folder) as entries:
        versions = (entry.name[:-5] for entry in entries if entry.name.endswith(".json"))
        return max((int(name) for name in versions if name.isdigit()), default=-1)


def create_table(
    root: Path,
    schema: pa.Schema,
    description: str,
    configuration: Mapping[str, str | None] = MappingProxyType(CONFIGURATION),
) -> None:
    """Make an empty table, durably, if there is none; its name is that of the folder `root`.

    Of two processes that make it at once, both succeed. Raises DeltaError, OSError.
    """
    log = root / "_delta_log"
    if newest_version(log) >= 0:
        return
    root.mkdir(parents=True, exist_ok=True)
    try:
        DeltaTable.create(
            root,
            schema,
            mode="ignore",
            name=root.name,
            description=description,
            configuration=dict(configuration),
            # Of two creations at once only one may be: a retry would commit it as version 1.
            commit_properties=CommitProperties(max_commit_retries=0),
        )
    except (DeltaError, OSError):
        # Another process may have made it in the same moment.
        if newest_version(log) < 0:
            raise
    sync_path(log / f"{0:020d}.json")
    sync_path(log)
