"""What each run says about edits of the price book that change nothing invoiced (S-44)."""

import duckdb

from meterhouse.warehouse.database import table_exists

MART = "ignored_changes"


def count_ignored_changes(con: duckdb.DuckDBPyConnection) -> int:
    """Rows of mart `ignored_changes` as the warehouse has it; 0 before the first run."""
    if not table_exists(con, "marts", MART):
        return 0
    return int(con.execute(f"select count(*) from marts.{MART}").fetchall()[0][0])


def ignored_changes_line(count: int) -> str:
    """The sentence of a run that has some."""
    things = "1 thing that is" if count == 1 else f"{count:,} things that are"
    return (
        f"The price book differs from {things} invoiced already; that stays as it was invoiced "
        f"(S-44). Mart {MART} lists both."
    )
