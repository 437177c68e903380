"""Commits that thresholds bought, in the ledger (S-58): what a void takes away with them."""

import duckdb

from meterhouse.ledger.errors import LedgerError

SHOWN = 5
# Final invoices, not void, that a commit of the invoice $invoice_id has paid a part of.
_USERS = """
    with bought as (
        select unnest(automatic_commits).commit_id as commit_id
        from ledger_rows
        where invoice_id = $invoice_id and event = 'finalized'
    ),

    applied as (
        select invoice_id, invoice_number, line.commit_id as commit_id
        from (
            select invoice_id, invoice_number, unnest(lines) as line
            from ledger_rows
            where event = 'finalized'
        )
        where line.line_type = 'commit_applied'
    )

    select distinct applied.invoice_id, coalesce(applied.invoice_number, applied.invoice_id) as name
    from applied
    semi join bought using (commit_id)
    where applied.invoice_id not in (select invoice_id from ledger_rows where event = 'voided')
    order by all
"""


def bought_by_thresholds(con: duckdb.DuckDBPyConnection, invoice_id: str) -> tuple[str, ...]:
    """Ids of the commits that thresholds bought on a final invoice; see check_unused for `con`."""
    if "automatic_commits" not in con.sql("from ledger_rows limit 0").columns:
        return ()
    rows = con.execute(
        "select unnest(automatic_commits).commit_id as commit_id from ledger_rows"
        " where invoice_id = ? and event = 'finalized' order by all",
        [invoice_id],
    ).fetchall()
    return tuple(commit_id for (commit_id,) in rows)


def check_unused(con: duckdb.DuckDBPyConnection, invoice_id: str) -> None:
    """LedgerError if final invoices are paid by a commit that a threshold bought on this one.

    The void would take the commit away, and what those invoices took of it would be paid by nobody.
    `con` has the view `ledger_rows` of all rows of the ledger.
    """
    if "automatic_commits" not in con.sql("from ledger_rows limit 0").columns:
        # All rows are of an earlier release, which had no thresholds.
        return
    users = con.execute(_USERS, {"invoice_id": invoice_id}).fetchall()
    if users:
        names = ", ".join(name for _, name in users[:SHOWN])
        more = f" and {len(users) - SHOWN} more" if len(users) > SHOWN else ""
        raise LedgerError(
            f"{invoice_id} bought balance that final invoices have used: {names}{more}. Its void "
            "takes that balance away (S-58), so void these first, then this one; the next run "
            "makes their replacements without it."
        )
