"""One data directory with drafts and one with final invoices, made once for all workers.

And a company of its own for each test that looks at the models run after run.
"""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.long.company import FINAL, make_drafts, succeed
from tests.long.correcting import make_corrected
from tests.long.windows_company import Company


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Path:
    """A folder with `drafts` and `final`, never to be changed."""

    def make(folder: Path) -> None:
        make_drafts(folder / "drafts")
        shutil.copytree(folder / "drafts", folder / "final", symlinks=True)
        succeed(folder / "final", "run", "--as-of", FINAL)

    return once(tmp_path_factory, "company", make)


@pytest.fixture(scope="session")
def corrected(tmp_path_factory) -> Path:
    """A folder with `seeds` and the data directories `on time` and `late`, never to be changed."""

    def make(folder: Path) -> None:
        make_corrected(folder, lambda home, step: copy(home, folder / step))

    return once(tmp_path_factory, "corrected", make)


def once(tmp_path_factory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder of this test session, made by the first process that asks for it."""
    base = tmp_path_factory.getbasetemp()
    # With several processes, each has a folder in that of the session.
    session = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = session / f"made-{name}"
    with (session / f"made-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = session / f"making-{name}"
            shutil.rmtree(unfinished, ignore_errors=True)
            make(unfinished)
            unfinished.rename(folder)
    return folder


def copy(home: Path, target: Path) -> Path:
    """A data directory elsewhere, as a backup and its restoration would leave it."""
    return Path(shutil.copytree(home, target, symlinks=True))


@pytest.fixture
def drafts(made, tmp_path) -> Path:
    """A copy to work on: January is a draft, its last batch has not been computed."""
    return copy(made / "drafts", tmp_path / "home")


@pytest.fixture
def final(made, tmp_path) -> Path:
    """A copy to work on: January is final."""
    return copy(made / "final", tmp_path / "home")


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    """Two customers without events."""
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    return Company(tmp_path)
