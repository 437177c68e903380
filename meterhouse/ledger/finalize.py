"""Finalization: what is due becomes final, once, in one entry (S-43 to S-47)."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
from pyarrow.parquet import ParquetWriter

from meterhouse.ledger.chain import chain
from meterhouse.ledger.checks import check_due, check_run
from meterhouse.ledger.columns import Fields, empty_select
from meterhouse.ledger.documents import contents, documents, due_parts
from meterhouse.ledger.due import drop_due, take_due
from meterhouse.ledger.errors import LedgerError, LedgerMoved
from meterhouse.ledger.passed_build import NOT_PASSED, build_passed
from meterhouse.ledger.schema import LEDGER_ROW
from meterhouse.ledger.sql import one_row, one_value
from meterhouse.ledger.store import Ledger, LedgerEntry
from meterhouse.payments.warehouse_rows import read_version


@dataclass(frozen=True)
class Finalization:
    """What one finalization did. Totals are exact, per currency, of the new invoices."""

    ledger_version: int
    invoices: int = 0
    first_number: str | None = None
    last_number: str | None = None
    totals: dict[str, Decimal] = field(default_factory=dict)


def finalize(
    con: duckdb.DuckDBPyConnection, home: Path, as_of: datetime, held: Sequence[str] = ()
) -> Finalization:
    """Append every invoice of `invoices.due_invoices` to the ledger, in one entry.

    Order: issue date, contract, invoice id (S-45). `held`: contracts left out of this run (S-52),
    recorded so that a rebuild leaves them out too. With nothing due there is no entry. Raises
    LedgerMoved if the ledger is not the one that the inputs were read from, and LedgerError if the
    build of these inputs did not pass (S-48) or what is due breaks a rule; in all cases nothing is
    written. The caller then calls `sync_ledger`.
    """
    ledger = Ledger(home)
    expected = check_run(con, as_of)
    if not build_passed(con):
        raise LedgerError(f"Nothing became final: {NOT_PASSED}")
    head = ledger.head()
    # A table that was only created (version 0) holds no more than none at all (version -1).
    if max(head.version, 0) != max(expected, 0):
        raise LedgerMoved(
            f"The ledger is at version {head.version}, but this run read it at version {expected}: "
            "another finalization came first. Nothing was written; start the run again."
        )
    if one_value(con, "select count(*) from invoices.due_invoices") == 0:
        return Finalization(ledger_version=head.version)
    try:
        take_due(con, head.last_sequence)
        check_due(con, head.last_number)
        entry = ledger.append(con, partial(_write_rows, con, head, as_of, held), head, as_of)
        return _summary(con, entry)
    finally:
        drop_due(con)


def due_documents(
    con: duckdb.DuckDBPyConnection,
    last_sequence: int,
    as_of: datetime,
    fields: Fields = LEDGER_ROW,
) -> dict[str, str]:
    """Invoice id → the document (see chain.py) that finalization would append for it.

    `last_sequence` is that of the ledger's last row before them; `fields` are the columns that the
    documents have. Nothing is checked or written.
    """
    try:
        take_due(con, last_sequence)
        found: dict[str, str] = {}
        for part in due_parts(con, as_of):
            found |= documents(con, part, fields)
        return found
    finally:
        drop_due(con)


def _write_rows(
    con: duckdb.DuckDBPyConnection,
    head: LedgerEntry,
    as_of: datetime,
    held: Sequence[str],
    path: Path,
) -> dict[str, Any]:
    """Write what is due to a Parquet file, chained to `head`; where chain and numbers end then."""
    rows, last_digest = 0, head.digest
    schema = con.sql(empty_select(LEDGER_ROW)).to_arrow_table().schema

    def write(part: pyarrow.Table) -> None:
        writer.write_table(part.select(LEDGER_ROW).cast(schema), part.num_rows)

    # Statistics are of no use to a reader of whole files, and take time. A part is compressed, on
    # one core, while the next one is put together.
    with (
        ParquetWriter(path, schema, compression="zstd", write_statistics=False) as writer,
        ThreadPoolExecutor(1) as pool,
    ):
        written: Future[None] | None = None
        for part in due_parts(con, as_of):
            digests = chain(last_digest, contents(con, part))
            links = {"previous_digest": [last_digest, *digests[:-1]], "digest": digests}
            for name, values in links.items():
                part = part.append_column(name, pyarrow.array(values, pyarrow.string()))
            if written is not None:
                written.result()
            written = pool.submit(write, part)
            rows, last_digest = rows + part.num_rows, digests[-1]
        if written is not None:
            written.result()
    numbered = one_value(con, "select count(invoice_number) from due")
    payments_version = read_version(con)
    return {
        "rows": rows,
        "last_sequence": head.last_sequence + rows,
        "last_number": head.last_number + numbered,
        "digest": last_digest,
        **({"held": list(held)} if held else {}),
        # Of balances that a payment opened (S-73); a log without payments leaves no trace.
        **({"payments_version": payments_version} if payments_version >= 0 else {}),
    }


def _summary(con: duckdb.DuckDBPyConnection, entry: LedgerEntry) -> Finalization:
    first, last = one_row(
        con,
        "select arg_min(invoice_number, sequence), arg_max(invoice_number, sequence) "
        "from due where invoice_number is not null",
    )
    totals = con.execute(
        "select currency, cast(sum(total) as decimal(38,4)) from due group by all order by all"
    ).fetchall()
    return Finalization(entry.version, entry.rows, first, last, dict(totals))
