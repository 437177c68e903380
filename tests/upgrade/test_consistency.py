"""The marts of the last release and those of this code, from the same events at the same moment.

Guards against a figure that nobody meant to change. Where a rule changed, the mart is named below
with the reason, and a line in the changelog says so.
"""

from pathlib import Path

import duckdb
import pytest

from tests.upgrade.conftest import RELEASE, DataDirectory

# mart → columns that may differ, and why; None: all of them.
CHANGED: dict[str, dict[str, str] | None] = {
    # Seconds, and a run more.
    "runs": None,
}
MARTS = sorted(path.stem for path in (RELEASE / "marts").glob("*.parquet"))


@pytest.mark.parametrize("mart", [mart for mart in MARTS if CHANGED.get(mart, {}) is not None])
def test_a_mart_is_as_the_last_release_published_it(mart: str, upgraded: tuple[DataDirectory, str]):
    directory, _ = upgraded
    old, new = RELEASE / "marts" / f"{mart}.parquet", published(directory, mart)
    columns = [
        f'"{name}"'
        for name in duckdb.sql(f"from '{old}'").columns
        if name not in (CHANGED.get(mart) or {})
    ]
    listed = ", ".join(columns)
    rows = [
        duckdb.sql(f"select {listed} from '{path}' order by all").fetchall() for path in (old, new)
    ]
    assert rows[1] == rows[0]


def published(directory: DataDirectory, mart: str) -> Path:
    """What this code published: the generation after that of the last release."""
    return directory.home / ".marts" / "4" / f"{mart}.parquet"
