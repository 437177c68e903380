"""Finalization: what is due becomes final, once, in one commit (S-43 to S-47)."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow

from dagster_pipeline.ledger.chain import chain, content_sql, document_sql
from dagster_pipeline.ledger.checks import check_due, check_run
from dagster_pipeline.ledger.errors import LedgerError, LedgerMoved
from dagster_pipeline.ledger.schema import (
    DUE_INVOICE,
    LEDGER_ROW,
    fields_of,
    missing_fields,
    sql_type,
)
from dagster_pipeline.ledger.sql import one_row, one_value
from dagster_pipeline.ledger.store import Ledger, LedgerCommit


@dataclass(frozen=True)
class Finalization:
    """What one finalization did. Totals are exact, per currency, of the new invoices."""

    ledger_version: int
    invoices: int = 0
    first_number: str | None = None
    last_number: str | None = None
    totals: dict[str, Decimal] = field(default_factory=dict)


def finalize(con: duckdb.DuckDBPyConnection, home: Path, as_of: datetime) -> Finalization:
    """Append every invoice of `invoices.due_invoices` to the ledger, in one commit.

    Order: issue date, contract, invoice id (S-45). With nothing due there is no commit. Raises
    LedgerMoved if the ledger is not the one that the inputs were read from, and LedgerError if what
    is due breaks a rule; in both cases nothing is written. The caller then calls `sync_ledger`.
    """
    ledger = Ledger(home)
    expected = check_run(con, as_of)
    head = ledger.head()
    # A table that was only created (version 0) holds no more than none at all (version -1).
    if max(head.version, 0) != max(expected, 0):
        raise LedgerMoved(
            f"The ledger is at version {head.version}, but this run read it at version {expected}: "
            "another finalization came first. Nothing was written; start the run again."
        )
    try:
        _take_due(con)
        if one_value(con, "select count(*) from due") == 0:
            return Finalization(ledger_version=head.version)
        check_due(con, head.last_number)
        last = _chain_due(con, head, as_of)
        names = ", ".join(f'"{name}"' for name in LEDGER_ROW)
        commit = ledger.append(
            con, f"select {names} from final_rows order by sequence", head, as_of, **last
        )
        return _summary(con, commit)
    finally:
        _drop_temporary(con)


def due_documents(
    con: duckdb.DuckDBPyConnection, last_sequence: int, as_of: datetime
) -> dict[str, str]:
    """Invoice id → the document (see chain.py) that finalization would append for it.

    `last_sequence` is that of the ledger's last row before them. Nothing is checked or written.
    """
    try:
        _take_due(con)
        _place_due(con, last_sequence, as_of)
        rows = con.execute(f"select invoice_id, {document_sql('placed')} from placed").fetchall()
        return dict(rows)
    finally:
        _drop_temporary(con)


def _drop_temporary(con: duckdb.DuckDBPyConnection) -> None:
    for view in ("final_rows", "placed", "due"):
        con.execute(f"drop view if exists temp.{view}")
    for table in ("due_lines", "places", "links"):
        con.execute(f"drop table if exists temp.{table}")


def _take_due(con: duckdb.DuckDBPyConnection) -> None:
    """Temporary view `due` (declared types, lists never null, line_count), table `due_lines`."""
    missing = missing_fields(DUE_INVOICE, fields_of(con.table("invoices.due_invoices")))
    if missing:
        raise LedgerError(
            "invoices.due_invoices lacks " + ", ".join(missing) + "; the columns that the ledger "
            "needs are declared in dagster_pipeline/ledger/schema.py (DUE_INVOICE)."
        )
    columns = ", ".join(
        f'coalesce(cast("{name}" as {sql_type(spec)}), []) as "{name}"'
        if isinstance(spec, list)
        else f'cast("{name}" as {spec}) as "{name}"'
        for name, spec in DUE_INVOICE.items()
    )
    # A view: every check then reads only the columns it needs.
    con.execute(
        f"create or replace temp view due as select {columns}, coalesce(len(lines), 0) "
        "as line_count from invoices.due_invoices"
    )
    con.execute(
        "create or replace temp table due_lines as select invoice_id, line.line_number, "
        "line.line_type, line.pricing_unit, line.quantity, line.amount, line.breakdowns "
        "from (select invoice_id, unnest(lines) as line from due)"
    )


def _place_due(con: duckdb.DuckDBPyConnection, last_sequence: int, as_of: datetime) -> None:
    """View `placed`: the rows of `due` in the ledger's order, without the chain."""
    con.execute(
        f"create or replace temp table places as select invoice_id, {last_sequence} "
        "+ row_number() over (order by issue_on, contract_id, invoice_id) as sequence from due"
    )
    con.execute(
        "create or replace temp view placed as "
        "select places.sequence, 'finalized' as event, null::varchar as reason, due.*, "
        f"timestamptz '{as_of.isoformat()}' as finalized_at "
        "from due inner join places using (invoice_id)"
    )


def _chain_due(con: duckdb.DuckDBPyConnection, head: LedgerCommit, as_of: datetime) -> dict:
    """Tables and view of which `final_rows` has the rows; where the chain and the numbers end."""
    _place_due(con, head.last_sequence, as_of)
    contents = con.execute(
        f"select invoice_id, sequence, {content_sql('placed')} from placed order by sequence"
    ).fetchall()
    digests = chain(head.digest, (content for _, _, content in contents))
    links = pyarrow.table(
        {
            "invoice_id": [invoice_id for invoice_id, _, _ in contents],
            "previous_digest": [head.digest, *digests[:-1]],
            "digest": digests,
        }
    )
    con.register("new_links", links)
    try:
        con.execute("create or replace temp table links as from new_links")
    finally:
        con.unregister("new_links")
    con.execute(
        "create or replace temp view final_rows as "
        "select placed.*, links.previous_digest, links.digest "
        "from placed inner join links using (invoice_id)"
    )
    numbered = one_value(con, "select count(invoice_number) from due")
    return {
        "rows": len(contents),
        "last_sequence": head.last_sequence + len(contents),
        "last_number": head.last_number + numbered,
        "digest": digests[-1],
    }


def _summary(con: duckdb.DuckDBPyConnection, commit: LedgerCommit) -> Finalization:
    first, last = one_row(
        con,
        "select arg_min(invoice_number, sequence), arg_max(invoice_number, sequence) "
        "from due inner join places using (invoice_id) where invoice_number is not null",
    )
    totals = con.execute(
        "select currency, cast(sum(total) as decimal(38,4)) from due group by all order by all"
    ).fetchall()
    return Finalization(commit.version, commit.rows, first, last, dict(totals))
