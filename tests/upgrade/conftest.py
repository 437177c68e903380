"""The data directory of the last release, opened by this code."""

import lzma
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.run_to_end import printed, run_to_end

# Every release that left a data directory here, and the last one.
RELEASES = sorted(
    path for path in Path(__file__).parent.iterdir() if re.fullmatch(r"[\d.]+", path.name)
)
RELEASE = Path(__file__).parent / "0.1.0"
# When the last release ran for the last time.
LAST_RUN = "2026-02-10T06:00:00Z"


class DataDirectory:
    """A copy of it, and the command line of this code on it."""

    def __init__(self, folder: Path, release: Path = RELEASE):
        self.home, self.seeds = folder / "home", folder / "seeds"
        shutil.copytree(release / "home", self.home)
        shutil.copytree(release / "seeds", self.seeds)
        packed = (release / "warehouse.duckdb.xz").read_bytes()
        (self.home / "warehouse.duckdb").write_bytes(lzma.decompress(packed))
        # As the release left it, so that an invoice can be asked for before the first run.
        published = self.home / ".marts" / "3"
        shutil.copytree(release / "marts", published)
        (self.home / "marts").symlink_to(Path(".marts") / "3")

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`meterhouse …` with this data directory and price book."""
        where = {"METERHOUSE_HOME": str(self.home), "METERHOUSE_SEEDS": str(self.seeds)}
        command = [sys.executable, "-m", "meterhouse.cli", *arguments]
        return run_to_end(command, {**os.environ, **where})

    def run(self, *arguments: str) -> str:
        """The same, which must succeed; what it prints."""
        return printed(self.call(*arguments))


@pytest.fixture(scope="package")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> DataDirectory:
    """As the last release left it."""
    return DataDirectory(tmp_path_factory.mktemp("untouched"))


@pytest.fixture(scope="package")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> tuple[DataDirectory, str]:
    """After a run of this code at the same moment with the same events, and what the run said."""
    directory = DataDirectory(tmp_path_factory.mktemp("upgraded"))
    return directory, directory.run("run", "--as-of", LAST_RUN)
