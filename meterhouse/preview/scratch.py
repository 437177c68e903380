"""A scratch data directory: nothing that happens there reaches the one that it was made from."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meterhouse.common.progress import reporter
from meterhouse.preview.errors import NotReady
from meterhouse.warehouse.lock import run_lock

PREFIX = ".preview-"


@contextmanager
def scratch_home(home: Path) -> Iterator[Path]:
    """An empty data directory inside `home`, on the same disk, removed at the end.

    What a killed preview left behind is removed as well. Raises NotReady before the first run, for
    a preview starts from what the last run computed.
    """
    if not (home / "warehouse.duckdb").is_file():
        raise NotReady(
            f"There is no warehouse in {home} yet. Land events and run once: "
            "meterhouse ingest FILE…, then meterhouse run"
        )
    clear_leftovers(home)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_leftovers(home: Path) -> None:
    """Remove what previews that were killed left behind."""
    for leftover in home.glob(f"{PREFIX}*"):
        if not _is_alive(leftover):
            shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def warehouse_at_rest(home: Path) -> Iterator[Path]:
    """The warehouse's file while no run writes it; waits for one in progress."""
    with run_lock(home, say=reporter().say, reads=True):
        yield home / "warehouse.duckdb"


def copy_warehouse(home: Path, scratch: Path) -> None:
    """Copy the warehouse as the last run left it; on file systems that can, without copying data.

    Under its own name: views name the database that they are in.
    """
    with warehouse_at_rest(home) as source:
        copy_at_rest(source, scratch)


def copy_at_rest(source: Path, scratch: Path) -> None:
    """The same of a warehouse that is at rest."""
    for path in (source, source.with_name(f"{source.name}.wal")):
        if path.is_file():
            _copy(path, scratch / path.name)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reading, target.open("wb") as writing:
        left = source.stat().st_size
        while left > 0:
            # Shares the blocks where the file system knows how to (XFS, Btrfs).
            copied = os.copy_file_range(reading.fileno(), writing.fileno(), left)
            if not copied:
                break
            left -= copied


def _is_alive(leftover: Path) -> bool:
    process = leftover.name.removeprefix(PREFIX).split("-")[0]
    return Path(f"/proc/{process}").exists()
