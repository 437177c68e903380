"""Verification of the record of closed months: is what was closed still what was closed? (S-82)

Every file is read against its digest, the chain over all rows is worked out again, each month has
the number of entries that its row says, and every closed entry that a publication shows is there.
"""

from pathlib import Path

import duckdb

from meterhouse.close.record import MONTH_ROW, ROW, closed_months_table
from meterhouse.common.mart_files import mart_sql
from meterhouse.ledger.chain import GENESIS, chain, content_sql
from meterhouse.verify.found import Found
from meterhouse.warehouse.generations import all_folders
from raw_events.common.errors import LogDamaged
from raw_events.log.checksums import broken_checksums

_RESTORE = "Restore that folder from a backup."


def verify_closed_months(home: Path) -> Found | None:
    """What is wrong with $METERHOUSE_HOME/closed_months, in sentences.

    None where no month was ever closed, by the record or by what is published.
    """
    table = closed_months_table(home)
    problems = [f"{path}: {what}" for path, what in broken_checksums(table.folder)]
    months = 0
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        try:
            con.execute(f"create temp table closed as from {table.source()}")
        except LogDamaged as error:
            problems = problems or [str(error)]
        else:
            root = f"{table.root}"
            problems += [f"{root}: {what} {_RESTORE}" for what in [*_chain(con), *_counts(con)]]
            for folder in all_folders(home):
                if mart := mart_sql(folder, "journal_entries"):
                    problems += [f"{root}: {what} {_RESTORE}" for what in _published(con, mart)]
            [(months,)] = con.execute(
                f"select count(*) from closed where entry_type = '{MONTH_ROW}'"
            ).fetchall()
    if not months and not problems:
        return None
    return Found({"months": months}, list(dict.fromkeys(problems)))


def _chain(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        f"select sequence, month, previous_digest, digest, {content_sql('closed', ROW)} "
        "from closed order by sequence"
    ).fetchall()
    digests = chain(GENESIS, [content for *_, content in rows])
    before = GENESIS
    for place, ((sequence, month, previous, digest, _), due) in enumerate(
        zip(rows, digests, strict=True), 1
    ):
        if (sequence, previous, digest) != (place, before, due):
            return [f"row {sequence} of {month:%Y-%m} is not what was closed."]
        before = digest
    return []


def _counts(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        f"""
        select month, max(entries), count(*) - 1
        from closed
        group by month
        having max(entries) is distinct from count(*) - 1
            or count(*) filter (where entry_type = '{MONTH_ROW}') <> 1
        order by month
        """
    ).fetchall()
    return [f"{month:%Y-%m} has {found} entries, closed were {due}." for month, due, found in rows]


def _published(con: duckdb.DuckDBPyConnection, mart: str) -> list[str]:
    """Closed entries that a publication shows and the record has not, or with another amount."""
    try:
        rows = con.execute(
            f"""
            select distinct month
            from (
                select month, entry_id, debit_account, abs(amount) as amount
                from (
                    select month, entry_id, debit - credit as amount, account as debit_account
                    from {mart} where is_closed
                )
                except
                select month, entry_id, unnest([debit_account, credit_account]), abs(amount)
                from closed
            )
            order by month
            """
        ).fetchall()
    except duckdb.Error:
        # An earlier release's, or its checksum says what is wrong with it.
        return []
    return [f"{month:%Y-%m} was published with entries that it has not." for (month,) in rows]
