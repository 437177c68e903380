"""The drop folder: files that are put into $METERHOUSE_HOME/inbox are landed and moved aside.

    inbox/usage.ndjson  →  inbox/landed/usage.ndjson   and usage.ndjson.report.txt beside it
                        or inbox/refused/usage.ndjson  and the reason beside it

Write under a name that begins with a dot or ends in `.part` or `.tmp`, then rename: such names are
left alone.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from raw_events.common.errors import ClockWentBack, LandingError
from raw_events.ingest.landing import LandingReport, land_file

SOURCE = "inbox"
UNFINISHED = (".part", ".tmp")
# A file that was written to this recently may still be growing.
SETTLED_AFTER_SECONDS = 2.0


@dataclass
class Landed:
    """What one look into the drop folder did."""

    reports: list[LandingReport] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """In numbers; empty if there was nothing to do."""
        if not self.reports and not self.refused:
            return {}
        return {
            "files": len(self.reports),
            "refused files": len(self.refused),
            "accepted": sum(report.accepted for report in self.reports),
            "rejected": sum(report.rejected for report in self.reports),
        }


def waiting_files(home: Path) -> list[tuple[Path, os.stat_result]]:
    """Files in the drop folder, by name, without those that are still being written."""
    folder = home / "inbox"
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(".") and path.suffix not in UNFINISHED and path.is_file():
            found.append((path, path.stat()))
    return found


def land_drop_folder(home: Path, as_of: Callable[[], datetime]) -> Landed:
    """Land every waiting file; one that cannot be landed goes to `refused/`, the others go on.

    `as_of()` is asked for each file. Raises ClockWentBack if its answer is too early (S-4), OSError
    if the folder cannot be used, and whatever landing raises besides LandingError: the file then
    stays where it is, and landing it again lands nothing twice.
    """
    result = Landed()
    if not waiting_files(home):
        return result
    with _one_at_a_time(home / "inbox"):
        for path, _ in _settled(home):
            try:
                report = land_file(home, path, SOURCE, as_of())
            except ClockWentBack:
                # Nothing is wrong with the file: it waits for a later moment.
                raise
            except LandingError as error:
                result.refused.append(path.name)
                _move(path, "refused", str(error))
            else:
                result.reports.append(report)
                _move(path, "landed", report_text(report))
    return result


def report_text(report: LandingReport) -> str:
    """What became of a file, for the person who dropped it."""
    if report.already_landed:
        return "This content was landed before (the same bytes); nothing was landed again."
    lines = [
        f"accepted {report.accepted:,}",
        f"rejected {report.rejected:,}",
        *(f"  {reason} {count:,}" for reason, count in sorted(report.rejected_by_reason.items())),
    ]
    if report.rejected:
        lines.append("See them: meterhouse quarantine list")
    lines += report.notes
    return "\n".join(lines)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _settled(home: Path) -> list[tuple[Path, os.stat_result]]:
    """The waiting files without those that grow while we look."""
    before = waiting_files(home)
    youngest = max((state.st_mtime for _, state in before), default=0)
    # A stop-watch against the file system's clock; no result depends on it.
    if time.time() - youngest >= SETTLED_AFTER_SECONDS:
        return before
    time.sleep(SETTLED_AFTER_SECONDS)
    after = dict(waiting_files(home))
    return [
        (path, state)
        for path, state in before
        if path in after
        and (after[path].st_size, after[path].st_mtime_ns) == (state.st_size, state.st_mtime_ns)
    ]


def _move(path: Path, folder: str, report: str) -> None:
    target = path.parent / folder
    target.mkdir(exist_ok=True)
    name, number = path.name, 1
    while (target / name).exists():
        number += 1
        name = f"{path.name}.{number}"
    os.rename(path, target / name)
    (target / f"{name}.report.txt").write_text(report + "\n", "utf-8")
