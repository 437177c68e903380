"""One test: how many rows it finds, and what that means, by dbt's configs."""

import duckdb

from meterhouse.dbt.compiled import Node


def ask(con: duckdb.DuckDBPyConnection, test: Node) -> tuple[str, int]:
    """`pass`, `warn` or `fail`, and the number of failures. Raises duckdb.Error."""
    asked = test.asked
    assert asked is not None, "a model is not asked"
    limit = f"limit {int(asked.limit)}" if asked.limit else ""
    [(failures, warns, fails)] = con.execute(
        f"select {asked.fail_calc}, {asked.fail_calc} {asked.warn_if}, "
        f"{asked.fail_calc} {asked.error_if} from (\n{test.sql}\n{limit}) as tested"
    ).fetchall()
    status = "pass"
    if asked.severity == "error" and fails:
        status = "fail"
    elif warns:
        status = "warn"
    return status, int(failures or 0)
