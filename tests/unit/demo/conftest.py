"""The demo's files, generated once for all tests here (about 4 seconds)."""

import json

import pandas as pd
import pytest

from demo.files import generate


@pytest.fixture(scope="session")
def landings(tmp_path_factory):
    """(source, path) pairs of each step of the replay."""
    return generate(tmp_path_factory.mktemp("demo_events"))


@pytest.fixture(scope="session")
def sent(landings):
    """One row per event that parses, of the NDJSON files: its fields, `step` and `file`."""
    rows = []
    for step, pairs in enumerate(landings):
        for _, path in pairs:
            if path.suffix == ".ndjson":
                for line in path.read_bytes().splitlines():
                    try:
                        event = json.loads(line)
                    except ValueError:
                        continue
                    if isinstance(event, dict):
                        rows.append({**event, "step": step, "file": path.name})
    return pd.DataFrame(rows)
