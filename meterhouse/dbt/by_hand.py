"""dbt started by hand in dbt_project/: which warehouse it opens, and what it says without one.

dbt changes into the project's folder before it opens a database, so a relative METERHOUSE_HOME
would name another folder than for `meterhouse`. And DuckDB makes an empty file where there is none,
in which every source is missing.
"""

import os
from pathlib import Path

import duckdb

from meterhouse.common import settings
from meterhouse.warehouse.database import table_exists
from meterhouse.warehouse.layout import has_our_layout

FILE = "warehouse.duckdb"
_called_by_us = False


class NoWarehouse(RuntimeError):
    """There is nothing that dbt could work on; dbt-duckdb hands the text of this class on."""


def is_by_hand() -> bool:
    """Whether a person started dbt in this process, not a run."""
    return not _called_by_us


def note_called_by_us() -> None:
    """From now on dbt in this process works for a run, which names the folder and fills it."""
    global _called_by_us  # noqa: PLW0603  (one fact of the process, set once)
    _called_by_us = True


def find_warehouse() -> Path:
    """The file of METERHOUSE_HOME, relative to the folder where dbt was started or the checkout.

    Raises NoWarehouse if there is none.
    """
    named = os.environ.get("METERHOUSE_HOME")
    if not named:
        places = [settings.home()]
    else:
        # A shell's own variable: the working directory is the project's by now.
        started = Path(os.environ.get("PWD") or ".")
        places = [root / Path(named).expanduser() for root in (started, settings.PROJECT)]
    files = [Path(os.path.abspath(place)) / FILE for place in dict.fromkeys(places)]
    for file in files:
        if file.is_file():
            return file
    raise NoWarehouse(
        f"There is no warehouse {' or '.join(map(str, dict.fromkeys(files)))}: run "
        "`meterhouse run` first, which makes it, or set METERHOUSE_HOME to the data directory."
    )


def check_filled(con: duckdb.DuckDBPyConnection, path: str) -> None:
    """NoWarehouse if no run of this release has handed the sources of the models to it."""
    if not table_exists(con, "inputs", "run"):
        raise NoWarehouse(
            f"The warehouse {path} has no inputs yet: run `meterhouse run` first, which hands "
            "log, price book and ledger to the models."
        )
    if not has_our_layout(con):
        raise NoWarehouse(
            f"The warehouse {path} was written by another release: run `meterhouse run` first, "
            "which makes it again from the log."
        )
