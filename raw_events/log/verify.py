"""Is the log what it was when it was written? (S-47)"""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from raw_events.common.errors import LogDamaged
from raw_events.common.files import DIGITS, file_sha256
from raw_events.log.checksums import broken_checksums, missing_checksums
from raw_events.log.entry import LogEntry
from raw_events.log.event_log import EventLog
from raw_events.log.positions import Chain
from raw_events.log.retractions import FOLDER
from raw_events.log.strangers import strangers

FOREIGN = (
    "does not belong here: nothing but Meterhouse may write into this folder; move it elsewhere"
)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a file; `file` is its path below the data directory."""

    file: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}"


def verify_log(log: EventLog) -> list[Problem]:
    """Read every entry and every file that one names; compare it with what was recorded (S-47).

    Files that do not belong into the log's folder are named as well.
    """
    problems: list[Problem] = []
    files: set[str] = set()
    quarantined: set[str] = set()
    positions = Chain()
    for version in range(log.version() + 1):
        path = log.entry_path(version)
        try:
            entries = log.entries(version - 1, version)
        except LogDamaged as error:
            problems.append(Problem(_below(log, path), str(error)))
            continue
        for entry in entries:
            kept = entry.retraction if isinstance(entry.retraction, dict) else {}
            files.update(filter(None, (entry.path, kept.get("path"))))
            beside = (part for part in (entry.quarantine, entry.replay) if isinstance(part, dict))
            quarantined.update(str(part.get("path")) for part in beside)
            try:
                problems.extend(verify_entry(log, entry))
                problems.extend(Problem(_below(log, path), it) for it in positions.problems(entry))
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                # A flipped bit can leave valid JSON that no longer says what an entry says.
                found = f"does not say what an entry says: {type(error).__name__} {error}"
                problems.append(Problem(_below(log, path), found))
    if log.version() >= 0:
        # Retracted ids lie in a folder of their own, which Delta does not know.
        problems.extend(_verify_delta(log, {name for name in files if "/" not in name}))
    for path in sorted((log.home / "quarantine").glob("waived-*.parquet")):
        # No entry names them: they are named by the digest of their content.
        if file_sha256(path)[:DIGITS] != path.stem.removeprefix("waived-"):
            problems.append(Problem(_below(log, path), "its bytes are not those of its name"))
    named = {problem.file for problem in problems}
    for path, problem in [*broken_checksums(log.folder), *missing_checksums(log.folder)]:
        if _below(log, path) not in named:
            problems.append(Problem(_below(log, path), problem))
    if not problems:
        # Files of an entry that cannot be read are not strangers.
        foreign = strangers(log.root, files, (FOLDER,))
        foreign += strangers(log.home / "quarantine", quarantined)
        problems = [Problem(_below(log, path), FOREIGN) for path in foreign]
    return problems


def _verify_delta(log: EventLog, files: set[str]) -> list[Problem]:
    """Whether other engines see the same log: its last entry, and the files that entries name."""
    try:
        table = DeltaTable(log.root)
        seen = {uri.rpartition("/")[2] for uri in table.file_uris()}
        if table.version() != log.version():
            problem = f"Delta reads version {table.version()}, the entries go up to {log.version()}"
        elif seen != files:
            problem = "Delta reads other files than the entries name, from a foreign checkpoint"
        else:
            return []
    except (DeltaError, OSError, ValueError) as error:
        problem = f"Delta cannot read the log: {error}"
    return [Problem(_below(log, log.folder), problem)]


def verify_entry(log: EventLog, entry: LogEntry, with_quarantine: bool = True) -> list[Problem]:
    """Compare the files of one entry, and the entry before it, with what it recorded."""
    problems = []
    before = log.entry_path(entry.version - 1)
    if before.exists() and file_sha256(before) != entry.previous_commit_sha256:
        problems.append(
            Problem(_below(log, before), f"changed after entry {entry.version} followed it")
        )
    files = [(log.root, entry.path, entry.sha256, entry.rows)] if entry.path else []
    if entry.retraction:
        kept = entry.retraction
        files.append((log.root, kept["path"], kept["sha256"], kept["rows"]))
    kept_files = (entry.quarantine, entry.replay) if with_quarantine else ()
    for kept in filter(None, kept_files):
        files.append((log.home / "quarantine", kept["path"], kept["sha256"], kept["rows"]))
    for folder, name, sha256, rows in files:
        problem = _verify_file(folder / name, sha256, rows)
        if problem:
            file = _below(log, folder / name)
            problems.append(
                Problem(
                    file, f"{problem} (batch {entry.batch_id[:12]}, log version {entry.version})"
                )
            )
    return problems


def _verify_file(path: Path, sha256: str | None, rows: int) -> str | None:
    try:
        if file_sha256(path) != sha256:
            return "its bytes are not those that were landed; restore it from a backup"
        found = pq.ParquetFile(path).metadata.num_rows
    except FileNotFoundError:
        return "is missing; restore it from a backup"
    except (OSError, pa.ArrowException) as error:
        return f"cannot be read: {error}"
    return None if found == rows else f"has {found:,} rows, and {rows:,} were landed"


def _below(log: EventLog, path: Path) -> str:
    return str(path.relative_to(log.home))
