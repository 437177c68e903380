"""What each run cost: table `inputs.runs`, which becomes the mart `runs`.

So that an operator sees a run getting slower before users do. Only runs that came to an end have a
row. Nothing is billed from it; seconds differ from run to run, so this mart alone is never the same
twice.
"""

from collections.abc import Mapping
from decimal import Decimal

import duckdb

# Marts were a stage of their own up to release 0.1: its column stays, for who reads the mart.
STAGES = ("events", "price book", "inputs", "models", "ledger", "marts", "published")
COLUMNS = (
    "run_number BIGINT, as_of TIMESTAMPTZ, log_version BIGINT, price_book VARCHAR, "
    "nothing_new BOOLEAN, new_files BIGINT, new_events BIGINT, windows_computed BIGINT, "
    "windows_left_alone BIGINT, new_final_invoices BIGINT, "
    + ", ".join(f"{stage.replace(' ', '_')}_seconds DECIMAL(12, 3)" for stage in STAGES)
)


def record_run(
    con: duckdb.DuckDBPyConnection,
    seconds: Mapping[str, float],
    new_files: int,
    new_events: int,
    new_final_invoices: int = 0,
    nothing_new: bool = False,
) -> dict[str, int]:
    """Append the run of `inputs.run`; gives its number, and its windows computed and left alone.

    `seconds` are those of the stages that are over.
    """
    windows = (0, 0)
    if not nothing_new:
        windows = con.execute(
            "select count(*) filter (where not is_obsolete), "
            "(select count(*) from calendar.metric_windows) "
            "- count(*) filter (where not is_obsolete) from calendar.due_windows"
        ).fetchall()[0]
    spent = [Decimal(f"{seconds[stage]:.3f}") if stage in seconds else None for stage in STAGES]
    counts = [nothing_new, new_files, new_events, *windows, new_final_invoices]
    number = con.execute(
        "insert into inputs.runs "
        "select (select coalesce(max(run_number), 0) + 1 from inputs.runs), "
        f"as_of, log_version, price_book, {', '.join('?' * (len(counts) + len(spent)))} "
        "from inputs.run returning run_number",
        [*counts, *spent],
    ).fetchall()[0][0]
    return {
        "run": number,
        "windows computed": windows[0],
        "windows left alone": windows[1],
    }


def record_publishing(con: duckdb.DuckDBPyConnection, number: int, seconds: float) -> None:
    """How long publishing took, for the readers of the next run's marts."""
    con.execute(
        "update inputs.runs set published_seconds = ? where run_number = ?",
        [Decimal(f"{seconds:.3f}"), number],
    )
