"""Voiding a final invoice (S-50): one more row at the end of the ledger, nothing changed before it.

The lines, coverage and quantities of a void invoice count as never billed, and the next run makes
its replacement. The row is part of the chain like any other, and it is the credit note, too: it
says who took the invoice back, when, why and under which number (S-55).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.instants import instant_text
from meterhouse.common.mart_files import mart_sql
from meterhouse.ledger.automatic import bought_by_thresholds, check_unused
from meterhouse.ledger.chain import chain, content_sql
from meterhouse.ledger.columns import sql_type
from meterhouse.ledger.credit_notes import next_credit_note
from meterhouse.ledger.errors import AlreadyVoid, LedgerError
from meterhouse.ledger.numbers import as_invoice_number
from meterhouse.ledger.schema import LEDGER_ROW
from meterhouse.ledger.sql import one_value
from meterhouse.ledger.store import Ledger, LedgerEntry
from raw_events.common.sql import literal, literals

REASON_CHARACTERS = 1000


@dataclass(frozen=True)
class FinalInvoice:
    """A final invoice that may be voided; `total` is what it says, in `currency`."""

    invoice_id: str
    invoice_number: str | None
    invoice_type: str
    customer_name: str
    currency: str
    total: Decimal

    def __str__(self) -> str:
        number = self.invoice_number or "without a number"
        return f"{self.invoice_id} ({number}) over {self.total:,} {self.currency}"


@dataclass(frozen=True)
class Voided(FinalInvoice):
    """The invoice that is void now. One without a number has no credit note.

    `bought`: commits that thresholds bought on it, which are gone with it (S-58).
    """

    credit_note_number: str | None
    ledger_version: int
    bought: tuple[str, ...] = ()


def final_invoice(home: Path, asked: str) -> FinalInvoice:
    """The final invoice with that id or number.

    Raises AlreadyVoid if it is void, LedgerError if there is none, or if final invoices are paid by
    a commit that a threshold bought on it (S-58).
    """
    with _open() as con:
        ledger = Ledger(home)
        _read_rows(con, ledger, ledger.head())
        found = _find(con, home, asked.strip())
        check_unused(con, found["invoice_id"])
        return FinalInvoice(**found)


def void_invoice(home: Path, asked: str, reason: str, voided_by: str, as_of: datetime) -> Voided:
    """Append the row that voids the final invoice with that id or number, as of `as_of`.

    `voided_by`: the operating system's user. Raises LedgerError, and writes nothing, if there is no
    such final invoice, if it is void already, if final invoices are paid by a commit that a
    threshold bought on it (S-58), or without a reason. The caller holds the run lock
    and has checked the clock (S-4); it then calls `publish_voids`.
    """
    reason = checked_reason(reason)
    ledger = Ledger(home)
    head = ledger.head()
    with _open() as con:
        _read_rows(con, ledger, head)
        found = _find(con, home, asked.strip())
        check_unused(con, found["invoice_id"])
        number = next_credit_note(con, "ledger_rows") if found["invoice_number"] else None
        row = {"reason": reason, "as_of": as_of, "voided_by": voided_by, "credit_note": number}
        _write_voided(con, found["invoice_id"], row, head)
        (content,) = (
            row[0] for row in con.execute(f"select {content_sql('voided')} from voided").fetchall()
        )
        (digest,) = chain(head.digest, [content])
        con.execute("update voided set digest = ?", [digest])
        recorded = {
            "rows": 1,
            "last_sequence": head.last_sequence + 1,
            "last_number": head.last_number,
            "digest": digest,
        }

        def write(path: Path) -> dict[str, Any]:
            con.execute(f"copy voided to {literal(path)} (format parquet, compression zstd)")
            return recorded

        bought = bought_by_thresholds(con, found["invoice_id"])
        entry = ledger.append(con, write, head, as_of)
    return Voided(**found, credit_note_number=number, ledger_version=entry.version, bought=bought)


def checked_reason(reason: str) -> str:
    """The reason on one line; LedgerError without one, or if it is too long."""
    reason = " ".join(reason.split())
    if not reason:
        raise LedgerError("A void needs a reason; it stays in the ledger: --reason 'wrong price'")
    if len(reason) > REASON_CHARACTERS:
        raise LedgerError(f"The reason is longer than {REASON_CHARACTERS} characters; shorten it.")
    return reason


@contextmanager
def _open() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        yield con


def _read_rows(con: duckdb.DuckDBPyConnection, ledger: Ledger, head: LedgerEntry) -> None:
    entries = ledger.entries(0, head.version)
    files = literals(ledger.root / entry.path for entry in entries if entry.path)
    if not files:
        raise LedgerError("There is no final invoice yet, so none can be voided.")
    con.execute(
        f"create view ledger_rows as select * from read_parquet([{files}], union_by_name = true)"
    )


def _find(con: duckdb.DuckDBPyConnection, home: Path, asked: str) -> dict[str, Any]:
    rows = con.execute(
        "select event, reason, finalized_at, invoice_id, invoice_number, invoice_type, "
        "customer_name, currency, total from ledger_rows "
        "where invoice_id = $1 or invoice_number = $2 order by sequence",
        [asked, as_invoice_number(asked)],
    ).fetchall()
    if not rows:
        raise LedgerError(_not_final(home, asked))
    event, why, when, *invoice = rows[-1]
    names = (field.name for field in fields(FinalInvoice))
    if event == "voided":
        raise AlreadyVoid(
            f"{invoice[0]} is void already, since {instant_text(when)} ({why}). Its replacement, "
            "if it has one, is made by the next run; void that one if it is wrong as well."
        )
    _check_given_back(con, invoice[0])
    return dict(zip(names, invoice, strict=True))


def _check_given_back(con: duckdb.DuckDBPyConnection, invoice_id: str) -> None:
    """LedgerError if a later invoice gives back days that this one charged (S-35a).

    Void alone, it would take them back a second time.
    """
    found = con.execute(
        """
        with charges as (
            select sequence, unnest(lines, max_depth := 2)
            from ledger_rows where invoice_id = $1 and invoice_type = 'scheduled'
        ),

        given_back as (
            select invoice_id, coalesce(invoice_number, invoice_id) as name, sequence,
                unnest(lines, max_depth := 2)
            from ledger_rows where event = 'finalized' and invoice_type = 'scheduled'
        )

        select given_back.name, given_back.source_id
        from given_back
        inner join charges
            on given_back.source_id = charges.source_id
            and given_back.product_id = charges.product_id
            and given_back.sequence > charges.sequence
            and given_back.service_start >= charges.service_start
            and given_back.service_end <= charges.service_end
        where given_back.line_type = 'subscription' and given_back.quantity < 0
            and charges.line_type = 'subscription' and charges.quantity > 0
            and given_back.invoice_id not in (
                select invoice_id from ledger_rows where event = 'voided'
            )
        order by given_back.sequence limit 1
        """,
        [invoice_id],
    ).fetchone()
    if found:
        given, subscription = found
        raise LedgerError(
            f"{given} gives back unused days of subscription '{subscription}' that {invoice_id} "
            f"charged (S-35a). Void {given} first, then this one: meterhouse void {given}"
        )


def _not_final(home: Path, asked: str) -> str:
    invoices = mart_sql((Path(home) / "marts").resolve(), "invoices")
    if invoices:
        with duckdb.connect() as con:
            is_draft = one_value(
                con,
                f"select count(*) from {invoices} where invoice_id = ? and status = 'draft'",
                [asked],
            )
        if is_draft:
            return (
                f"{asked} is a draft, not a final invoice: there is nothing to void. Correct the "
                "events or the price book and run again: meterhouse run"
            )
    return (
        f"There is no final invoice '{asked}'. Give an id or a number as the mart invoices has "
        "them (status finalized); meterhouse invoice shows what comes near."
    )


def _write_voided(
    con: duckdb.DuckDBPyConnection, invoice_id: str, row: dict[str, Any], head: LedgerEntry
) -> None:
    """Table `voided`: the invoice's own columns, no lines, what `row` says; its digest open."""
    changed = {
        "sequence": str(head.last_sequence + 1),
        "event": "'voided'",
        "reason": "$reason",
        "finalized_at": "$as_of",
        "voided_by": "$voided_by",
        "credit_note_number": "$credit_note",
        "previous_digest": f"'{head.digest}'",
        "digest": "null",
        **{name: "[]" for name, spec in LEDGER_ROW.items() if isinstance(spec, list)},
    }
    columns = ", ".join(
        f'cast({changed.get(name, name)} as {sql_type(spec)}) as "{name}"'
        for name, spec in LEDGER_ROW.items()
    )
    con.execute(
        f"create table voided as select {columns} from ledger_rows "
        "where invoice_id = $invoice_id and event = 'finalized'",
        {**row, "invoice_id": invoice_id},
    )
