"""Publishing: every table of schema `marts` as Parquet, swapped in as a whole.

$HOME/marts is a symbolic link to $HOME/.marts/<n>. A reader that opens files through the link gets
whole files always; one that resolves the link once reads all marts of one run. The folders before
the current one stay for those who are still reading.
"""

import filecmp
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import duckdb

from meterhouse.ledger.passed_build import NOT_PASSED, build_passed
from meterhouse.ledger.sql import one_value
from meterhouse.warehouse.errors import PublishError
from meterhouse.warehouse.evidence import check_evidence
from meterhouse.warehouse.generations import (
    generations,
    linked,
    published_folder,
    published_generation,
)
from meterhouse.warehouse.mark_files import FILE, read_mark, write_mark
from meterhouse.warehouse.marks import Mark, current_mark, mark_warehouse
from meterhouse.warehouse.usage_parts import MART, wanted_parts, write_parts
from raw_events.common.files import file_sha256, sync_path
from raw_events.common.sql import literal

KEPT_GENERATIONS = 3
# Files that a generation is put together from (meterhouse/warehouse/usage_parts.py).
PARTS = "parts"


@dataclass(frozen=True)
class Publication:
    """`rows` per mart; `changed` are the marts whose bytes differ from the generation before."""

    generation: int
    rows: dict[str, int]
    changed: list[str]


def publish_marts(con: duckdb.DuckDBPyConnection, home: Path) -> Publication:
    """Write schema `marts` to a new folder and point $HOME/marts at it, atomically.

    The same rows give the same bytes (S-4): every mart is ordered by all of its columns,
    `usage_daily` in each of its parts. If no mart changed, the current folder stays. Raises
    PublishError, also if the build of the warehouse's inputs did not pass (S-48); readers then keep
    what they have. Raises EvidenceMissing before it writes anything: a mark is never replaced by
    one that knows less (S-45).
    """
    check_evidence(Path(home), con)
    if not build_passed(con):
        raise PublishError(f"Nothing was published: {NOT_PASSED}")
    parts = Path(home) / ".marts" / PARTS
    marts = _mart_names(con)

    def write(new: Path, _: Path | None) -> dict[str, int]:
        return {mart: _write(con, mart, new / f"{mart}.parquet", parts) for mart in marts}

    return _publish(Path(home), write, mark_warehouse(con, Path(home)))


def publish_changed(
    con: duckdb.DuckDBPyConnection, home: Path, queries: dict[str, str]
) -> Publication:
    """Publish the current generation again with these marts made anew: mart → its query.

    All other marts stay, byte for byte, so what readers see is of one state (S-55). The caller
    has asked `check_marts`. Raises PublishError if nothing is published yet, or as `publish_marts`
    does.
    """
    if published_generation(home) is None:
        raise PublishError("Nothing is published yet; run once: meterhouse run")

    # A file that was changed or removed since keeps the checksum that says so; one that nobody
    # published gets none, and is not taken along.
    known = published_checksums(home)
    kept = {name: known[name] for name in known if Path(name).stem not in queries}

    def write(new: Path, before: Path | None) -> dict[str, int]:
        for file in sorted(before.iterdir() if before else []):
            if file.is_symlink() or not file.is_file():
                continue
            # Release 0.1 left no checksums: its marts are told by their suffix.
            ours = file.name in kept if known else file.suffix == ".parquet"
            if ours and file.stem not in queries:
                (new / file.name).hardlink_to(file)
        return {mart: _copy(con, query, new / f"{mart}.parquet") for mart, query in queries.items()}

    return _publish(Path(home), write, current_mark(Path(home), con), kept)


def _publish(
    home: Path,
    write: Callable[[Path, Path | None], dict[str, int]],
    mark: Mark,
    kept: Mapping[str, str] = MappingProxyType({}),
) -> Publication:
    """The generation that `write(new folder, current one)` fills; `write` gives rows per mart.

    `mark` and the checksums of its files stand beside them (marks.py); `kept` are those of files
    that should be taken over, also where one is gone.
    """
    link, folder = home / "marts", home / ".marts"
    _check_link(link)
    current = linked(link)
    number = max([*generations(folder), current or 0, 0]) + 1
    before = folder / str(current) if current else None
    new = folder / f"{number}.writing"
    for leftover in [*folder.glob("*.writing"), *folder.glob("*.link")]:
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    try:
        new.mkdir(parents=True)
        rows = write(new, before)
        changed = [mart for mart in rows if not _share(new, before, f"{mart}.parquet")]
        made = {path.name: path for path in sorted(new.iterdir())}
        checksums = {**{name: file_sha256(path) for name, path in made.items()}, **kept}
        if current and before and not changed and _names(before) - {FILE} == set(made):
            shutil.rmtree(new)
            write_mark(before, mark, checksums)
            return Publication(current, rows, [])
        write_mark(new, mark, checksums)
        sync_path(new)
        final = folder / str(number)
        new.rename(final)
        sync_path(folder)
        _swap(link, folder, number)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        raise PublishError(
            f"The marts could not be published ({error}); the ones published before are untouched. "
            "Free space or repair the disk, then run again."
        ) from error
    except duckdb.IOException as error:
        shutil.rmtree(new, ignore_errors=True)
        raise PublishError(
            f"The marts could not be written ({error}); the ones published before are untouched."
        ) from error
    for old in sorted(generations(folder))[:-KEPT_GENERATIONS]:
        shutil.rmtree(folder / str(old), ignore_errors=True)
    return Publication(number, rows, changed)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _check_link(link: Path) -> None:
    ours = link.is_symlink() and link.readlink().parent == Path(".marts")
    if os.path.lexists(link) and not ours:
        raise PublishError(
            f"{link} is not the link that Meterhouse publishes through, but something of yours. "
            "Move it elsewhere and run again; nothing was published."
        )


def _mart_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    names = con.execute(
        "select table_name from information_schema.tables where table_schema = 'marts' "
        r"and not regexp_matches(table_name, '__dbt_(tmp|backup)') order by all"
    ).fetchall()
    if not names:
        raise PublishError("The warehouse has no marts yet; build them first: meterhouse run")
    return [name for (name,) in names]


def _write(con: duckdb.DuckDBPyConnection, mart: str, path: Path, parts: Path) -> int:
    wanted = wanted_parts(con) if mart == MART else []
    if not wanted:
        return _copy(con, f'select * from marts."{mart}"', path)
    rows: int = write_parts(con, wanted, parts, path)
    sync_path(path)
    return rows


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    rows: int = one_value(
        con,
        f"copy (select * from ({query}) order by all) to {literal(path)} "
        "(format parquet, compression zstd)",
    )
    sync_path(path)
    return rows


def _share(new: Path, before: Path | None, name: str) -> bool:
    """Whether the file is the same as before; then both generations share it on the disk."""
    old = before / name if before else None
    if old is None or not old.is_file() or not filecmp.cmp(new / name, old, shallow=False):
        return False
    linked = new / f"{name}.same"
    linked.hardlink_to(old)
    linked.replace(new / name)
    return True


def published_checksums(home: Path) -> dict[str, str]:
    """SHA-256 of each published file as it was published; {} where release 0.1 did it.

    Raises PublishError if they cannot be read.
    """
    folder = published_folder(home)
    try:
        known = read_mark(folder) if folder else None
    except ValueError as error:
        raise PublishError(str(error)) from error
    return known[1] if known else {}


def _swap(link: Path, folder: Path, number: int) -> None:
    temporary = folder / f"{number}.link"
    # Relative, so that a data directory can be moved or mounted elsewhere.
    temporary.symlink_to(Path(".marts") / str(number))
    temporary.replace(link)
    sync_path(link.parent)
