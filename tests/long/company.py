"""A small company whose January becomes final, and the commands on its data directory."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.twice.__main__ import events

SEEDS = Path(__file__).resolve().parents[1] / "twice" / "seeds"
DRAFT, LANDED, FINAL = "2026-01-20T12:00:00Z", "2026-01-28T00:00:00Z", "2026-02-02T00:00:00Z"


def start(
    home: Path, *arguments: str, script: str | None = None, seeds: Path = SEEDS
) -> subprocess.Popen:
    """Start the command, or `script` in its place."""
    return subprocess.Popen(
        [sys.executable, *([script] if script else ["-m", "meterhouse.cli"]), *arguments],
        env=os.environ | {"METERHOUSE_HOME": str(home), "METERHOUSE_SEEDS": str(seeds)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def meterhouse(home: Path, *arguments: str, **options: object) -> tuple[int, str]:
    """Run it to its end: (exit status, what it said)."""
    process = start(home, *arguments, **options)
    output, _ = process.communicate(timeout=600)
    return process.returncode, output


def succeed(home: Path, *arguments: str, **options: object) -> str:
    """Run it to its end, which must be a good one; what it said."""
    status, output = meterhouse(home, *arguments, **options)
    assert status == 0, output
    return output


def make_drafts(home: Path) -> None:
    """Two batches of events, each with a rejected one; drafts of the first are published."""
    home.mkdir(parents=True)
    for name, as_of, days in (("a", DRAFT, range(1, 20)), ("b", LANDED, range(20, 28))):
        file = home / f"{name}.ndjson"
        file.write_text(events(days) + f"no JSON {name}\n", "utf-8")
        succeed(home, "ingest", "--as-of", as_of, str(file))
        if name == "a":
            succeed(home, "run", "--as-of", as_of)


def fingerprint(home: Path) -> dict[str, str]:
    """SHA-256 of every published mart and every file of final invoices.

    Not of Delta's own commit files, nor of the mart `runs`, which have the machine's clock in them.
    """
    marts = [path for path in (home / "marts").glob("*.parquet") if path.stem != "runs"]
    files = [*marts, *(home / "invoices").glob("*.parquet")]
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(files)
    }
