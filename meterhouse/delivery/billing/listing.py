"""What a provider says that it has, once a day: the other side of the mart provider_reconciliation.

The log `provider_listings` is append-only: of each listing what is new or another since the last
one, and that it came to its end. A listing that breaks off leaves nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.delivery.billing.provider import Provider, ProviderError
from meterhouse.delivery.billing.send import PROVIDERS
from meterhouse.delivery.errors import DeliveryError, MissingExtra
from meterhouse.delivery.outbox import provider_names
from meterhouse.payments.warehouse_rows import LISTINGS
from raw_events.common.hidden import without_secrets
from raw_events.log.append_only import AppendOnlyTable

# Once a day, whichever pass of the job comes first.
EVERY = timedelta(hours=20)
GONE = "gone"
_COMPARED = ("key", "invoice_id", "status", "total", "currency")

Row = dict[str, Any]


@dataclass
class Listed:
    """`listed`: providers that were asked; `changed` invoices; `troubles` in sentences."""

    listed: int = 0
    changed: int = 0
    troubles: list[str] = field(default_factory=list)


def listings(home: Path) -> AppendOnlyTable:
    """The log of a data directory: $METERHOUSE_HOME/provider_listings."""
    return AppendOnlyTable(
        home, "provider_listings", LISTINGS, "What billing providers say that they have."
    )


def list_providers(
    home: Path,
    clock: Callable[[], datetime],
    every: timedelta = EVERY,
    made: Callable[[str], Provider] | None = None,
) -> Listed:
    """Ask each provider of the published accounts whose last listing is `every` old.

    The caller holds the delivery lock. What a provider does not say is a trouble, and no error.
    Raises Refused or LogDamaged.
    """
    done = Listed()
    for name, since in provider_names(home):
        last = _last(home, name)
        if last is not None and clock() - last[0] < every:
            continue
        try:
            provider = made(name) if made else PROVIDERS[name](home)
            theirs = provider.listed(since)
            if theirs is None:
                continue
            done.changed += _append(home, name, theirs, last[1] if last else {}, clock)
            done.listed += 1
        except (ProviderError, DeliveryError, MissingExtra) as error:
            text = f"{name} was not asked what it has: {error}"
            done.troubles.append(without_secrets(text))
    return done


def _append(
    home: Path,
    name: str,
    theirs: Iterable[Any],
    before: dict[str, tuple[Any, ...]],
    clock: Callable[[], datetime],
) -> int:
    begun = clock()
    found = {each.provider_invoice_id: asdict(each) for each in theirs}
    changed = [
        row
        for id, row in sorted(found.items())
        if before.get(id) != tuple(_exact(row[column]) for column in _COMPARED)
    ]
    gone = [
        {"provider_invoice_id": id, "status": GONE}
        for id, values in sorted(before.items())
        if id not in found and values[_COMPARED.index("status")] != GONE
    ]
    rows = [{"record": "invoice", **row} for row in (*changed, *gone)]
    end = {"record": "listing"}
    # What was made there while it listed may be missing: it counts as of its beginning.
    listings(home).append([{**row, "provider": name, "listed_at": begun} for row in (*rows, end)])
    return len(rows)


def _last(home: Path, name: str) -> tuple[datetime, dict[str, tuple[Any, ...]]] | None:
    """When a provider was last listed, and its invoices as they were then."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        source = f"(from {listings(home).source()} where provider = $1)"
        [(last,)] = con.execute(
            f"select max(listed_at) from {source} where record = 'listing'", [name]
        ).fetchall()
        rows = con.execute(
            f"select provider_invoice_id, {', '.join(_COMPARED)} from {source} "
            "where record = 'invoice' qualify row_number() over "
            "(partition by provider_invoice_id order by listed_at desc) = 1",
            [name],
        ).fetchall()
    return None if last is None else (last, {id: tuple(values) for id, *values in rows})


def _exact(value: Any) -> Any:
    return value.quantize(Decimal("0.0001")) if isinstance(value, Decimal) else value
