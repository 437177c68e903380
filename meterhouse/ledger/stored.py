"""Are the ledger's tables in the warehouse still those that were read from the ledger? (S-48)

Who edits or deletes rows of them changes what the next run takes for final, and only `verify` would
name it afterwards. So each append is noted as a sum, which is compared before a run reads the
tables; what differs is read again from the ledger. Sums add up, so an append costs its own rows and
never takes what somebody wrote in between for what was read.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from meterhouse.common import table_sums
from meterhouse.common.progress import reporter
from meterhouse.common.table_sums import (
    NOTE_COLUMNS,
    TableSum,
    note_sum,
    noted_sums,
    shapes,
    table_sum,
)
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES

NAME = "stored_sums"
NOTES = f"ledger.{NAME}"
# A void changes these of an invoice's row; they follow from ledger.voids.
_STATUS = ("status", "voided_sequence")
_OTHER_STATUS = """
    select count(*) > 0
    from ledger.invoices as invoices
    left join ledger.voids as voids using (invoice_id)
    where invoices.status is distinct from
        case when voids.invoice_id is null then 'finalized' else 'void' end
        or invoices.voided_sequence is distinct from voids.sequence
"""
_OF_INVOICE = "invoice_id in (select invoice_id from ledger.invoices where sequence > {sequence})"
_APPENDED = {
    "invoices": "sequence > {sequence}",
    "voids": "sequence > {sequence}",
    "entries": "ledger_version > {version}",
}


def create_notes(con: duckdb.DuckDBPyConnection) -> None:
    """The notes of tables that were just created, and are empty."""
    con.execute(f"create table {NOTES} ({NOTE_COLUMNS})")
    found = shapes(con, "ledger")
    for table in WAREHOUSE_TABLES:
        note_sum(con, NOTES, table, _sum(con, table, found))


def has_notes(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether this release and this version of the engine noted all tables.

    An earlier release noted none, and the sums of another engine cannot be added to.
    """
    return (
        table_sums.has_notes(con, NOTES)
        and noted_sums(con, NOTES).keys() == WAREHOUSE_TABLES.keys()
    )


def note_appended(con: duckdb.DuckDBPyConnection, sequence: int, version: int) -> None:
    """Add to the notes what came after that sequence and ledger version."""
    noted, found = noted_sums(con, NOTES), shapes(con, "ledger")
    for table in WAREHOUSE_TABLES:
        condition = _APPENDED.get(table, _OF_INVOICE).format(sequence=sequence, version=version)
        note_sum(con, NOTES, table, noted[table] + _sum(con, table, found, condition))


def renew_altered_ledger(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Forget the ledger's tables if they are not as noted; `sync_ledger` then reads all again.

    Reads every row of them once. A run says so, in one line.
    """
    altered = _altered_tables(con) if has_notes(con) else []
    if not altered:
        return
    reporter().say(
        f"Tables of final invoices in the warehouse ({', '.join(altered)}) are not as they were "
        "read from the ledger: something else wrote into warehouse.duckdb. They are read again "
        f"from {Path(home) / 'invoices'}."
    )
    con.execute("drop schema ledger cascade")


def _altered_tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    noted, found = noted_sums(con, NOTES), shapes(con, "ledger")
    altered = []
    for table in WAREHOUSE_TABLES:
        try:
            is_as_noted = _sum(con, table, found) == noted[table]
            if table == "invoices" and is_as_noted:
                is_as_noted = con.execute(_OTHER_STATUS).fetchall() == [(False,)]
        except duckdb.Error:
            # The table or a column of it is gone.
            is_as_noted = False
        if not is_as_noted:
            altered.append(f"ledger.{table}")
    return altered


def _sum(
    con: duckdb.DuckDBPyConnection, table: str, found: Mapping[str, str], condition: str = "true"
) -> TableSum:
    without, name = _STATUS if table == "invoices" else (), f"ledger.{table}"
    return table_sum(con, name, found.get(name, ""), condition, without)
