"""Runs that failed: noted in the data directory, so that deliveries tell of them (S-76).

Dagster's history knows its own runs; this is for those who deliver without Dagster, and for
`meterhouse live`, which has no history. A run has one id in both.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from raw_events.common.files import replaced_file
from raw_events.common.hidden import without_secrets

FILE = "failed_runs.json"
MOST = 50


@dataclass(frozen=True)
class FailedRun:
    """A run that failed: its id, its job, when (with a zone), and why, for people."""

    run_id: str
    job: str
    failed_at: datetime
    error: str


def note_failure(home: Path, failed: FailedRun) -> None:
    """Keep it among the last ones. A disk that refuses is no second failure."""
    kept = [*noted_failures(home), failed][-MOST:]
    rows = [
        {
            **asdict(each),
            "failed_at": each.failed_at.isoformat(),
            "error": without_secrets(each.error),
        }
        for each in kept
    ]
    with suppress(OSError), replaced_file(Path(home) / FILE) as new:
        new.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


def noted_failures(home: Path) -> list[FailedRun]:
    """The last runs that failed, the oldest first; none where the file cannot be read."""
    try:
        rows = json.loads((Path(home) / FILE).read_text("utf-8"))
        return [
            FailedRun(
                str(row["run_id"]),
                str(row["job"]),
                datetime.fromisoformat(row["failed_at"]),
                str(row["error"]),
            )
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def with_noted(home: Path, given: Iterable[FailedRun], since: datetime) -> list[FailedRun]:
    """What `given` has, and what was noted since besides, each run once."""
    found = {each.run_id: each for each in noted_failures(home) if each.failed_at >= since}
    found |= {each.run_id: each for each in given}
    return list(found.values())
