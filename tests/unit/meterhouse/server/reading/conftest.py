"""Skipped where the SDK or the extra `serve` is not installed."""

import pytest

pytest.importorskip(
    "metronome", reason="the official SDK is not installed: pip install -e '.[dev]'"
)
pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")
