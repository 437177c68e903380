"""The log of payments as a run reads it: `inputs.payments`, and up to which version (S-72)."""

from pathlib import Path

import duckdb

from meterhouse.payments.log import PAYMENTS, payments_table
from raw_events.common.errors import LogDamaged
from raw_events.common.sql import literal
from raw_events.log.append_only import TableEntry

# As the log has them, with the entry that appended them.
COLUMNS = (
    "payments_version BIGINT, provider VARCHAR, event_id VARCHAR, event_type VARCHAR, "
    "status VARCHAR, invoice_id VARCHAR, provider_invoice_id VARCHAR, amount DECIMAL(20,4), "
    "currency VARCHAR, occurred_at TIMESTAMPTZ, received_at TIMESTAMPTZ, recorded_by VARCHAR, "
    "detail VARCHAR"
)
ENTRY_COLUMNS = "payments_version BIGINT, path VARCHAR"


def read_version(con: duckdb.DuckDBPyConnection) -> int:
    """Up to which version of the log the warehouse has its rows; -1 for none."""
    tables = con.execute(
        "select count(*) from duckdb_tables() "
        "where schema_name = 'inputs' and table_name = 'payment_entries'"
    ).fetchall()
    if tables == [(0,)]:
        return -1
    [(version,)] = con.execute(
        "select coalesce(max(payments_version), -1) from inputs.payment_entries"
    ).fetchall()
    return int(version)


def sync_payments(
    con: duckdb.DuckDBPyConnection, home: Path, up_to: int | None = None
) -> list[str]:
    """Append to `inputs.payments` what the log has beyond it; what is damaged, in sentences.

    `up_to`: the log as it was at that version. What is sound before a damaged entry is read; the
    others wait until it is restored.
    """
    table = payments_table(home)
    version = table.version() if up_to is None else up_to
    known = con.execute("from inputs.payment_entries order by payments_version").fetchall()
    entries: list[TableEntry] = []
    try:
        if known:
            last = TableEntry(*known[-1])
            if last not in table.entries(last.version - 1, min(last.version, version)):
                raise LogDamaged(
                    f"The log of payments in {table.root} (version {version}) is older than the "
                    f"warehouse, which has read it up to version {last.version}, or another one. "
                    "Restore that folder from the newest backup that has it."
                )
        for entry in table.entries(known[-1][0] if known else -1, version):
            _insert(con, table.whole_file(entry.path), entry)
            entries.append(entry)
    except LogDamaged as error:
        return [str(error)]
    finally:
        for entry in entries:
            con.execute(
                "insert into inputs.payment_entries values (?, ?)", [entry.version, entry.path]
            )
    return []


def _insert(con: duckdb.DuckDBPyConnection, file: Path, entry: TableEntry) -> None:
    columns = ", ".join(PAYMENTS.names)
    con.execute(
        f"insert into inputs.payments by name select {entry.version} as payments_version, "
        f"{columns} from read_parquet({literal(file)})"
    )
