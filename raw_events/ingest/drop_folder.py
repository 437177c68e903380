"""The drop folder: files put into $METERHOUSE_HOME/inbox are landed and moved aside (S-67).

    inbox/usage.ndjson  →  inbox/landed/usage.ndjson   and usage.ndjson.report.txt beside it
                        or inbox/refused/usage.ndjson  and the reason beside it

Write under a name that begins with a dot or ends in `.part` or `.tmp`, then rename: such names are
left alone. What cannot be landed never stops the others.
"""

import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from raw_events.common.errors import CannotWrite, ClockWentBack, LandingError
from raw_events.common.plain_file import has_content
from raw_events.common.text import shown
from raw_events.ingest.landing import LandingReport, land_file
from raw_events.ingest.moving_aside import (
    LANDED,
    REFUSED,
    REPORT,
    CannotMove,
    make_place,
    move_aside,
    rewrite_report,
    said_size,
)
from raw_events.ingest.tries import Tries

SOURCE = "inbox"
UNFINISHED = (".part", ".tmp")
# A file that was written to this recently may still be growing.
SETTLED_AFTER_SECONDS = 2.0
# Not in the folder that others write to: whoever can replace a lock can open it.
LOCK = "drop_folder.lock"
GONE = "it is not there any more"
# Whoever still writes then goes on for ever; the next look sees by the size that there is more.
_TIMES_AGAIN = 3

Waiting = list[tuple[Path, os.stat_result]]


@dataclass
class Landed:
    """One look; `lines` tell people what was refused, `stays` what is left, at each look again."""

    reports: list[LandingReport] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    stays: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """In numbers; empty if there was nothing to do."""
        if not (self.reports or self.refused or self.left):
            return {}
        counts = {
            "files": len(self.reports),
            "refused files": len(self.refused),
            "accepted": sum(report.accepted for report in self.reports),
            "rejected": sum(report.rejected for report in self.reports),
        }
        return counts | ({"left files": len(self.left)} if self.left else {})

    def took(self, report: LandingReport) -> None:
        """The file was landed; one that was cut off is named, for somebody must send it again."""
        self.reports.append(report)
        self.lines += [f"cut off inbox/{sentence}" for sentence in report.cut_off()]

    def leave(self, name: str, why: str) -> None:
        """The file stays where it is."""
        self.left.append(name)
        self.stays.append(f"left inbox/{shown(name)}: {why}")


def waiting_files(home: Path) -> Waiting:
    """What lies in the drop folder, by name, without what is still being written.

    Links, pipes and folders too: they are refused. Raises OSError if the folder cannot be read.
    """
    try:
        with os.scandir(home / "inbox") as entries:
            names = sorted(entry.name for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = []
    for name in names:
        path = home / "inbox" / name
        if name.startswith(".") or path.suffix in UNFINISHED:
            continue
        try:
            state = path.lstat()
        except FileNotFoundError:
            # Taken back meanwhile.
            continue
        if not (name in (LANDED, REFUSED) and stat.S_ISDIR(state.st_mode)):
            found.append((path, state))
    return found


def land_drop_folder(home: Path, as_of: Callable[[], datetime]) -> Landed:
    """Land every waiting file; one that cannot be landed goes to `refused/`, the others go on.

    `as_of()` is asked for each file. Raises ClockWentBack if its answer is too early (S-4),
    CannotWrite, after the other files, if the disk refuses, OSError if the folder cannot be used,
    LogDamaged: the file then stays where it is, and landing it again lands nothing twice.
    """
    result = Landed()
    if not waiting_files(home) and not _written_to(home):
        return result
    with _one_at_a_time(home):
        make_place(home / "inbox")
        broken: CannotWrite | None = None
        # First those that grew in landed/, under a descriptor that was still open: another batch.
        for path in [*_written_to(home), *_settled(home, result)]:
            try:
                _land(home, path, as_of, result)
            except CannotWrite as error:
                broken = broken or error
                result.leave(path.name, str(error))
        if broken:
            raise broken
    return result


def _land(home: Path, path: Path, as_of: Callable[[], datetime], result: Landed) -> None:
    # A person may have made the drop folder a link; below it nothing is followed.
    inbox = Path(os.path.realpath(home / "inbox"))
    path = inbox / path.relative_to(home / "inbox")
    try:
        with Tries(home, path):
            report = land_file(home, path, SOURCE, as_of(), alone=True)
        result.took(report)
        if path.parent == inbox:
            path = move_aside(inbox, path, LANDED, _with_size(path, report))
        else:
            rewrite_report(path, _with_size(path, report))
        for _ in range(_TIMES_AGAIN):
            # Written to after it was read: what lies in landed/ is what was landed, or lands too.
            if has_content(path, report.size, report.batch_id):
                break
            report = land_file(home, path, SOURCE, as_of(), alone=True)
            result.took(report)
            rewrite_report(path, _with_size(path, report))
    except (ClockWentBack, CannotWrite):
        # Nothing is wrong with the file: it waits for a later moment.
        raise
    except LandingError as error:
        _refuse(inbox, path, error, result)
    except CannotMove as error:
        result.leave(path.name, str(error))
    except FileNotFoundError:
        result.leave(path.name, GONE)
    except OSError as error:
        raise CannotWrite(f"{path} could not be landed: {error}") from error


def _refuse(inbox: Path, path: Path, error: LandingError, result: Landed) -> None:
    try:
        move_aside(inbox, path, REFUSED, str(error))
    except CannotMove as moving:
        result.leave(path.name, f"{error} {moving}")
    except FileNotFoundError:
        result.leave(path.name, GONE)
    else:
        result.refused.append(path.name)
        result.lines.append(f"refused inbox/{shown(path.name)}: {error}")


def _with_size(path: Path, report: LandingReport) -> str:
    # By its size a file shows that it has grown since (_written_to).
    return f"{report_text(report)}\nsize {report.size} bytes"


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
def _one_at_a_time(home: Path) -> Iterator[None]:
    with (home / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _settled(home: Path, result: Landed) -> list[Path]:
    """The waiting files without those that grow while we look."""
    before = waiting_files(home)
    youngest = max((_touched(state) for _, state in before), default=0)
    # A stop-watch against the file system's clock; no result depends on it.
    if time.time() - youngest >= SETTLED_AFTER_SECONDS:
        return [path for path, _ in before]
    time.sleep(SETTLED_AFTER_SECONDS)
    after = dict(waiting_files(home))
    settled = []
    for path, state in before:
        if path in after and _identity(after[path]) == _identity(state):
            settled.append(path)
        elif path in after:
            result.leave(path.name, "it is still growing; the next look takes it")
    return settled


def _touched(state: os.stat_result) -> float:
    # A copy may keep the times of its original; when its bytes came, the system alone says.
    return max(state.st_mtime, state.st_ctime)


def _identity(state: os.stat_result) -> tuple[int, ...]:
    return state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def _written_to(home: Path) -> list[Path]:
    """Files in landed/ that are not as their reports say: their writers had not finished."""
    folder = home / "inbox" / LANDED
    if folder.is_symlink() or not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.glob(f"*{REPORT}")):
        landed = path.with_name(path.name.removesuffix(REPORT))
        try:
            state = landed.lstat()
            # Its report came last; only what changed at the same moment or later is worth a look.
            if not stat.S_ISREG(state.st_mode) or state.st_ctime_ns < path.lstat().st_ctime_ns:
                continue
            size = said_size(path)
        except OSError:
            # Taken away by somebody.
            continue
        has_grown = size is not None and state.st_size != size
        if has_grown and time.time() - _touched(state) >= SETTLED_AFTER_SECONDS:
            found.append(landed)
    return found
