"""Are the values that the warehouse keeps still those that runs wrote there? (S-48)

A run goes on from what earlier ones have stored. Who edits or deletes rows of it, or interrupts a
refresh, would be billed from for good while every test is green. So the events are counted
before a run reads them, and each window that a run reads is compared with the sum noted
with its fingerprint (calendar.altered_windows). What differs is computed again, and the run says
so.
"""

import duckdb

from meterhouse.common.progress import reporter
from meterhouse.warehouse.database import table_exists, transaction

SHOWN = 3
# A run that was killed may not have come to the last log versions: those are read by the next one.
MISCOUNTED = """
    select (select {count} from events.{table}) <> (
        select coalesce(sum(rows), 0) from inputs.log_files
        where log_version <= (select max(log_version) from events.{table})
    )
"""
COUNTS = {"landed_events": "count(*)", "event_days": "sum(events)::bigint"}
ALTERED = """
    select metric, contract_id, min(window_start), count(*)
    from calendar.altered_windows group by all order by all
"""


def note_unmeasured(con: duckdb.DuckDBPyConnection) -> None:
    """In a new warehouse: the days of all final periods are to be measured once more.

    No run after the one that made them final would. The ledger's tables must be written.
    """
    if table_exists(con, "usage", "computed_windows"):
        return
    with transaction(con):
        con.execute("delete from inputs.unmeasured_periods")
        con.execute(
            "insert into inputs.unmeasured_periods select distinct contract_id, period_start "
            "from ledger.invoices where invoice_type = 'usage' and status = 'finalized'"
        )


def forget_measured(con: duckdb.DuckDBPyConnection) -> None:
    """At the end of a run: final periods whose days stand again; not those of held contracts."""
    con.execute(
        "delete from inputs.unmeasured_periods where contract_id not in "
        "(select contract_id from calendar.contracts_on_hold)"
    )


def renew_altered_events(con: duckdb.DuckDBPyConnection) -> bool:
    """Forget the stored events, so that this run reads all of the log, if they are not the log's.

    One count over each table; `inputs.log_files` must be written. Whether they were altered.
    """
    altered = [
        table
        for table, count in COUNTS.items()
        if table_exists(con, "events", table)
        and con.execute(MISCOUNTED.format(table=table, count=count)).fetchall() == [(True,)]
    ]
    if not altered:
        return False
    reporter().say(
        f"The stored events (events.{altered[0]}) are not those of the log: something else wrote "
        "into warehouse.duckdb. They are read again from the log, so this run takes longer."
    )
    with transaction(con):
        con.execute("drop schema events cascade")
        # Made of them (S-56).
        con.execute("drop table if exists calendar.carry_days")
        con.execute("drop table if exists calendar.carried_events")
    return True


def altered_windows(con: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence for the reader of a run that found stored values altered; [] if none were."""
    if not table_exists(con, "calendar", "altered_windows"):
        return []
    rows = con.execute(ALTERED).fetchall()
    if not rows:
        return []
    total = sum(count for *_, count in rows)
    windows = "1 stored value was" if total == 1 else f"{total:,} stored values were"
    shown = [f"{metric} of {contract} from {day} on" for metric, contract, day, _ in rows[:SHOWN]]
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return [
        f"{windows} not as computed: something else wrote into warehouse.duckdb "
        f"({'; '.join(shown)}{more}). This run computed them again."
    ]
