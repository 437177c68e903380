"""Plays the quarter through the `meterhouse` commands, as an operator would have typed them."""

import csv
import os
import shlex
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from demo.company import CANCELLED, STEPS, Step
from meterhouse.warehouse.clock import machine_clock

PROJECT = Path(__file__).resolve().parents[1]
COLLECTORS = PROJECT / "demo" / "collectors"
DATABASE = "product.duckdb"  # in the demo's data directory: where the product keeps its job runs
MARKER = ".demo"  # in a data directory that the demo made, and so may delete


class DemoError(Exception):
    """Something that the user can put right; the message says how."""


def demo_home() -> Path:
    """METERHOUSE_HOME, or `data/demo`; never the project's own data directory (`data`)."""
    default = PROJECT / "data"
    chosen = Path(os.environ.get("METERHOUSE_HOME") or default).expanduser().absolute()
    return chosen / "demo" if chosen == default else chosen


def fresh(home: Path) -> None:
    """Empties the data directory of an earlier demo; refuses one that is not a demo's."""
    if home.exists() and any(home.iterdir()):
        if not (home / MARKER).exists():
            raise DemoError(
                f"{home} is not empty and was not made by the demo, so the demo does not delete it."
                " Choose another directory: METERHOUSE_HOME=/tmp/meterhouse-demo make demo"
            )
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARKER).write_text("made by `python -m demo`, which deletes this directory\n")


class Replay:
    """Runs the commands of each step against one data directory and shows what they print."""

    def __init__(self, home: Path, console: Console) -> None:
        self.home = home
        self.console = console
        self.seconds: dict[str, list[float]] = {"ingest": [], "run": []}

    def play(self, landings: list[list[tuple[str, Path]]]) -> None:
        """All steps; `landings` are the (source, file) pairs of each. Raises DemoError."""
        for step, pairs in zip(STEPS, landings, strict=True):
            self.console.print()
            self.console.print(f"[bold cyan]{step.as_of:%d %B, %H:%M}[/]  {escape(step.story)}")
            self._step(step, pairs)

    def price_book_at(self, as_of: datetime) -> Path:
        """`seeds/`, or a copy that does not know yet what was cancelled after `as_of`."""
        unknown = {name for name, written in CANCELLED.items() if written > as_of}
        if not unknown:
            return PROJECT / "seeds"
        copy = self.home / "earlier_price_book"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(PROJECT / "seeds", copy)
        path = copy / "subscriptions.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            for row in rows:
                known = row["ending_before"] if row["subscription_id"] not in unknown else ""
                writer.writerow(row | {"ending_before": known})
        return copy

    def _step(self, step: Step, pairs: list[tuple[str, Path]]) -> None:
        seeds = self.price_book_at(step.as_of)
        for source in dict.fromkeys(source for source, _ in pairs):
            files = [str(path) for owner, path in pairs if owner == source]
            self.meterhouse(seeds, "ingest", "--source", source, *_moment(step), *files)
        if step.run:
            self.meterhouse(seeds, "run", *_moment(step))

    def meterhouse(self, seeds: Path, command: str, *arguments: str) -> None:
        """One command with the price book `seeds`: shown, run, its lines printed as they come.

        Raises DemoError if it fails.
        """
        folder = f"{self.home / 'usage_files'}/"  # the same for all files: only their names tell
        shown = [argument.removeprefix(folder) for argument in arguments]
        self.console.print(f"[dim]$ meterhouse {command} {escape(shlex.join(shown))}[/]")
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "meterhouse.cli", command, *arguments],
            env={
                **os.environ,
                "METERHOUSE_HOME": str(self.home),
                "METERHOUSE_SEEDS": str(seeds),
                "METERHOUSE_COLLECTORS": str(COLLECTORS),
                "PRODUCT_DB": str(self.home / DATABASE),
            },
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in process.stdout or ():
            told = line.rstrip().replace(folder, "")
            self.console.print(Padding(Text(told), (0, 0, 0, 2), expand=False), highlight=False)
        if status := process.wait():
            raise DemoError(f"meterhouse {command} failed (exit status {status})")
        self.seconds[command].append(time.monotonic() - started)


def _moment(step: Step) -> tuple[str, ...]:
    """The story's clock, also on a machine whose own has not reached it (S-4)."""
    ahead = ("--ahead",) if step.as_of > machine_clock() else ()
    return ("--as-of", step.as_of_text, *ahead)
