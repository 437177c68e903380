"""The whole pipeline through its command line, in a data directory of its own."""

import os
import re
import shutil
import sys
from pathlib import Path

from benchmarks.cost import Cost, run

# A line of dbt's log when a model or a test is done.
NODE = re.compile(r"Z  (?:success|pass|warn) +([0-9.]+) s  (\S+)")
STAGE = re.compile(r"^(\w[\w ]*?)\s{2,}\s*([0-9.]+) s\b", re.MULTILINE)


class Pipeline:
    """A data directory and its price book; what is measured is a `meterhouse` process a call."""

    def __init__(self, home: Path, book: Path, environment: dict[str, str] | None = None):
        self.home = home
        self.output = home.with_suffix(".out")
        self.environment = {
            "METERHOUSE_HOME": str(home),
            "METERHOUSE_SEEDS": str(book),
            **(environment or {}),
        }
        # A DAGSTER_HOME of the person at the keyboard would be measured, and filled.
        os.environ.pop("DAGSTER_HOME", None)

    def ingest(self, folder: Path, as_of: str) -> Cost:
        """`meterhouse ingest` of all files in a folder."""
        return self.call("ingest", "--as-of", as_of, *map(str, sorted(folder.iterdir())))

    def run(self, as_of: str, *options: str) -> Cost:
        """`meterhouse run`."""
        return self.call("run", *options, "--as-of", as_of)

    def call(self, *arguments: str, module: str = "meterhouse.cli") -> Cost:
        """Any command."""
        return run([sys.executable, "-m", module, *arguments], self.output, self.environment)

    def stages(self) -> dict[str, float]:
        """The seconds of each stage that the last run has printed."""
        text = self.output.read_text(encoding="utf-8")
        return {name: float(seconds) for name, seconds in STAGE.findall(text)}

    def models(self) -> dict[str, float]:
        """The seconds of each model and test of all runs since `forget_models`, by their log."""
        found: dict[str, float] = {}
        if not self._models_log().exists():
            return found
        for text in self._models_log().read_text(encoding="utf-8").splitlines():
            done = NODE.search(text)
            if done:
                name = done[2].split(".")[-1]
                found[name] = found.get(name, 0.0) + float(done[1])
        return found

    def forget_models(self) -> None:
        """Empty that log."""
        self._models_log().unlink(missing_ok=True)

    def delete(self) -> None:
        """The data directory and what the last command said."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.output.unlink(missing_ok=True)

    def _models_log(self) -> Path:
        return self.home / "logs" / "models.log"
