"""Publications of marts of invoices in parts, and what of them was written."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from meterhouse.common.mart_files import files_in
from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.sync import sync_ledger
from meterhouse.warehouse.publish import publish_marts
from tests.unit.meterhouse.ledger.ledger_cases import hand_over, prepare

OF_INVOICES = ("invoices", "invoice_lines")
APRIL = datetime(2025, 4, 2, tzinfo=UTC)


def publish(con: duckdb.DuckDBPyConnection, home: Path) -> list[str]:
    """Publish what the warehouse has; the parts and files of marts that were written."""
    before = inodes(home)
    publish_marts(con, home)
    for mart in OF_INVOICES:
        check_same_rows(con, home, mart)
    return [name for name, inode in inodes(home).items() if before.get(name) != inode]


def check_same_rows(con: duckdb.DuckDBPyConnection, home: Path, mart: str) -> None:
    """The single file, and the parts together, are the mart."""
    folder = (home / "marts").resolve()
    for files in (f"{folder}/{mart}.parquet", f"{folder}/parts/{mart}/*.parquet"):
        [(missing, added)] = con.execute(
            f"select (select count(*) from (from marts.{mart} except all from '{files}')), "
            f"(select count(*) from (from '{files}' except all from marts.{mart}))"
        ).fetchall()
        assert (missing, added) == (0, 0), files


def inodes(home: Path) -> dict[str, int]:
    """The published files of marts of invoices, each with what tells the file."""
    return {
        name: path.stat().st_ino
        for name, path in files_in((home / "marts").resolve()).items()
        if any(mart in name for mart in OF_INVOICES)
    }


def contents(home: Path) -> dict[str, bytes]:
    """The bytes of all published marts."""
    found = files_in((home / "marts").resolve())
    return {name: path.read_bytes() for name, path in found.items() if name.endswith(".parquet")}


def finalize_february(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """The drafts of February become final, those of March are the drafts now; not published."""
    prepare(con, home, APRIL)
    hand_over(con, 2, first=3, month="2025-02-01")
    finalize(con, home, APRIL)
    sync_ledger(con, home)
    hand_over(con, 2, month="2025-03-01")
    con.execute(
        "create or replace table draft_invoices as "
        "select *, false as is_due, 2 as line_count from given.due_invoices"
    )
    con.execute(
        "create or replace table marts.invoice_lines as "
        "select invoice_id, 1 as line_number, status, invoice_number from marts.invoices"
    )
