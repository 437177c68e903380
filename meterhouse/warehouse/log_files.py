"""The event log as a run reads it: `inputs.log_files`, and which of its files can be trusted.

DuckDB answers from a Parquet file with a flipped bit, wrongly and without an error. So every file
is compared with the SHA-256 in its entry before it is read for the first time; and before invoices
become final, those that can hold their events are compared again. What is damaged stands in
`inputs.damage`: a run with rows there publishes drafts of what is sound and makes nothing final.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.ledger.sql import one_row, one_value
from meterhouse.ledger.store import Ledger
from meterhouse.price_book.sums import broken_sums
from meterhouse.warehouse.database import append_rows
from meterhouse.warehouse.errors import DamagedLog, EvidenceMissing
from meterhouse.warehouse.evidence import note_kept_files
from raw_events.common.errors import LogDamaged
from raw_events.log.checksums import broken_checksums
from raw_events.log.entry import LogEntry
from raw_events.log.event_log import EventLog
from raw_events.log.retractions import retraction_of
from raw_events.log.verify import verify_entry
from raw_events.quarantine.actions import rejected_counts

# S-6: an event is at most this far ahead of its receipt, so a period's events are in no older file.
AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class LogState:
    """Up to which version the inputs list the log, and how much of it is new."""

    version: int
    new_batches: int
    new_events: int


def sync_log(con: duckdb.DuckDBPyConnection, home: Path, up_to: int | None = None) -> LogState:
    """Append the batches after the last known version, as far as they are sound.

    `up_to`: the log as it was at that version. Raises EvidenceMissing if the warehouse has read
    another log than this one.
    """
    log = EventLog(home)
    version = log.version() if up_to is None else up_to
    root = str((home / "raw_events").resolve())
    con.execute("delete from inputs.damage")
    known = one_value(con, "select coalesce(max(log_version), -1) from inputs.log_files")
    if known >= 0:
        _check_same_log(con, log, known, version)
        if not _paths_start_with(con, root):
            # The data directory was moved: files are listed by their absolute path at this run.
            con.execute("delete from inputs.log_files")
            con.execute("delete from inputs.rejected_events")
            con.execute("delete from inputs.retractions")
            con.execute("delete from inputs.schema_faults")
            known = -1
    entries, last = _sound_entries(con, log, known, version)
    append_rows(
        con,
        "inputs.log_files",
        [
            (
                entry.version,
                f"{root}/{entry.path}" if entry.path else None,
                entry.rows,
                entry.sha256,
                entry.received_at,
                entry.source,
            )
            for entry in entries
        ],
    )
    append_rows(con, "inputs.retractions", _retracted_ids(log, entries))
    append_rows(con, "inputs.schema_faults", _schema_faults(entries))
    note_kept_files(con, home, entries)
    rejected = rejected_counts(home, known, last) if entries else []
    append_rows(con, "inputs.rejected_events", [tuple(row) for row in rejected])
    return LogState(last, len(entries), sum(entry.rows or 0 for entry in entries))


def check_before_finalization(con: duckdb.DuckDBPyConnection, home: Path) -> list[str]:
    """What is damaged of what this run, or an invoice that is due, was computed from.

    Reads the files that can hold events of the periods of `invoices.due_invoices`, late ones
    included, the price books in use, and the ledger's checksums; `meterhouse verify` reads all.
    Findings go to `inputs.damage`.
    """
    (first,) = one_row(con, "select min(earliest_period) from invoices.due_invoices")
    if first is not None:
        log = EventLog(home)
        needed = con.execute(
            "select log_version, sha256, rows from inputs.log_files "
            "where received_at::date >= ? order by log_version",
            [first - AHEAD],
        ).fetchall()
        for version, *seen in needed:
            _note(con, _problems(log, version, seen))
        _note(con, _broken_checksums(log))
        _note(con, _other_evidence(con, home))
    return damage(con)


def damage(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The findings of this run: a file and what is wrong with it."""
    rows = con.execute("select problem from inputs.damage order by log_version, rowid")
    return [problem for (problem,) in rows.fetchall()]


def note_damage(con: duckdb.DuckDBPyConnection, problems: list[str]) -> None:
    """Add findings of elsewhere to this run's: nothing becomes final with them."""
    _note(con, problems)


def raise_damage(con: duckdb.DuckDBPyConnection) -> None:
    """At the end of a run, after publishing: DamagedLog if something was found."""
    found = damage(con)
    if found:
        raise DamagedLog(
            "Evidence is damaged, so nothing became final. The drafts are published as of "
            "what is sound. Restore these files from a backup and run again; meterhouse verify "
            "reads everything.\n" + "\n".join(f"- {problem}" for problem in found[:20])
        )


def _sound_entries(
    con: duckdb.DuckDBPyConnection, log: EventLog, known: int, version: int
) -> tuple[list[LogEntry], int]:
    """New entries up to the first one that is damaged, which is noted; the last sound version."""
    entries: list[LogEntry] = []
    for number in range(known + 1, version + 1):
        try:
            found = log.entries(number - 1, number)
            problems = [
                str(problem)
                for entry in found
                for problem in verify_entry(log, entry, with_quarantine=False)
            ]
        except LogDamaged as error:
            problems = [str(error)]
        if problems:
            _note(con, problems, number)
            return entries, number - 1
        entries += found
    _note(con, _broken_checksums(log), version)
    return entries, version


def _retracted_ids(log: EventLog, entries: list[LogEntry]) -> list[tuple[Any, ...]]:
    """What these entries take back (S-51), as rows of `inputs.retractions`."""
    found = (retraction_of(log, entry) for entry in entries)
    return [
        (each.log_version, id, events, each.received_at, each.retracted_by, each.reason)
        for each in found
        if each
        for id, events in each.events.items()
    ]


def _schema_faults(entries: list[LogEntry]) -> list[tuple[Any, ...]]:
    """What landed although it breaks its schema (S-64), as rows of `inputs.schema_faults`."""
    return [
        (entry.version, entry.received_at, name, *fault)
        for entry in entries
        for name, judged in (entry.schemas or {}).items()
        for fault in judged["faults"]
    ]


def _problems(log: EventLog, version: int, seen: list[Any]) -> list[str]:
    try:
        problems = [
            str(problem)
            for entry in log.entries(version - 1, version)
            for problem in verify_entry(log, entry, with_quarantine=False)
        ]
        if [[entry.sha256, entry.rows] for entry in log.entries(version - 1, version)] != [seen]:
            problems.append(f"{log.entry_path(version)}: is not the entry that was read")
    except LogDamaged as error:
        problems = [str(error)]
    return problems


def _broken_checksums(log: EventLog) -> list[str]:
    return [f"{path}: {what}" for path, what in broken_checksums(log.folder)]


def _other_evidence(con: duckdb.DuckDBPyConnection, home: Path) -> list[str]:
    """An invoice made with a price book that is damaged since could never be rebuilt."""
    problems = [f"{path}: {what}" for path, what in broken_checksums(Ledger(home).log)]
    query = "select price_book from inputs.price_books order by all"
    for (digest,) in con.execute(query).fetchall():
        folder = home / "price_books" / digest
        missing = [] if folder.is_dir() else [f"{folder} is missing; restore it from a backup"]
        problems += missing or broken_sums(folder)
    return problems


def _note(con: duckdb.DuckDBPyConnection, problems: list[str], version: int = -1) -> None:
    known = damage(con)
    for problem in problems:
        if problem in known:
            continue
        con.execute("insert into inputs.damage values (?, ?)", [version, problem])


def _check_same_log(
    con: duckdb.DuckDBPyConnection, log: EventLog, known: int, version: int
) -> None:
    seen = one_row(con, "select sha256, rows from inputs.log_files where log_version = ?", [known])
    try:
        now = log.entries(known - 1, known) if known <= version else []
    except LogDamaged as error:
        _note(con, [str(error)], known)
        return
    if [(entry.sha256, entry.rows) for entry in now] != [seen]:
        raise EvidenceMissing(
            f"The warehouse has read the event log up to version {known}, and the log in "
            f"{log.root} (version {version}) is older or another one. Restore that folder from "
            "the newest backup that has it, then run again; nothing was billed."
        )


def _paths_start_with(con: duckdb.DuckDBPyConnection, root: str) -> bool:
    query = "select count(*) from inputs.log_files where not starts_with(path, ? || '/')"
    return bool(one_value(con, query, [root]) == 0)
