"""A copy of the checkout that a test may write metrics into, and its commands."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from meterhouse.common.settings import PROJECT
from meterhouse.metrics.folders import BILLED

FOLDERS = ("raw_events", "meterhouse", "dagster_pipeline", "dbt_project")


def copy_checkout(target: Path) -> Path:
    """The sources and the project's settings, without data or environment."""
    generated = shutil.ignore_patterns("target", "logs", "dbt_packages", "__pycache__")
    for folder in FOLDERS:
        shutil.copytree(PROJECT / folder, target / folder, ignore=generated)
    for file in ("dagster.yaml", "pyproject.toml"):
        shutil.copy(PROJECT / file, target)
    return target


def list_as_billed(checkout: Path, versions: Sequence[tuple[str, int]]) -> None:
    """The lines of billed_metrics.sql that docs/analysts.md asks for."""
    path = checkout / "dbt_project" / BILLED
    lines = "".join(f"        ('{metric}', {version}),\n" for metric, version in versions)
    path.write_text(path.read_text("utf-8").replace("return([\n", f"return([\n{lines}"), "utf-8")


def run(
    checkout: Path, *arguments: str, home: Path | None = None, seeds: Path | None = None
) -> str:
    """`python -m …` in the checkout; its standard output, its errors are the test's."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=checkout,
        env={
            **os.environ,
            "PYTHONPATH": str(checkout),
            "METERHOUSE_HOME": str(home or checkout / "data"),
            "METERHOUSE_SEEDS": str(seeds or checkout / "seeds"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
