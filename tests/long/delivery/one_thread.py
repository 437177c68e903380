"""The command with one thread everywhere: python one_thread.py run --as-of …

DuckDB takes all cores; here it is one.
"""

import functools
import sys

import duckdb

from meterhouse.cli import main as cli

connect = duckdb.connect


@functools.wraps(connect)
def connect_with_one_thread(*arguments: object, **options: object) -> duckdb.DuckDBPyConnection:
    """A connection whose database computes in one thread."""
    options["config"] = {**(options.get("config") or {}), "threads": 1}
    return connect(*arguments, **options)


if __name__ == "__main__":
    duckdb.connect = connect_with_one_thread
    sys.exit(cli.main())
