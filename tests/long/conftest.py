"""One data directory with drafts and one with final invoices, made once for all workers."""

import fcntl
import shutil
from pathlib import Path

import pytest

from tests.long.company import FINAL, make_drafts, succeed


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Path:
    """A folder with `drafts` and `final`, never to be changed."""
    folder = tmp_path_factory.getbasetemp().parent / "meterhouse-company"
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            make_drafts(folder / "drafts")
            shutil.copytree(folder / "drafts", folder / "final", symlinks=True)
            succeed(folder / "final", "run", "--as-of", FINAL)
            (folder / "ready").touch()
    return folder


@pytest.fixture
def drafts(made, tmp_path) -> Path:
    """A copy to work on: January is a draft, its last batch has not been computed."""
    return Path(shutil.copytree(made / "drafts", tmp_path / "home", symlinks=True))


@pytest.fixture
def final(made, tmp_path) -> Path:
    """A copy to work on: January is final."""
    return Path(shutil.copytree(made / "final", tmp_path / "home", symlinks=True))
