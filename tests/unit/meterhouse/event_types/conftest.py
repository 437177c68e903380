"""A data directory and a price book, both empty."""

from pathlib import Path

import pytest


@pytest.fixture
def seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The price book's folder; METERHOUSE_SEEDS names it."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    monkeypatch.setenv("METERHOUSE_SEEDS", str(folder))
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory; METERHOUSE_HOME names it."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("METERHOUSE_HOME", str(folder))
    return folder
