"""A drop folder in which nobody writes any more."""

from pathlib import Path

import pytest

from raw_events.ingest import drop_folder


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The drop folder of `tmp_path`."""
    monkeypatch.setattr(drop_folder, "SETTLED_AFTER_SECONDS", 0.0)
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"
