"""The log of payments: what a provider, or a person, said of the money for an invoice, once each.

An event is known by its provider and its id. It is appended only after everything that the log has
was looked at: of two processes with the same event one comes second, looks again, and finds it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from raw_events.log.append_only import AppendOnlyTable, Moved

_INSTANT = pa.timestamp("us", "UTC")

# `provider` and `event_id` name an event. `invoice_id` is ours, `provider_invoice_id` theirs,
# `event_type` the provider's own word for what `status` (statuses.py) says. `occurred_at` is when
# it happened there, `received_at` since when it is known here. `recorded_by` is the user who
# entered it; null for what a provider sent. `given_back`: all that the provider has given back of
# the invoice by then, whatever of it this event is about; null where it does not say. A row with
# `withdraws` names an event of its provider that counts no more, and says nothing else.
PAYMENTS = pa.schema(
    [
        pa.field("provider", pa.string(), nullable=False),
        pa.field("event_id", pa.string(), nullable=False),
        pa.field("event_type", pa.string()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("invoice_id", pa.string(), nullable=False),
        pa.field("provider_invoice_id", pa.string()),
        pa.field("amount", pa.decimal128(20, 4)),
        pa.field("currency", pa.string()),
        pa.field("occurred_at", _INSTANT, nullable=False),
        pa.field("received_at", _INSTANT, nullable=False),
        pa.field("recorded_by", pa.string()),
        pa.field("detail", pa.string()),
        pa.field("given_back", pa.decimal128(20, 4)),
        pa.field("withdraws", pa.string()),
    ]
)
Row = dict[str, Any]
# Of many processes that append at once each comes first at some time.
_TRIES = 100


def payments_table(home: Path) -> AppendOnlyTable:
    """The log of a data directory: $METERHOUSE_HOME/payments."""
    return AppendOnlyTable(home, "payments", PAYMENTS, "What became of the money for invoices.")


class Payments:
    """Appends to the log of a data directory. Remembers which events it has seen there, so a
    process that appends often reads each entry once; not for several threads at once."""

    def __init__(self, home: Path):
        self.table = payments_table(home)
        self._known: set[tuple[str, str]] = set()
        self._version = -1

    def append(self, rows: Iterable[Mapping[str, Any]], clock: Callable[[], datetime]) -> list[Row]:
        """Append the events that the log does not have, as one entry; those rows.

        `rows` have the columns of PAYMENTS but `received_at`, which `clock` gives. What is returned
        is durable, and what is not was there before. Raises LogDamaged, OSError or DeltaError;
        then nothing was appended.
        """
        wanted = [dict(row) for row in rows]
        for _ in range(_TRIES):
            version = self._look()
            new, seen = [], set(self._known)
            for row in wanted:
                if _key(row) not in seen:
                    seen.add(_key(row))
                    new.append(row | {"received_at": clock()})
            try:
                self.table.append(new, after=version)
            except Moved:
                continue
            return new
        raise OSError(f"{self.table.root} is written to all the time; try again.")

    def _look(self) -> int:
        """Remember the events of entries that came since; the version that this is right for."""
        version = self.table.version()
        for entry in self.table.entries(self._version, version):
            path = self.table.whole_file(entry.path)
            found = pq.read_table(path, columns=["provider", "event_id"]).to_pylist()
            self._known |= {_key(row) for row in found}
            self._version = entry.version
        return version


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["provider"], row["event_id"]
