"""Two customers in one publication, every text of the second marked, and a client of the server."""

import warnings
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from meterhouse.server.app import Server, application
from meterhouse.server.authentication import Authentication
from meterhouse.server.customers import api
from meterhouse.server.customers.memory import Memory
from meterhouse.server.customers.own import OWN
from meterhouse.server.reading import routes as reading
from meterhouse.server.reading.columns import BOOK, MARTS
from meterhouse.server.reading.engine import Engine
from meterhouse.server.tokens import TokenBook, new_token
from tests.unit.meterhouse.server.reading.tiny import AS_OF, JANUARY, publish

MINE, OTHERS = "mine", "zzother"
CUSTOMERS = (MINE, OTHERS)
DAYS = 40
# Cells that must be what they are; every other text is the customer's name and the column.
FIXED = {
    "status": "draft", "line_type": "usage", "invoice_type": "usage", "currency": "USD",
    "pricing_unit": "USD", "type": "prepaid", "kind": "spend", "change": "triggered",
    "metric": "api_calls",
}  # fmt: skip
_VALUES: Mapping[str, Any] = {
    "DATE": JANUARY, "TIMESTAMPTZ": datetime(2026, 1, 31, tzinfo=UTC), "INTEGER": 1,
    "BOOLEAN": True,
}  # fmt: skip


def row(columns: Mapping[str, str], customer: str, **more: Any) -> dict[str, Any]:
    """A row with a value in every column, all that is text of that customer."""
    found: dict[str, Any] = {}
    for name, kind in columns.items():
        if name == "customer_id":
            found[name] = customer
        elif kind == "VARCHAR":
            found[name] = FIXED.get(name) or (
                f'{{"key":"{customer}-{name}"}}' if name.endswith("group") else f"{customer}-{name}"
            )
        elif kind == "VARCHAR[]":
            found[name] = [f"{customer}-{name}"]
        else:
            found[name] = _VALUES.get(kind, Decimal(len(customer)))
    return found | more


def marts(days: int = DAYS) -> dict[str, list[dict[str, Any]]]:
    """Rows of every mart that customers read, of both; of days `days` each."""
    made: dict[str, list[dict[str, Any]]] = {}
    for mart in OWN:
        dated = {"usage_daily": "usage_date", "spend_daily": "service_on"}.get(mart)
        made[mart] = [
            row(MARTS[mart], customer, **({dated: JANUARY + timedelta(number)} if dated else {}))
            for customer in CUSTOMERS
            for number in range(days if dated else 1)
        ]
    return made


def world(home: Path, monkeypatch: Any, generation: int = 1, **more: Any) -> None:
    """Publish both."""
    book = {name: [row(BOOK[name], customer) for customer in CUSTOMERS] for name in BOOK}
    book["pricing_units"] = [
        {"pricing_unit": "USD", "name": "US dollar", "decimals": 2, "kind": "currency"}
    ]
    monkeypatch.setattr("tests.unit.meterhouse.server.reading.tiny.BOOK_ROWS", book)
    publish(home, marts() | more, generation)


def client(home: Path, memory: Memory | None = None) -> Any:
    """A client of all reading routes, without a token."""
    with warnings.catch_warnings():
        # It would have another client of the same name.
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

    memory = memory or Memory(home)
    server = Server(home, Authentication(TokenBook(home)))
    routes = [
        lambda server: api.routes(memory, server),
        lambda server: reading.routes(Engine(home), server),
    ]
    return TestClient(application(server, routes), raise_server_exceptions=False)


def bearer(home: Path, customer: str | None) -> dict[str, str]:
    """The headers of a new token: of a customer, or of one that reads all."""
    text, _ = new_token(home, "reader", AS_OF, customer=customer)
    return {"Authorization": f"Bearer {text}"}


def day(text: str) -> date:
    return date.fromisoformat(text)
