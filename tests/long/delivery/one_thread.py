"""The command with one thread everywhere: python one_thread.py run --as-of …

DuckDB takes all cores and the profile names two dbt threads; both become one here.
"""

import functools
import sys

import duckdb

from meterhouse.cli import main as cli
from meterhouse.dbt import build

connect, invoke = duckdb.connect, build.invoke


@functools.wraps(connect)
def connect_with_one_thread(*arguments: object, **options: object) -> duckdb.DuckDBPyConnection:
    """A connection whose database computes in one thread."""
    options["config"] = {**(options.get("config") or {}), "threads": 1}
    return connect(*arguments, **options)


@functools.wraps(invoke)
def invoke_with_one_thread(arguments: list[str], *rest: object, **options: object) -> object:
    """dbt, one node after the other."""
    return invoke([*arguments, "--threads", "1"], *rest, **options)


if __name__ == "__main__":
    duckdb.connect, build.invoke = connect_with_one_thread, invoke_with_one_thread
    sys.exit(cli.main())
