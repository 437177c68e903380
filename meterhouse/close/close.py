"""Closing a month: its entries of the journal, appended once to the record (S-82)."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from meterhouse.close.checklist import Checklist, look
from meterhouse.close.errors import CloseRefused
from meterhouse.close.record import (
    CLOSE,
    ENTRY,
    MONTH_ROW,
    ROW,
    SCHEMA,
    closed_months_table,
    sync_closed_months,
)
from meterhouse.ledger.chain import GENESIS, chain, content_sql
from meterhouse.ledger.columns import casts
from raw_events.common.sql import literal
from raw_events.log.append_only import Moved


@dataclass(frozen=True)
class Closed:
    """A month that was closed: how many entries, and the digest of its last row."""

    month: date
    entries: int
    digest: str
    checklist: Checklist


def close_month(
    con: duckdb.DuckDBPyConnection,
    home: Path,
    month: date,
    as_of: datetime,
    closed_by: str,
    accept: str | None = None,
) -> Closed:
    """Append the entries of `month` (its first day) as the warehouse `con` has them.

    The run's lock must be held. `accept`: why what is open does not matter. Raises
    CloseRefused with everything that stands against it; LogDamaged, OSError or DeltaError if it
    cannot be recorded.
    """
    table = closed_months_table(home)
    version = sync_closed_months(con, home)
    checklist = look(con, home, month, as_of)
    if checklist.refused or (checklist.open and not accept):
        hint = [] if checklist.refused else ["Accept it with a reason: --accept TEXT"]
        raise CloseRefused(
            "\n".join(
                [f"{month:%Y-%m} cannot be closed now.", *checklist.refused, *checklist.open, *hint]
            )
        )
    accepted = f"{accept}: {' '.join(checklist.open)}" if checklist.open else None
    _draw_up(con, month, as_of, closed_by, accepted)
    last = con.execute(
        f"select sequence, digest from {table.source()} order by sequence desc limit 1"
    ).fetchall()
    first, previous = last[0] if last else (0, GENESIS)
    con.execute("update drawn set sequence = sequence + ?", [first])
    # The sequence is in the document, so it is known before the chain is.
    contents = con.execute(
        f"select {content_sql('drawn', ROW)} from drawn order by sequence"
    ).fetchall()
    digests = chain(previous, [content for (content,) in contents])
    rows = con.sql("select * exclude (previous_digest, digest) from drawn order by sequence")
    arrow = rows.to_arrow_table()
    arrow = arrow.append_column("previous_digest", [[previous, *digests[:-1]]])
    arrow = arrow.append_column("digest", [digests])
    con.execute("drop table drawn")
    try:
        table.append_table(arrow.select(SCHEMA.names).cast(SCHEMA), after=version)
    except Moved as error:
        raise CloseRefused(f"{month:%Y-%m} is not closed: somebody else closed a month.") from error
    sync_closed_months(con, home)
    return Closed(month, len(digests) - 1, digests[-1], checklist)


def _draw_up(
    con: duckdb.DuckDBPyConnection,
    month: date,
    as_of: datetime,
    closed_by: str,
    accepted: str | None,
) -> None:
    """The rows that closing the month appends, without their chain: temp table `drawn`."""
    nulls = ", ".join(f"null::{kind} as {name}" for name, kind in CLOSE.items())
    names = ", ".join(ENTRY)
    others = ", ".join(
        f"{literal(MONTH_ROW)} as {name}"
        if name == "entry_type"
        else f"date '{month}' as month"
        if name == "month"
        else f"null::{kind} as {name}"
        for name, kind in ENTRY.items()
    )
    con.execute(
        f"""
        create or replace temp table drawn as
        select
            row_number() over (order by entry_type = 'closed', contract_id, entry_id) as sequence,
            {casts({**ENTRY, **CLOSE}, "together")},
            null::varchar as previous_digest,
            null::varchar as digest
        from (
            select {names}, {nulls} from revenue.journal where month = date '{month}'
            union all by name
            select
                {others},
                $as_of::timestamptz as closed_at, $closed_by as closed_by, $accepted as accepted,
                run.as_of, run.log_version, run.ledger_version, run.price_book, run.code_version,
                (select count(*) from revenue.journal where month = date '{month}') as entries
            from inputs.run as run
        ) as together
        """,
        {"as_of": as_of, "closed_by": closed_by, "accepted": accepted},
    )
