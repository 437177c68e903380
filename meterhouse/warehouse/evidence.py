"""Is the evidence that lies here the latest that was known? (S-45, S-47)

Asked before anything lands, is billed or is voided, and by verify. No message advises to go on
without what is missing: a number that was given would be given again.
"""

from contextlib import suppress
from pathlib import Path

import duckdb

from meterhouse.event_types.hand_over import hand_over
from meterhouse.ledger.errors import LedgerDamaged
from meterhouse.ledger.numbers import invoice_number
from meterhouse.ledger.store import Ledger
from meterhouse.warehouse.database import append_rows, open_warehouse, table_exists
from meterhouse.warehouse.errors import EvidenceMissing, RunInProgress
from meterhouse.warehouse.generations import all_folders, published_folder
from meterhouse.warehouse.mark_files import needed_mark, read_mark, write_mark
from meterhouse.warehouse.marks import Mark, batch_of, current_mark, mark_warehouse, warehouse_mark
from raw_events.common.files import file_sha256
from raw_events.log.entry import LogEntry
from raw_events.log.event_log import EventLog

MARTS, WAREHOUSE = "the published marts", "the warehouse"
SHOWN = 20
KEPT_FILES = "create table if not exists inputs.kept_files (folder VARCHAR, name VARCHAR)"


def check_evidence(home: Path, con: duckdb.DuckDBPyConnection | None = None) -> None:
    """Raise EvidenceMissing if ledger, log, price books or quarantine are older than is known here.

    `con` is the warehouse; without it, it is opened if it is there. Reads a few small files.
    """
    problems = _lost_to_marts(home)
    if con is not None:
        problems += _lost_to_warehouse(home, con)
    elif (home / "warehouse.duckdb").is_file():
        with open_warehouse(home) as opened:
            problems += _lost_to_warehouse(home, opened)
    raise_missing(problems)


def check_before_landing(home: Path) -> None:
    """The same before events land, are taken back or are corrected, at any time.

    What is published of event types is handed to the data directory then: it judges what lands.

    A landing needs no warehouse, and must not be in the way of a run that begins: it is asked only
    if no marts tell, and not while a run has it, which asked it itself.
    """
    hand_over(home)
    marks, problems = known_marks(home)
    if marks or problems:
        raise_missing(_lost_to_marts(home))
    elif (home / "warehouse.duckdb").is_file():
        with suppress(RunInProgress), open_warehouse(home, read_only=True) as con:
            raise_missing(_lost_to_warehouse(home, con))


def raise_missing(problems: list[str]) -> None:
    """EvidenceMissing with these findings, if there are any."""
    if problems:
        found = list(dict.fromkeys(problems))
        more = [f"… and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        raise EvidenceMissing(
            "Evidence is missing, so nothing was landed, billed or made final:\n"
            + "\n".join(f"- {problem}" for problem in [*found[:SHOWN], *more])
            + "\nRestore the folder from the newest backup that has it, then run again. Without it "
            "numbers that were given would be given again (S-45). meterhouse verify reads "
            "everything."
        )


def check_marts(home: Path) -> None:
    """The same, asking the published marts alone."""
    raise_missing(_lost_to_marts(home))


def known_marks(home: Path) -> tuple[list[tuple[Mark, str]], list[str]]:
    """The marks of all generations that are kept, with what each is called; and sentences on those
    that are gone or cannot be read.

    The published one comes first. A generation of release 0.1 has none, and needs none.
    """
    published = published_folder(home)
    marks, problems = [], []
    for folder in all_folders(home):
        try:
            if found := needed_mark(folder):
                marks.append((found[0], MARTS if folder == published else f"{MARTS} of {folder}"))
        except ValueError as error:
            # What it knew cannot be told from it, so nobody may take it for nothing.
            problems.append(str(error))
    return marks, problems


def _lost_to_marts(home: Path) -> list[str]:
    marks, problems = known_marks(home)
    # What the first says to be missing, the others would say again.
    missing = (found for mark, where in marks if (found := lost(home, mark, where)))
    return [*problems, *next(missing, [])]


def lost(home: Path, mark: Mark, where: str, with_damage: bool = False) -> list[str]:
    """In sentences, what `home` has not, or has otherwise, of what `mark` says; `where` knows it.

    An entry of the log that landed the same batch and has other bytes is damaged, not older: a run
    says so and serves drafts (log_files.py). It is named here `with_damage`.
    """
    log = EventLog(home)
    problems = [*_ledger(Ledger(home), mark, where), *_log(log, mark, where, with_damage)]
    books = home / "price_books"
    for digest in mark.price_books:
        if not (books / digest).is_dir():
            problems.append(
                f"The price books are older than {where}: {books / digest} is missing, and final "
                "invoices were made with it"
            )
    for name in mark.waived:
        if not (home / "quarantine" / name).is_file():
            problems.append(_quarantine(home, name, where))
    return problems


def note_kept_files(con: duckdb.DuckDBPyConnection, home: Path, entries: list[LogEntry]) -> None:
    """Remember the files of the quarantine that these log entries name; EvidenceMissing if not all
    that are known are there."""
    con.execute("create schema if not exists inputs")
    con.execute(KEPT_FILES)
    named = [
        ("quarantine", kept["path"])
        for entry in entries
        for kept in (entry.quarantine, entry.replay)
        if kept
    ]
    append_rows(con, "inputs.kept_files", named)
    raise_missing(missing_files(home, con))


def mark_evidence(home: Path, con: duckdb.DuckDBPyConnection | None = None) -> None:
    """After something was appended to the ledger: note it in the warehouse and beside the marts.

    `con` is the warehouse; without it, it is opened if it is there.
    """
    if con is not None:
        mark = mark_warehouse(con, home)
    elif (home / "warehouse.duckdb").is_file():
        with open_warehouse(home) as opened:
            mark = mark_warehouse(opened, home)
    else:
        mark = current_mark(home)
    # Without the link, the newest generation that is kept.
    folder = next(iter(all_folders(home)), None)
    try:
        known = read_mark(folder) if folder else None
    except ValueError:
        return
    if folder and known:
        kept = known[0].price_books
        books = tuple(sorted({*mark.price_books, *kept}))
        write_mark(folder, Mark(**{**mark.__dict__, "price_books": books}), known[1])


def _lost_to_warehouse(home: Path, con: duckdb.DuckDBPyConnection) -> list[str]:
    mark = warehouse_mark(con)
    return [*(lost(home, mark, WAREHOUSE) if mark else []), *missing_files(home, con)]


def missing_files(home: Path, con: duckdb.DuckDBPyConnection) -> list[str]:
    """Files of the quarantine that the warehouse knows and that are not there, in sentences."""
    if not table_exists(con, "inputs", "kept_files"):
        return []
    rows = con.execute("select distinct name from inputs.kept_files order by name").fetchall()
    folder = home / "quarantine"
    present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return [_quarantine(home, name, WAREHOUSE) for (name,) in rows if name not in present]


def _quarantine(home: Path, name: str, where: str) -> str:
    return f"The quarantine is older than {where}: {home / 'quarantine' / name} is missing"


def _ledger(ledger: Ledger, mark: Mark, where: str) -> list[str]:
    if mark.ledger_version <= 0:
        return []
    version = ledger.version()
    known = f"entry {mark.ledger_version} with {_number(mark.last_number)}"
    if version <= 0:
        return [f"The ledger in {ledger.root} is gone; {where} recorded {known} of it"]
    if version < mark.ledger_version:
        try:
            has = f"entry {version} with {_number(ledger.head().last_number)}"
        except LedgerDamaged:
            has = f"entry {version}"
        void = f", and without its last void, that of {mark.voided}" if mark.voided else ""
        return [
            f"The ledger in {ledger.root} is older than {where}{void}: it ends at {has}; recorded "
            f"is {known}"
        ]
    try:
        entry = ledger.entry(mark.ledger_version)
    except LedgerDamaged as error:
        return [str(error)]
    # The chain has every row in it, the voids with their credit notes too.
    if entry.digest.startswith(mark.ledger_digest) and entry.last_number == mark.last_number:
        return []
    return [
        f"The ledger in {ledger.root} is not the one that {where} recorded: its entry "
        f"{mark.ledger_version} ends at {_number(entry.last_number)} with digest "
        f"{entry.digest[:12]}…; recorded is {_number(mark.last_number)} with "
        f"{mark.ledger_digest[:12]}…"
    ]


def _log(log: EventLog, mark: Mark, where: str, with_damage: bool) -> list[str]:
    if mark.log_version < 0:
        return []
    version = log.version()
    if version < 0:
        return [
            f"The event log in {log.root} is gone; {where} recorded version {mark.log_version} "
            "of it"
        ]
    if version < mark.log_version:
        return [
            f"The event log in {log.root} is older than {where}: it ends at version {version}; "
            f"recorded is version {mark.log_version}"
        ]
    path = log.entry_path(mark.log_version)
    if path.is_file() and file_sha256(path).startswith(mark.log_digest):
        return []
    batch = batch_of(log, mark.log_version)
    if not with_damage and (batch is None or batch == mark.log_batch):
        return []
    return [
        f"The event log in {log.root} is not the one that {where} recorded: its entry "
        f"{mark.log_version} ({path.name}) is another one, or was changed"
    ]


def _number(number: int) -> str:
    return invoice_number(number) if number else "no invoice"
