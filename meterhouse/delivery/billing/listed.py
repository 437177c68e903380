"""What is known of the money for invoices, for people (S-72)."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from meterhouse.delivery.billing.received import Row, counted, no_such_invoice, received_before

# Which events, of those that no withdrawal is: of an invoice, or of none that the ledger has.
_EVENTS = """
    from payment_log as events
    left join (select * from payment_log where status = 'withdrawn') as withdrawals
        on events.provider = withdrawals.provider and events.event_id = withdrawals.withdraws
    where events.status <> 'withdrawn'
        and (not $only or list_contains($ids, events.invoice_id))
        and (not $unknown or {unknown})
"""
UNKNOWN = """
    (
        withdrawals.withdraws is null
        and events.invoice_id not in (select invoice_id from ledger.invoices)
    )
"""


@dataclass(frozen=True)
class Listed:
    """`rows`: events, the latest first, with `withdrawn_since`, `withdrawn_by` and
    `withdrawn_because` of those that count no more; `count`: how many there are; `invoice`: that
    which was asked for, with `received` and `due` (null: none, or not in the ledger); `unknown`:
    how many events of the whole log are of no invoice of the ledger."""

    rows: list[Row]
    count: int
    invoice: Row | None
    unknown: int


def list_payments(
    home: Path, invoice: str | None, limit: int, only_unknown: bool = False
) -> Listed:
    """Events of the log; of an invoice (id or number), or of those that the ledger does not have.

    Raises PaymentError for an invoice that neither ledger nor log knows, LogDamaged, LedgerDamaged.
    """
    with counted(home) as con:
        known = received_before(con)[0].get(invoice or "")
        ids = {invoice, known["invoice_id"]} if known else {invoice}
        parameters = {
            "only": invoice is not None,
            "ids": sorted(filter(None, ids)),
            "unknown": only_unknown,
        }
        query = _EVENTS.format(unknown=UNKNOWN)
        [(count,)] = con.execute(f"select count(*) {query}", parameters).fetchall()
        if invoice and not known and not count:
            raise no_such_invoice(invoice)
        found = con.execute(
            "select events.*, withdrawals.received_at as withdrawn_since, "
            "withdrawals.recorded_by as withdrawn_by, withdrawals.detail as withdrawn_because "
            f"{query} order by events.occurred_at desc, events.received_at desc, events.provider, "
            f"events.event_id limit {int(limit)}",
            parameters,
        )
        columns = [name for name, *_ in found.description or []]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        return Listed(rows, count, known, unknown_payments(con))


def unknown_payments(con: duckdb.DuckDBPyConnection) -> int:
    """How many events are of invoices that the ledger does not have. `con`: of `counted`."""
    query = _EVENTS.format(unknown=UNKNOWN)
    parameters = {"only": False, "ids": [], "unknown": True}
    [(count,)] = con.execute(f"select count(*) {query}", parameters).fetchall()
    return int(count)
