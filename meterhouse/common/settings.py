"""Where things are: the models, the data directory, the price book, a company's own metrics."""

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from meterhouse.common.errors import UsageError

PACKAGE = Path(__file__).resolve().parents[1]
# The folder with the packages in it: a checkout's root, or an environment's site-packages.
PROJECT = PACKAGE.parent
IS_CHECKOUT = (PROJECT / "pyproject.toml").is_file() and (PROJECT / "dbt_project").is_dir()
# What is not Python and belongs to the code. setup.py puts it into the package for an install.
SHIPPED = PROJECT if IS_CHECKOUT else PACKAGE / "shipped"
DBT_PROJECT = SHIPPED / "dbt_project"
# What a folder must have to count as one of own metrics where nobody names it.
PUBLISHED = "published_metrics.csv"
# A mart of this size is written to a disk in a few seconds, each time that something of it changes.
SINGLE_FILE_MB = "2000"


def home() -> Path:
    """The data directory: METERHOUSE_HOME, or `data` in the checkout, else here. Absolute."""
    return _folder("METERHOUSE_HOME", _place() / "data")


def seeds() -> Path:
    """The price book: METERHOUSE_SEEDS, or `seeds` in the checkout, else here. Absolute."""
    return _folder("METERHOUSE_SEEDS", _place() / "seeds")


def own_metrics() -> Path | None:
    """A company's own metrics: METERHOUSE_METRICS, or `metrics` beside the price book. Absolute.

    None if there are none. `metrics` beside the price book counts if `published_metrics.csv` is in
    it, as `meterhouse init` writes it. Raises UsageError if the variable names no folder: without
    its metrics a run would bill something else.
    """
    beside = seeds().parent / "metrics"
    return _named_folder("METERHOUSE_METRICS", "Make it (meterhouse init writes one)") or (
        beside if (beside / PUBLISHED).is_file() else None
    )


def collectors() -> Path | None:
    """A company's collectors: METERHOUSE_COLLECTORS, or `collectors` beside the price book.

    Absolute; None if there are none. Raises UsageError if the variable names no folder: without its
    collectors a run would bill what it has, in silence.
    """
    beside = seeds().parent / "collectors"
    return _named_folder("METERHOUSE_COLLECTORS", "Make it") or (
        beside if beside.is_dir() else None
    )


def _named_folder(variable: str, step: str) -> Path | None:
    """The folder that a variable names; None if it is not set. UsageError if there is none."""
    if not os.environ.get(variable):
        return None
    named = _folder(variable, _place())
    if not named.is_dir():
        raise UsageError(
            f"{variable} is {named}, and there is no such folder. {step}, correct the variable, "
            "or unset it."
        )
    return named


def single_file_bytes() -> int | None:
    """METERHOUSE_SINGLE_FILE_MB: up to which size a mart in parts is a single file, too.

    None for `unlimited`. Raises UsageError if it is neither that nor a whole number.
    """
    value = os.environ.get("METERHOUSE_SINGLE_FILE_MB") or SINGLE_FILE_MB
    if value == "unlimited":
        return None
    if not re.fullmatch("[0-9]{1,9}", value):
        raise UsageError(
            f"METERHOUSE_SINGLE_FILE_MB={value} is no size: write a whole number of megabytes, "
            "like 2048, 0 for parts alone, or unlimited."
        )
    return int(value) * 1_000_000


def parsed_projects() -> Path:
    """Where parsed dbt projects are kept.

    In a checkout its data folder, whatever METERHOUSE_HOME is: the models are the checkout's, and
    parsing takes seconds. An install may be read-only, so it keeps them in the data directory;
    where that is read-only too, as for verify on a mounted backup, for this process alone.
    """
    if IS_CHECKOUT:
        return PROJECT / "data" / "dbt"
    here = home()
    existing = next(folder for folder in (here, *here.parents) if folder.exists())
    return here / "dbt" / "parsed" if os.access(existing, os.W_OK) else _of_this_process()


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


@cache
def _of_this_process() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="meterhouse-parsed-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _place() -> Path:
    return PROJECT if IS_CHECKOUT else Path.cwd()


def _folder(variable: str, default: Path) -> Path:
    return Path(os.environ.get(variable) or default).expanduser().absolute()
