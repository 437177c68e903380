"""A look into the drop folder, and what lies in a folder."""

from datetime import UTC, datetime
from pathlib import Path

from raw_events.ingest.drop_folder import Landed, land_drop_folder

AS_OF = datetime(2026, 1, 2, tzinfo=UTC)
GOOD = "good.ndjson"


def look(home: Path) -> Landed:
    """Land what lies in the drop folder."""
    return land_drop_folder(home, lambda: AS_OF)


def names(folder: Path) -> set[str]:
    """The names of what lies in a folder, if there is one."""
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
