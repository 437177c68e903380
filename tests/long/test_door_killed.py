"""The HTTP server's processes are killed again and again while events come; all are counted (S-62).

Guards against an acknowledged event that is lost, or landed twice, at a moment nobody thought of.
"""

from pathlib import Path

import pytest

from tests.integration.server.running import killed_at_random, serving

KILLS = 12


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_killed_at_random_moments(tmp_path: Path, seed: int, record_property) -> None:
    with serving(tmp_path / "home") as server:
        killed = killed_at_random(server, seed, KILLS, 2.0)
    record_property("processes of the server killed", killed)
