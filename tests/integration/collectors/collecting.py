"""Collecting from the tests' PostgreSQL as the command does, without waiting for the lag."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from raw_events.collectors.collect import Collected, collect
from raw_events.collectors.folder import open_source
from raw_events.collectors.source import Source
from raw_events.collectors.state import StateFile
from tests.unit.raw_events.event_cases import landed


def now() -> datetime:
    return datetime.now(UTC)


def opened(folder: Path) -> Source:
    source = open_source(folder, "jobs")
    # Shorter than a collector may say: what was just committed is to be read at once.
    source._lag = timedelta(milliseconds=20)
    time.sleep(0.04)
    return source


def run(home: Path, folder: Path) -> Collected:
    return collect(home, opened(folder), now, by_hand=True)


def jobs(home: Path) -> list[int]:
    return sorted(json.loads(row["properties"])["job_id"] for row in landed(home))


def note(home: Path) -> str:
    return StateFile(home, "jobs").read().note or ""


def insert(connection: object, *ids: int) -> None:
    for id in ids:
        connection.execute(
            "insert into jobs (job_id, customer_id, gpu_seconds) values (%s, 'acme', 1.5)", [id]
        )
