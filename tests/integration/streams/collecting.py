"""Collectors of streams in the tests: one file, collected here or in processes that are killed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from raw_events.collectors.collect import Collected, collect
from raw_events.collectors.folder import open_source
from raw_events.collectors.source import Source
from raw_events.common.errors import LandingError
from raw_events.log.event_log import EventLog
from tests.unit.raw_events.event_cases import AS_OF, landed

NAME = "usage"


def source(folder: Path, **settings: object) -> Source:
    """The collector `usage` of a folder `collectors`, written with these settings."""
    (folder / "collectors").mkdir(exist_ok=True)
    text = "".join(f"{key}: {value}\n" for key, value in settings.items())
    (folder / "collectors" / f"{NAME}.yaml").write_text(text)
    return open_source(folder / "collectors", NAME)


def run(folder: Path, **settings: object) -> Collected:
    """Collect it once, as a person does."""
    return collect(folder / "home", source(folder, **settings), lambda: AS_OF, by_hand=True)


def ids(folder: Path) -> list[str]:
    """The transaction ids of the log, sorted; one that landed twice is there twice."""
    return sorted(row["transaction_id"] for row in landed(folder / "home"))


def names(*numbers: int) -> list[str]:
    """The transaction ids of the events of these numbers."""
    return [f"t{number:06d}" for number in numbers]


def position(folder: Path) -> dict:
    """Up to where the collector has read, as the log says."""
    return EventLog(folder / "home").position(NAME).value


def killed_again_and_again(folder: Path, kills: int, seed: int) -> None:
    """Collect in processes that are killed at random moments, then once to the end."""
    chance, done = random.Random(seed), 0
    while done < kills:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.streams.collecting", str(folder)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
        )
        with process:
            # It has begun to collect; what comes before is of no interest.
            process.stdout.read(1)
            time.sleep(chance.uniform(0.02, 0.4))
            process.send_signal(signal.SIGKILL)
        done += process.returncode == -signal.SIGKILL
        assert process.returncode in (-signal.SIGKILL, 0)


def _collect_for_ever(folder: Path) -> None:
    found = open_source(folder / "collectors", NAME)
    print("!", end="", flush=True)
    while True:
        try:
            collect(folder / "home", found, lambda: AS_OF, by_hand=True)
        except LandingError as error:
            print(error, file=sys.stderr)
            raise
        time.sleep(0.01)


if __name__ == "__main__":
    _collect_for_ever(Path(sys.argv[1]))
