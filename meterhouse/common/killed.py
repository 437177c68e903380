"""Processes that were killed at their work: nobody notes its own end by SIGKILL (S-76).

Whoever holds a lock writes its number into the lock's file, and removes it when it ends, however it
fails. The kernel frees the lock itself, so a number in a file that nobody holds is that of a
process that was killed, or of a machine that lost power.
"""

import fcntl
from datetime import UTC, datetime
from pathlib import Path

from meterhouse.common.failures import FailedRun, note_failure, noted_failures
from raw_events.common.text import shown

# How the id of such a run begins.
KILLED = "killed-"
# Of one that only reads, which breaks nothing by ending.
READING = "reading"
RUN, LIVE = "run.lock", "live.lock"
_SAYS = {
    RUN: (
        "run",
        "A run ({who}, begun {begun}) was killed at work, or the machine went down. What was "
        "published stands and nothing is lost, but what was due is not done: meterhouse run, "
        "unless meterhouse live does it by itself. If that is killed too, it may lack memory: "
        "METERHOUSE_MEMORY_LIMIT",
    ),
    LIVE: (
        "live",
        "meterhouse live ({who}, begun {begun}) was killed, or the machine went down. If nothing "
        "has started it again, nothing runs by itself: meterhouse live",
    ),
}


def killed(home: Path, name: str) -> FailedRun | None:
    """The process that had the lock `name` of a data directory last, if it was killed.

    It has one id, whoever finds it and however often, and its moment is that at which it is found:
    it may have been at work for weeks. None while somebody holds the lock.
    """
    path = Path(home) / name
    if not left_behind(path, name):
        # Nobody who begins meets a lock that is held for this look alone.
        return None
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return left_behind(path, name)
    except OSError:
        # Held: its holder looked before it wrote its own number.
        return None


def left_behind(path: Path, name: str) -> FailedRun | None:
    """The same for who holds the lock's file, before it is written."""
    try:
        who = shown(path.read_text("utf-8").strip()[:60])
        since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, UnicodeDecodeError):
        return None
    # Releases before this was looked for left a bare number in live.lock however it ended.
    if not who.startswith("process") or READING in who:
        return None
    job, says = _SAYS[name]
    said = says.format(who=who, begun=f"{since:%Y-%m-%d %H:%M} UTC")
    return FailedRun(f"{KILLED}{since:%Y%m%dT%H%M%S.%f}", job, datetime.now(UTC), said)


def note_killed(home: Path, found: FailedRun | None) -> None:
    """Keep it for those who are told, before the lock's file has another number."""
    if found and found.run_id not in {each.run_id for each in noted_failures(home)}:
        note_failure(home, found)
