"""Where things are: the checkout, the data directory, the price book."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
DBT_PROJECT = PROJECT / "dbt_project"


def home() -> Path:
    """The data directory: METERHOUSE_HOME, or `data` in the checkout. Absolute."""
    return _folder("METERHOUSE_HOME", PROJECT / "data")


def seeds() -> Path:
    """The price book directory: METERHOUSE_SEEDS, or `seeds` in the checkout. Absolute."""
    return _folder("METERHOUSE_SEEDS", PROJECT / "seeds")


@contextmanager
def data_directory(folder: Path) -> Iterator[None]:
    """METERHOUSE_HOME is `folder` inside: dbt's profile finds the warehouse by it."""
    before = os.environ.get("METERHOUSE_HOME")
    os.environ["METERHOUSE_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["METERHOUSE_HOME"]
        else:
            os.environ["METERHOUSE_HOME"] = before


def _folder(variable: str, default: Path) -> Path:
    return Path(os.environ.get(variable) or default).expanduser().absolute()
