"""What is kept in memory of a publication: who is stopped by a hard cap, and who has nothing left.

Of most contracts there is nothing to say but that they exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from meterhouse.server.reading.reader import Reader, Row

_CAPS = """
    select
        contract_id, alert_id, kind, metric, pricing_group, pricing_unit, threshold, value,
        period_start, period_end
    from {alert_states}
    where hard_cap and is_reached
    order by contract_id, alert_id, pricing_group, pricing_unit, period_start
"""
# As alerts of kind `exhausted` see it, whether there is one or not.
_EXHAUSTED = """
    select contract_id, pricing_unit
    from {commit_balances}
    where type in ('prepaid', 'credit') and starting_on <= $today
    group by contract_id, pricing_unit
    having coalesce(sum(remaining) filter (where ending_before > $today), 0) <= 0
    order by contract_id, pricing_unit
"""
# A commit that gives nothing until its purchase is paid (S-73): why a balance may be 0.
_UNPAID = """
    select contract_id, commit_id, payment, purchase_invoice_id
    from {commit_balances}
    where payment <> 'paid' and starting_on <= $today and ending_before > $today
    order by contract_id, commit_id, segment
"""


@dataclass(frozen=True)
class Caps:
    """`publication` names what it is of. `reached`: contract → hard caps; `exhausted`: contract →
    pricing units; `unpaid`: contract → commits in force that wait for their payment; `held`:
    contracts of which nothing new is known (S-52)."""

    publication: str
    as_of: datetime
    price_book: str
    contracts: frozenset[str]
    reached: Mapping[str, list[Row]]
    exhausted: Mapping[str, list[str]]
    unpaid: Mapping[str, list[Row]]
    held: frozenset[str]


@dataclass(frozen=True)
class Known:
    """Up to when `caps` are right: `as_of`, which was so at `seen_at` by the machine's clock.

    `problem`: why a newer publication could not be read.
    """

    caps: Caps
    as_of: datetime
    seen_at: datetime
    problem: str | None = None


def read_caps(reader: Reader, before: Caps | None) -> Caps:
    """The caps of a publication; ids of contracts are taken from `before` where the book is."""
    at = reader.at
    if before is not None and before.price_book == at.price_book:
        contracts = before.contracts
    else:
        found = reader.con.execute(f"select contract_id from {reader.relation('contracts', True)}")
        contracts = frozenset(contract for (contract,) in found.fetchall())
    reached: dict[str, list[Row]] = {}
    for row in reader.rows(_CAPS):
        reached.setdefault(row.pop("contract_id"), []).append(row)
    exhausted: dict[str, list[str]] = {}
    for row in reader.rows(_EXHAUSTED, {"today": at.as_of.date()}):
        exhausted.setdefault(row["contract_id"], []).append(row["pricing_unit"])
    unpaid: dict[str, list[Row]] = {}
    for row in reader.rows(_UNPAID, {"today": at.as_of.date()}):
        unpaid.setdefault(row.pop("contract_id"), []).append(row)
    held = frozenset(
        row["contract_id"]
        for row in reader.rows("select distinct contract_id from {held_contracts}")
    )
    return Caps(at.name, at.as_of, at.price_book, contracts, reached, exhausted, unpaid, held)


def entitlement(
    known: Known, contract: str, now: datetime, stale_after: timedelta
) -> dict[str, Any] | None:
    """The answer for a contract, None if the price book has none of that id.

    A cap of a billing period that is over by now stops nobody any more, whether a run has seen the
    next one or not.
    """
    caps = known.caps
    if contract not in caps.contracts:
        return None
    age = now - known.seen_at
    # A replayed clock (S-4) is not at the machine's moment, but goes on with it.
    today = (known.as_of + age).date()
    reasons = [row for row in caps.reached.get(contract, []) if _counts(row["period_end"], today)]
    return {
        "contract_id": contract,
        "allowed": not reasons,
        "reasons": [_reason(row) for row in reasons],
        "exhausted": caps.exhausted.get(contract, []),
        "unpaid": caps.unpaid.get(contract, []),
        "held": contract in caps.held,
        "as_of": known.as_of.isoformat().replace("+00:00", "Z"),
        "stale": age > stale_after or known.problem is not None,
    }


def _counts(period_end: date | None, today: date) -> bool:
    return period_end is None or today < period_end


def _reason(row: Row) -> dict[str, Any]:
    return {
        **row,
        "threshold": _text(row["threshold"]),
        "value": _text(row["value"]),
        "period_start": row["period_start"] and row["period_start"].isoformat(),
        "period_end": row["period_end"] and row["period_end"].isoformat(),
    }


def _text(number: Any) -> str | None:
    return None if number is None else format(number.normalize(), "f")
