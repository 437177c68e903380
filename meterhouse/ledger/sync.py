"""The ledger's tables in the warehouse: what dbt reads of final invoices."""

from pathlib import Path

import duckdb

from meterhouse.ledger.columns import casts, column_definitions
from meterhouse.ledger.credit_notes import insert_voids
from meterhouse.ledger.errors import LedgerDamaged
from meterhouse.ledger.schema import (
    APPLICATION,
    AUTOMATIC,
    BREAKDOWN,
    COUNTED,
    LINE,
    SLICE,
    UNRATED,
)
from meterhouse.ledger.sql import one_value
from meterhouse.ledger.store import Ledger, LedgerEntry
from meterhouse.ledger.stored import create_notes, has_notes, note_appended
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from raw_events.common.files import file_sha256
from raw_events.common.sql import literals


def sync_ledger(con: duckdb.DuckDBPyConnection, home: Path, up_to: int | None = None) -> int:
    """Append what the ledger has beyond the warehouse's `ledger` tables; the ledger's version.

    A new warehouse gets all of it; with `up_to` it gets the ledger as it was at that version. One
    transaction: the tables are of one ledger version, always.
    Raises LedgerDamaged if the warehouse knows entries that the ledger does not have.
    """
    ledger = Ledger(home)
    con.begin()
    try:
        _create_tables(con)
        version = _sync(con, ledger, ledger.version() if up_to is None else up_to)
        con.commit()
    except BaseException:
        con.rollback()
        raise
    return version


def synced_version(con: duckdb.DuckDBPyConnection) -> int:
    """The ledger version of the warehouse's tables; -1 before the first sync."""
    query = "select coalesce(max(ledger_version), -1) from ledger.entries"
    version: int = one_value(con, query)
    return version


def _create_tables(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'ledger'"
    ).fetchall()
    wanted = {(table, name) for table, fields in WAREHOUSE_TABLES.items() for name in fields}
    if rows and (wanted - set(rows) or not has_notes(con)):
        # Written by an earlier release, or noted by another engine: read the whole ledger again.
        con.execute("drop schema ledger cascade")
        rows = []
    con.execute("create schema if not exists ledger")
    for table, fields in WAREHOUSE_TABLES.items():
        con.execute(f"create table if not exists ledger.{table} ({column_definitions(fields)})")
    if not rows:
        create_notes(con)


def _sync(con: duckdb.DuckDBPyConnection, ledger: Ledger, version: int) -> int:
    known = synced_version(con)
    if known >= 0:
        digest = one_value(
            con, "select digest from ledger.entries where ledger_version = ?", [known]
        )
        if known > version or ledger.entry(known).digest != digest:
            raise LedgerDamaged(
                f"The ledger in {ledger.root} (version {version}) is older than the warehouse, or "
                f"another one: the warehouse has final invoices up to ledger version {known}. "
                "Restore that folder from the newest backup that has them, then run again; nothing "
                "was billed. Without it numbers that were given would be given again (S-45)."
            )
    sequence = one_value(con, "select coalesce(max(last_sequence), 0) from ledger.entries")
    entries = ledger.entries(known, version)
    for entry in entries:
        con.execute(
            "insert into ledger.entries values (?, ?, ?, ?, ?, ?, ?)",
            [
                entry.version,
                entry.as_of,
                entry.rows,
                entry.last_sequence,
                entry.last_number,
                entry.digest,
                entry.payments_version,
            ],
        )
    files = _whole_files(ledger, entries)
    if files:
        _insert_rows(con, files)
    if entries:
        note_appended(con, sequence, known)
    return version


def read_invoices(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Tables `ledger.invoices` and `ledger.voids` of the whole ledger, without any line.

    For what is said of invoices between two runs (S-55); `con` has no ledger yet. Raises
    LedgerDamaged as `sync_ledger` does.
    """
    ledger = Ledger(home)
    _create_tables(con)
    files = _whole_files(ledger, ledger.entries(0, ledger.version()))
    if files:
        _insert_invoices(con, _rows_of(files))


def _whole_files(ledger: Ledger, entries: list[LedgerEntry]) -> list[Path]:
    """The files of these entries; LedgerDamaged if one is not what was committed."""
    for entry in entries:
        # A Parquet file with a flipped bit is read without an error, wrongly.
        path = ledger.root / (entry.path or "")
        if entry.path and (not path.is_file() or file_sha256(path) != entry.sha256):
            raise LedgerDamaged(
                f"{path} is missing or not what was committed. Restore it from a backup; "
                "meterhouse verify reads the whole ledger."
            )
    return [ledger.root / entry.path for entry in entries if entry.path]


def _rows_of(files: list[Path]) -> str:
    # In their order. Files of earlier releases lack some columns.
    return f"read_parquet([{literals(files)}], union_by_name = true)"


def _insert_invoices(con: duckdb.DuckDBPyConnection, new_rows: str) -> None:
    renamed = {"status": "event as status", "voided_sequence": "null as voided_sequence"}
    columns = ", ".join(renamed.get(name, name) for name in WAREHOUSE_TABLES["invoices"])
    con.execute(
        f"insert into ledger.invoices by name select {columns} from {new_rows} "
        "where event = 'finalized'"
    )
    insert_voids(con, new_rows)
    con.execute(
        "update ledger.invoices set status = 'void', voided_sequence = voids.sequence "
        "from ledger.voids as voids "
        "where invoices.invoice_id = voids.invoice_id and invoices.status <> 'void'"
    )


def _insert_rows(con: duckdb.DuckDBPyConnection, files: list[Path]) -> None:
    # Each table straight from the files: a list of structs is slow to copy.
    new_rows = _rows_of(files)
    present = con.sql(f"from {new_rows} limit 0").columns
    new_lines = f"(select invoice_id, unnest(lines) as line from {new_rows})"
    _insert_invoices(con, new_rows)
    con.execute(
        f"insert into ledger.invoice_lines by name select invoice_id, {casts(LINE, 'line')} "
        f"from {new_lines}"
    )
    con.execute(
        "insert into ledger.invoice_line_breakdowns by name "
        f"select invoice_id, line_number, {casts(BREAKDOWN, 'breakdown')} from ("
        "    select invoice_id, line.line_number as line_number,"
        f"        unnest(line.breakdowns) as breakdown from {new_lines}"
        ")"
    )
    for table, column, fields in (
        ("unrated_usage", "unrated", UNRATED),
        ("usage_slices", "slices", SLICE),
        ("commit_applications", "applications", APPLICATION),
        ("counted_slices", "counted", COUNTED),
        ("automatic_commits", "automatic_commits", AUTOMATIC),
    ):
        if column not in present:
            continue
        con.execute(
            f"insert into ledger.{table} by name select invoice_id, {casts(fields, 'item')} from ("
            f"    select invoice_id, unnest({column}) as item from {new_rows}"
            ")"
        )
