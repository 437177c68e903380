"""Verification of what is published, and of the marks of log and ledger beside it (S-45, S-47)."""

import re
from pathlib import Path

import duckdb

from meterhouse.common.errors import MeterhouseError, UsageError
from meterhouse.common.mart_files import MADE_OF, files_in, mart_of, mart_sql
from meterhouse.verify.found import Found
from meterhouse.warehouse.database import open_warehouse, table_exists
from meterhouse.warehouse.evidence import MARTS, WAREHOUSE, known_marks, lost, missing_files
from meterhouse.warehouse.generations import all_folders, published_folder
from meterhouse.warehouse.held import Hold
from meterhouse.warehouse.mark_files import FILE, SINCE_MARKS, read_mark
from meterhouse.warehouse.marks import parse_notes, warehouse_mark
from raw_events.common.files import file_sha256
from raw_events.log.verify import FOREIGN

NOTE = "what is noted elsewhere"
# Beside the generations: parts of earlier releases, and what a killed publication left behind.
_OURS = re.compile(r"[0-9]+|parts|[0-9]+\.(writing|link)")


def verify_published(home: Path) -> Found:
    """Every published file against its checksum; log and ledger against the marks kept here.

    Only reads. A data directory without marts or warehouse, like a backup, has nothing to compare.
    """
    found = Found()
    known = _warehouse(home, found)
    folder = published_folder(home)
    _earlier(home, folder, found)
    if folder is None:
        found.counts = {"marts": "none here", **found.counts}
        return found
    files = {name: path for name, path in files_in(folder).items() if name != FILE}
    marts = {mart_of(name) for name in files if name != MADE_OF}
    found.counts = {"marts": len(marts), **found.counts}
    found.problems += _strangers(folder)
    try:
        mark = read_mark(folder)
    except ValueError:
        # Named by `_earlier`.
        return found
    if mark is None:
        others = known or list(folder.parent.glob(f"[0-9]*/{FILE}"))
        if others and not (folder / SINCE_MARKS).is_file():
            found.problems.append(
                f"{folder / FILE} is missing: it has the checksums of the published marts and the "
                "last number of the ledger. Restore it from a backup"
            )
        elif not others:
            found.counts["checksums"] = "none: published by release 0.1"
        return found
    found.problems += _files(folder, files, mark[1])
    found.problems += lost(home, mark[0], MARTS, with_damage=True)
    found.notes += _held(mart_sql(folder, "held_contracts"))
    return found


def _earlier(home: Path, published: Path | None, found: Found) -> None:
    """What the generations know that readers do not see, and marks that are gone or torn."""
    kept = all_folders(home)
    newest = max(kept, key=lambda folder: int(folder.name), default=None)
    if newest != published:
        now = f"shows {published}" if published else "is not there"
        found.notes.append(
            f"{home / 'marts'} {now}, and {newest} is the newest; the link is set again by: "
            "meterhouse run --again"
        )
    marks, problems = known_marks(home)
    found.problems += problems
    for mark, where in marks:
        if where != MARTS:
            found.problems += lost(home, mark, where)


def verify_against(home: Path, asked: str) -> Found:
    """Log and ledger against lines that were noted and kept elsewhere.

    `asked`: a file with such lines in it, a copy of an `evidence.json`, or one line itself. Raises
    UsageError if it has none.
    """
    text = asked
    try:
        if Path(asked).is_file():
            text = Path(asked).read_text("utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        if not parse_notes(asked):
            raise UsageError(f"--against {asked[:100]} cannot be read: {error}") from error
    marks = parse_notes(text)
    if not marks and text == asked:
        raise UsageError(
            f"--against {asked[:100]}: there is no such file, and it is no line like 'INV-000012, "
            "ledger 3:…, log 5:…' either, as meterhouse run and verify print it."
        )
    if not marks:
        raise UsageError(
            f"--against {asked[:100]}: there is no line in it like 'INV-000012, ledger 3:…, log "
            "5:…', as meterhouse run and verify print it, and it is no evidence.json."
        )
    problems = [problem for mark in marks for problem in lost(home, mark, NOTE, with_damage=True)]
    return Found({"lines": len(marks)}, list(dict.fromkeys(problems)))


def _warehouse(home: Path, found: Found) -> bool:
    """Compare with the warehouse, if it is here; whether it has seen marks being written."""
    if not (home / "warehouse.duckdb").is_file():
        found.counts["warehouse"] = "none here"
        return False
    try:
        with open_warehouse(home, read_only=True) as con:
            mark = warehouse_mark(con)
            if mark:
                found.problems += lost(home, mark, WAREHOUSE, with_damage=True)
            found.problems += missing_files(home, con)
            return table_exists(con, "inputs", "marks")
    except (duckdb.Error, MeterhouseError, OSError, ValueError) as error:
        found.counts["warehouse"] = f"not compared ({str(error).splitlines()[0]})"
        return False


def _files(folder: Path, files: dict[str, Path], checksums: dict[str, str]) -> list[str]:
    problems = [
        f"{folder / name} is missing; it is published again by: meterhouse run --again"
        for name in sorted(checksums.keys() - files.keys())
    ]
    for name, path in files.items():
        if name not in checksums:
            problems.append(f"{path} {FOREIGN}")
        elif not path.is_file() or file_sha256(path) != checksums[name]:
            problems.append(
                f"{path} was changed after it was published: its bytes are not those of then. It "
                "is published again by: meterhouse run --again"
            )
    return problems


def _strangers(folder: Path) -> list[str]:
    beside = sorted(folder.parent.iterdir())
    return [f"{path} {FOREIGN}" for path in beside if not _OURS.fullmatch(path.name)]


def _held(mart: str | None) -> list[str]:
    """The contracts that the last run left out (S-52): a state, not damage."""
    if mart is None:
        return []
    try:
        with duckdb.connect() as con:
            rows = con.execute(
                "select contract_id, reason, product_id, period_start, example "
                f"from {mart} order by all"
            ).fetchall()
    except duckdb.Error:
        # Its checksum says what is wrong with it.
        return []
    return [f"held, so nothing of it is billed: {Hold(*row)}" for row in rows]
