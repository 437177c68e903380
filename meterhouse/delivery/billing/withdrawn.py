"""An event of the log of payments that counts no more: it was entered for the wrong invoice (S-72).

Nothing is removed: a row says that it is withdrawn, by whom and why, and everything is worked out
as if it had not been. What became final meanwhile stays (S-73).
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from meterhouse.delivery.billing.received import Row, counted
from meterhouse.payments.errors import PaymentError
from meterhouse.payments.log import Payments
from meterhouse.payments.statuses import WITHDRAWN
from raw_events.common.text import shown

REASON_CHARACTERS = 500
_EVENT = """
    select
        events.*,
        invoices.invoice_id is not null as is_known,
        withdrawals.received_at as withdrawn_since
    from payment_log as events
    left join ledger.invoices as invoices on events.invoice_id = invoices.invoice_id
    left join payment_log as withdrawals
        on events.provider = withdrawals.provider and events.event_id = withdrawals.withdraws
    where events.event_id = $1
    order by events.recorded_by is null
    limit 1
"""


@dataclass(frozen=True)
class Withdrawn:
    """`event`: the row that counts no more; `is_new`: false if it was withdrawn before."""

    event: Row
    is_new: bool


def withdraw(home: Path, event_id: str, reason: str, as_of: datetime, user: str) -> Withdrawn:
    """Let an event count no more, as known since `as_of`.

    One that a person entered, or one of an invoice that the ledger does not have. Raises
    PaymentError for any other; nothing was recorded then. Raises LogDamaged, LedgerDamaged.
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > REASON_CHARACTERS:
        raise PaymentError(
            f"A withdrawal needs a reason of {REASON_CHARACTERS} characters at most; it stays in "
            "the log: --reason 'of INV-000043'"
        )
    with counted(home) as con:
        found = con.execute(_EVENT, [event_id.strip()])
        names = [name for name, *_ in found.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if not rows:
        raise PaymentError(
            f"There is no event {shown(event_id)!r}. See the ids: meterhouse payments list INVOICE"
        )
    [event] = rows
    if event["status"] == WITHDRAWN:
        raise PaymentError(
            f"{shown(event_id)} is a withdrawal, which stays. Enter the payment once more: "
            "meterhouse payments record"
        )
    if event["recorded_by"] is None and event["is_known"]:
        raise PaymentError(
            f"{shown(event_id)} is what {event['provider']} says of an invoice of yours. Correct "
            "it there; what was entered by hand alone is withdrawn."
        )
    if event["withdrawn_since"] is not None:
        return Withdrawn(event, False)
    row = {
        **{name: event[name] for name in ("provider", "invoice_id", "amount", "currency")},
        "event_id": f"withdrawn_{event['event_id']}",
        "status": WITHDRAWN,
        # From when on it counts no more, where nothing is final with it.
        "occurred_at": event["occurred_at"],
        "recorded_by": user,
        "detail": reason,
        "withdraws": event["event_id"],
    }
    return Withdrawn(event, bool(Payments(home).append([row], lambda: as_of)))
