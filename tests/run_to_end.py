"""A command, run to its end, and what it printed; for the tests that call an installed program."""

import subprocess
from pathlib import Path


def run_to_end(
    command: list[str], env: dict[str, str], folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it in this environment and folder; its output as text, whatever its exit status."""
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def printed(done: subprocess.CompletedProcess[str]) -> str:
    """What it printed; it must have succeeded."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
