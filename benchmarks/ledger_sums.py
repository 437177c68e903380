"""What it costs to see that the ledger's tables in the warehouse are as they were read (S-48).

`python -m benchmarks.ledger_sums [invoices]` makes a warehouse of so many final invoices (100,000)
with ten lines, ten slices and two breakdowns each, and prints seconds: of noting all of it once,
and of the comparison that each run makes.
"""

import sys
import tempfile
import time
from pathlib import Path

import duckdb

from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.stored import create_notes, note_appended, renew_altered_ledger
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.warehouse.database import open_warehouse

LINES = 10
# Rows per invoice.
ROWS = {"invoices": 1, "invoice_lines": LINES, "usage_slices": LINES, "invoice_line_breakdowns": 2}
# A cell by the type that its column begins with; `i` is the row's number.
CELLS = {
    "VARCHAR": "'{name}-' || (i % 1000)",
    "DECIMAL": "(i % 100000 + 0.01)::{type}",
    "BIGINT": "(i % 1000)::bigint",
    "INTEGER": "(i % {lines} + 1)::integer",
    "DATE": "date '2026-01-01' + (i % 365)::integer",
    "TIMESTAMPTZ": "timestamptz '2026-01-01 00:00:00Z' + to_hours(i % 1000)",
}


def fill(con: duckdb.DuckDBPyConnection, invoices: int) -> None:
    """Write the tables of a ledger of so many invoices."""
    con.execute("create schema ledger")
    for table, fields in WAREHOUSE_TABLES.items():
        con.execute(f"create table ledger.{table} ({column_definitions(fields)})")
        if table not in ROWS:
            continue
        cells = {
            name: next(
                cell.format(name=name, type=type_, lines=LINES)
                for kind, cell in CELLS.items()
                if str(type_).startswith(kind)
            )
            for name, type_ in fields.items()
        }
        cells["invoice_id"] = f"'acme-' || (i // {ROWS[table]}) || '.usage.2026-01-01'"
        if table == "invoices":
            cells |= {"sequence": "i + 1", "status": "'finalized'", "voided_sequence": "null"}
            cells |= {name: f"sha256('{name}' || i)" for name in ("digest", "previous_digest")}
        con.execute(
            f"insert into ledger.{table} by name select"
            f" {', '.join(f'{cell} as {name}' for name, cell in cells.items())}"
            f" from range({invoices * ROWS[table]}) as numbers (i)"
        )
    create_notes(con)


def main(invoices: int) -> None:
    """Print the seconds of one note and of three comparisons."""
    with tempfile.TemporaryDirectory(prefix="meterhouse-bench-") as home:
        with open_warehouse(Path(home)) as con:
            fill(con, invoices)
            begin = time.perf_counter()
            note_appended(con, 0, -1)
            print(f"noted     {time.perf_counter() - begin:.2f} s")
        for _ in range(3):
            with open_warehouse(Path(home)) as con:
                begin, used = time.perf_counter(), time.process_time()
                renew_altered_ledger(con, Path(home))
                seconds, used = time.perf_counter() - begin, time.process_time() - used
                print(f"compared  {seconds:.2f} s, {used:.2f} s of processor time")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
