"""A billing provider in memory, and messages that are sent to it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from meterhouse.delivery.billing.provider import Account, Document, ProviderError, Reversal
from meterhouse.delivery.billing.send import BillingSender
from meterhouse.delivery.overview import Selection, list_messages
from meterhouse.delivery.targets import Target


class Fake:
    """A provider in memory. `faults`: call → what goes wrong at it; `damage` changes its lines."""

    def __init__(self):
        self.invoices: dict[str, dict[str, Any]] = {}
        self.faults: dict[int, str] = {}
        self.calls = 0
        self.damage = lambda lines: lines

    def call(self, do: Any) -> Any:
        self.calls += 1
        fault = self.faults.get(self.calls)
        if fault == "refused":
            raise ProviderError(500, "out of order")
        if fault == "limited":
            raise ProviderError(429, "too fast", timedelta(seconds=7))
        result = do()
        if fault == "done, and lost":
            raise ConnectionResetError("the answer never came")
        return result

    def find(self, key: str) -> str | None:
        return self.call(lambda: key if key in self.invoices else None)

    def draft(self, document: Document) -> str:
        header = {"customer": document.customer, "status": "draft", "lines": {}}
        self.call(lambda: self.invoices.setdefault(document.key, header))
        lines = self.invoices[document.key]["lines"]
        for each in document.lines:
            self.call(lambda each=each: lines.setdefault(each.line_number, each.amount_minor))
        return document.key

    def total_minor(self, found: str) -> int:
        return self.call(lambda: sum(self.damage(list(self.invoices[found]["lines"].values()))))

    def finalize(self, found: str) -> None:
        self.call(lambda: self.invoices[found].update(status="final"))

    def reverse(self, found: str, reversal: Reversal) -> None:
        taken = {"status": "void", "reversal": reversal}
        self.call(lambda: self.invoices[found].update(taken))


def senders_of(fake: Fake) -> Any:
    """Senders of the fake, which knows acme as cus_1."""

    def made(home: Path, target: Target) -> BillingSender:
        return BillingSender(home, target.endpoint_id, fake, {"acme": Account("cus_1")}.get)

    return made


def outcomes(home: Path) -> list[tuple[str, str, str]]:
    """Type, subject and outcome of every message for a target."""
    rows, _ = list_messages(home, Selection(outcome="all"), 99)
    return sorted((row["message_type"], row["subject"], row["outcome"]) for row in rows)
