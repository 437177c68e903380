"""Other sides that answer what a test wants, and a data directory with something to tell them."""

from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from meterhouse.delivery.attempts import Answer
from meterhouse.delivery.errors import DeliveryError
from meterhouse.delivery.targets import Target
from tests.unit.meterhouse.delivery.world import Clock, book, invoice, publish

OK, BROKEN, GONE = Answer(204, "ok"), Answer(503, "broken"), Answer(410, "gone")


class Others:
    """The other side: what each endpoint got, and what it answers."""

    def __init__(self):
        self.answers: dict[str, Any] = defaultdict(lambda: OK)
        self.got: dict[str, list[tuple[str, str]]] = defaultdict(list)

    def __call__(self, home: Path, target: Target) -> "Other":
        answer = self.answers[target.endpoint_id]
        if isinstance(answer, DeliveryError):
            raise answer
        return Other(self, target.endpoint_id)


class Other:
    def __init__(self, others: Others, id: str):
        self.others, self.id = others, id

    def send(self, message_id: str, body: str, now: datetime) -> Answer:
        self.others.got[self.id].append((message_id, body))
        answer = self.others.answers[self.id]
        return answer(message_id) if callable(answer) else answer


def home_with(tmp_path: Path, *endpoints: dict[str, Any], invoices: int = 1) -> Path:
    """A data directory whose endpoints are told of final invoices."""
    asked = [{**it, "event_types": ["invoice.finalized"]} for it in endpoints]
    rows = [invoice(f"acme-1.usage.2026-01-{day:02}") for day in range(1, invoices + 1)]
    publish(tmp_path, {"invoices": rows}, book(*asked))
    return tmp_path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def others() -> Others:
    return Others()
