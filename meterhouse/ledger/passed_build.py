"""The note that the build of this run passed, whole and with all its tests (S-48).

Steps of a run can be started one by one in Dagster, so that "after the tests" is more than an order
of steps: what becomes final or is published asks for the note of the very inputs that are in the
warehouse. `inputs.passed_build` is a copy of `inputs.run` as it was when the build passed.
"""

import duckdb

NOT_PASSED = (
    "the warehouse does not say that the models of this run were built whole and passed all their "
    "tests: a test failed, the build was interrupted, or models were built since. Start the whole "
    "run, which names what failed: meterhouse run"
)


def note_passed_build(con: duckdb.DuckDBPyConnection) -> None:
    """After a build of all models that passed with all tests: it was that of `inputs.run`."""
    con.execute("create or replace table inputs.passed_build as from inputs.run")


def forget_passed_build(con: duckdb.DuckDBPyConnection) -> None:
    """Before the inputs or any model change: what was tested is not what the warehouse holds."""
    con.execute("drop table if exists inputs.passed_build")


def build_passed(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the last whole build passed, and was that of the inputs in `inputs.run`."""
    try:
        found = con.execute("from inputs.run intersect from inputs.passed_build").fetchall()
    except duckdb.CatalogException:
        return False
    return bool(found)
