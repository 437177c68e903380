"""Publishing: every table of schema `marts` as Parquet, swapped in as a whole.

$HOME/marts is a symbolic link to $HOME/.marts/<n>. A reader that opens files through the link gets
whole files always; one that resolves the link once reads all marts of one run. The folders before
the current one stay for those who are still reading. Which files a mart has says mart_files.py.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import duckdb

from meterhouse.common.mart_files import MADE_OF, files_in, mart_of
from meterhouse.common.settings import single_file_bytes
from meterhouse.ledger.passed_build import NOT_PASSED, build_passed
from meterhouse.warehouse.errors import PublishError
from meterhouse.warehouse.evidence import check_evidence
from meterhouse.warehouse.generations import (
    generations,
    linked,
    published_folder,
)
from meterhouse.warehouse.mark_files import FILE, read_mark, write_mark
from meterhouse.warehouse.marks import Mark, current_mark, mark_warehouse
from meterhouse.warehouse.mart_parts import OF_INVOICES, Part, WantedParts
from meterhouse.warehouse.write_marts import MartWriter
from raw_events.common.files import file_sha256, sync_path
from raw_events.common.sql import identifier

KEPT_GENERATIONS = 3
# Of a mart whose view joins all of history: more than these are written from a copy of its rows.
FEW_PARTS = 3
_AT_ONCE = "published_at_once"
# Release 0.1 and a while after it kept parts of usage_daily here, and what they were made of there.
_FORMER_PARTS, _FORMER_STATE = "parts", "inputs.usage_daily_parts"


@dataclass(frozen=True)
class Publication:
    """`rows` per mart; `changed` are the marts whose bytes differ from the generation before.

    `alone`: marts that from this generation on are too large for a single file beside their parts.
    """

    generation: int
    rows: dict[str, int]
    changed: list[str]
    alone: list[str] = field(default_factory=list)


def publish_marts(con: duckdb.DuckDBPyConnection, home: Path) -> Publication:
    """Write schema `marts` to a new folder and point $HOME/marts at it, atomically.

    The same rows give the same bytes (S-4): every mart is ordered by all of its columns, a mart in
    parts in each of them. If no mart changed, the current folder stays. Raises PublishError, also
    if the build of the warehouse's inputs did not pass (S-48); readers then keep what they have.
    Raises EvidenceMissing before it writes anything: a mark is never replaced by one that knows
    less (S-45).
    """
    check_evidence(Path(home), con)
    if not build_passed(con):
        raise PublishError(f"Nothing was published: {NOT_PASSED}")
    marts = _mart_names(con)

    def write(writer: MartWriter) -> None:
        wanted = WantedParts(con)
        for mart in marts:
            _write(writer, mart, wanted.of(mart))

    publication = _publish(con, Path(home), write, mark_warehouse(con, Path(home)))
    shutil.rmtree(Path(home) / ".marts" / _FORMER_PARTS, ignore_errors=True)
    con.execute(f"drop table if exists {_FORMER_STATE}")
    return publication


def parts_alone_line(mart: str) -> str:
    """What a run says of a mart that from now on has no single file, once."""
    return (
        f"The mart {mart} is larger than METERHOUSE_SINGLE_FILE_MB ({single_file_bytes() or 0:,} "
        f"bytes), so marts/{mart}.parquet is not written any more. Read its parts, "
        f"'marts/parts/{mart}/*.parquet' (docs/interface.md, Marts), or set the variable to "
        "unlimited to have the file again."
    )


def publish_changed(
    con: duckdb.DuckDBPyConnection, home: Path, write: Callable[[MartWriter], None], marts: set[str]
) -> Publication:
    """Publish the current generation again, `marts` made anew by `write`.

    All other marts stay, byte for byte, so what readers see is of one state (S-55). The caller
    has asked `check_marts`. Raises PublishError if nothing is published yet, or as `publish_marts`
    does.
    """
    folder = published_folder(home)
    if folder is None:
        raise PublishError("Nothing is published yet; run once: meterhouse run")

    # A file that was changed or removed since keeps the checksum that says so; one that nobody
    # published gets none, and is not taken along.
    known = published_checksums(home)
    kept = {name: known[name] for name in known if mart_of(name) not in marts and name != MADE_OF}

    def take_along(writer: MartWriter) -> None:
        for name, file in files_in(folder).items():
            if file.is_symlink() or not file.is_file():
                continue
            # Release 0.1 left no checksums: its marts are told by their suffix.
            ours = name in kept if known else file.suffix == ".parquet"
            if ours and mart_of(name) not in marts:
                writer.keep(name)
        write(writer)

    return _publish(con, home, take_along, current_mark(Path(home), con), kept)


def _publish(
    con: duckdb.DuckDBPyConnection,
    home: Path,
    write: Callable[[MartWriter], None],
    mark: Mark,
    kept: Mapping[str, str] = MappingProxyType({}),
) -> Publication:
    """The generation that `write` fills.

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
        writer = MartWriter(con, new, before, _known(before))
        write(writer)
        writer.finish()
        made = set(files_in(new))
        checksums = {
            **{name: file_sha256(new / name) for name in made - writer.checksums.keys()},
            **writer.checksums,
            **kept,
        }
        is_noted = writer.states == writer.states_before
        is_same = is_noted and not writer.changed
        if current and before and is_same and set(files_in(before)) - {FILE} == made:
            shutil.rmtree(new)
            write_mark(before, mark, checksums)
            return Publication(current, writer.rows, [])
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
    return Publication(number, writer.rows, writer.changed, writer.alone)


def _write(writer: MartWriter, mart: str, parts: list[Part]) -> None:
    source = f"marts.{identifier(mart)}"
    if not parts:
        writer.whole(mart, f"select * from {source}")
        return

    def rows(part: Part, written: int) -> str:
        nonlocal source
        if mart in OF_INVOICES and written > FEW_PARTS and source != _AT_ONCE:
            # A release that changed the mart, or the first publication: all joins of its view once.
            writer.con.execute(f"create or replace temp table {_AT_ONCE} as from {source}")
            source = _AT_ONCE
        return f"select * from {source} where {part.condition}"

    writer.in_parts(mart, parts, rows)
    if source == _AT_ONCE:
        writer.con.execute(f"drop table {_AT_ONCE}")


def _known(folder: Path | None) -> dict[str, str]:
    """The checksums of a generation; {} where they are not known, then nothing is taken from it."""
    with suppress(ValueError):
        known = read_mark(folder) if folder else None
        return known[1] if known else {}
    return {}


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
