"""What a run reads of the logs of payments and deliveries (S-72).

`inputs.payments` and `inputs.deliveries` are their rows; each is read entry by entry, once.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from meterhouse.payments.log import PAYMENTS, payments_table
from raw_events.common.errors import LogDamaged
from raw_events.common.sql import literal
from raw_events.log.append_only import AppendOnlyTable, TableEntry
from raw_events.log.sql_types import column_list

# As the log has them, with the entry that appended them.
COLUMNS = f"payments_version BIGINT, {column_list(PAYMENTS)}"
ENTRY_COLUMNS = "payments_version BIGINT, path VARCHAR"
# Of the log of deliveries what is about billing providers, without the texts that were sent.
DELIVERY_COLUMNS = (
    "deliveries_version BIGINT, record VARCHAR, message_id VARCHAR, message_type VARCHAR, "
    "subject VARCHAR, target VARCHAR, outcome VARCHAR, detail VARCHAR, recorded_at TIMESTAMPTZ"
)
DELIVERY_ENTRY_COLUMNS = "deliveries_version BIGINT, path VARCHAR"
# What a provider says that it has. `record` is invoice (new, or another than at the listing before)
# or listing (it came to its end); `key` is our message's id, `status` the provider's word, or gone.
LISTINGS = pa.schema(
    [
        pa.field("record", pa.string(), nullable=False),
        pa.field("provider", pa.string(), nullable=False),
        pa.field("provider_invoice_id", pa.string()),
        pa.field("key", pa.string()),
        pa.field("invoice_id", pa.string()),
        pa.field("status", pa.string()),
        pa.field("total", pa.decimal128(20, 4)),
        pa.field("currency", pa.string()),
        pa.field("listed_at", pa.timestamp("us", "UTC"), nullable=False),
    ]
)
LISTING_COLUMNS = f"listings_version BIGINT, {column_list(LISTINGS)}"
LISTING_ENTRY_COLUMNS = "listings_version BIGINT, path VARCHAR"


@dataclass(frozen=True)
class _Kept:
    """A log and its tables in the warehouse: rows, and the entries that they are of."""

    log: str
    rows: str
    entries: str
    version: str
    columns: tuple[str, ...]
    where: str = "true"


_PAYMENTS = _Kept(
    "payments", "inputs.payments", "payment_entries", "payments_version", tuple(PAYMENTS.names)
)
_DELIVERIES = _Kept(
    "deliveries",
    "inputs.deliveries",
    "delivery_entries",
    "deliveries_version",
    ("record", "message_id", "message_type", "subject", "target", "outcome", "detail",
     "recorded_at"),
    "starts_with(message_type, 'provider.') or starts_with(target, 'provider:')",
)  # fmt: skip


_LISTINGS = _Kept(
    "provider_listings",
    "inputs.provider_listings",
    "listing_entries",
    "listings_version",
    tuple(LISTINGS.names),
)


def read_version(con: duckdb.DuckDBPyConnection) -> int:
    """Up to which version of the log of payments the warehouse has its rows; -1 for none."""
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
    return _sync(con, payments_table(home), _PAYMENTS, up_to)


def deliveries_table(home: Path) -> AppendOnlyTable:
    """The log of deliveries, to read: what is appended there it knows itself (delivery/log.py)."""
    return AppendOnlyTable(home, _DELIVERIES.log, PAYMENTS, "")


def sync_deliveries(con: duckdb.DuckDBPyConnection, home: Path) -> list[str]:
    """The same for `inputs.deliveries`, of which nothing is billed."""
    return _sync(con, deliveries_table(home), _DELIVERIES, None)


def sync_listings(con: duckdb.DuckDBPyConnection, home: Path) -> list[str]:
    """The same for `inputs.provider_listings`, of which nothing is billed either."""
    return _sync(con, AppendOnlyTable(home, _LISTINGS.log, LISTINGS, ""), _LISTINGS, None)


def _sync(
    con: duckdb.DuckDBPyConnection, table: AppendOnlyTable, kept: _Kept, up_to: int | None
) -> list[str]:
    version = table.version() if up_to is None else up_to
    known = con.execute(f"from inputs.{kept.entries} order by {kept.version}").fetchall()
    entries: list[TableEntry] = []
    try:
        if known:
            last = TableEntry(*known[-1])
            if last not in table.entries(last.version - 1, min(last.version, version)):
                raise LogDamaged(
                    f"The log of {kept.log} in {table.root} (version {version}) is older than the "
                    f"warehouse, which has read it up to version {last.version}, or another one. "
                    "Restore that folder from the newest backup that has it."
                )
        for entry in table.entries(known[-1][0] if known else -1, version):
            _insert(con, kept, table.whole_file(entry.path), entry)
            entries.append(entry)
    except LogDamaged as error:
        return [str(error)]
    finally:
        for entry in entries:
            con.execute(
                f"insert into inputs.{kept.entries} values (?, ?)", [entry.version, entry.path]
            )
    return []


def _insert(con: duckdb.DuckDBPyConnection, kept: _Kept, file: Path, entry: TableEntry) -> None:
    # A file of an earlier release may be without a column: it is null then.
    there = set(pq.read_schema(file).names)
    columns = ", ".join(name for name in kept.columns if name in there)
    con.execute(
        f"insert into {kept.rows} by name select {entry.version} as {kept.version}, "
        f"{columns} from read_parquet({literal(file)}) where {kept.where}"
    )
