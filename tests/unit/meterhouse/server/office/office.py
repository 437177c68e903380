"""A small publication for the office pages, tokens of every kind, and a client without a cookie."""

import warnings
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.server.app import Server, application
from meterhouse.server.authentication import Authentication
from meterhouse.server.office import routes as office
from meterhouse.server.office.pages import LISTS
from meterhouse.server.reading.engine import Engine
from meterhouse.server.tokens import TokenBook, new_token, revoke
from tests.unit.meterhouse.server.reading import tiny

# A word that is in every row and on no page without one.
SECRET = "zzsecret"
TODAY = tiny.AS_OF.date()
ORIGIN = {"Origin": "http://testserver"}
PLAIN = ["", *LISTS, *(f"{name}.csv" for name in LISTS)]
ONE = ["invoice?id=INV-000001", "explain?invoice=INV-000001&line=1"]


def invoice(number: int, days: int, due: str, **more: Any) -> dict[str, Any]:
    """A final invoice that was due so many days ago, of which `due` is owed."""
    due_on = TODAY - timedelta(days)
    return {
        "invoice_id": f"{SECRET}-{number}", "invoice_number": f"INV-{number:06}",
        "invoice_type": "usage", "status": "finalized", "customer_id": "acme",
        "customer_name": f"Acme {SECRET}", "contract_id": "acme-1", "currency": "USD",
        "period_start": date(2026, 1, 1), "period_end": date(2026, 2, 1),
        "issue_on": due_on - timedelta(30), "due_on": due_on, "subtotal": Decimal(due),
        "credits_applied": Decimal(0), "total": Decimal(due), "amount_received": Decimal(0),
        "amount_due": Decimal(due), **more,
    }  # fmt: skip


# Around each border of the buckets, one owed to the customer, a draft, and one of another currency.
INVOICES = [
    invoice(1, 0, "1"), invoice(2, 1, "2"), invoice(3, 30, "4"), invoice(4, 31, "8"),
    invoice(5, 60, "16"), invoice(6, 61, "32"), invoice(7, 90, "64"), invoice(8, 91, "128"),
    invoice(9, -10, "-0.50"), invoice(10, 5, "1000", currency="EUR", customer_id="globex",
                                      customer_name=f"Globex {SECRET}", contract_id="globex-1"),
    invoice(11, 5, "77", status="draft", invoice_number=None, amount_due=Decimal(0)),
    invoice(12, 5, "9", status="void", amount_due=Decimal(0), void_reason=f"{SECRET} <b>wrong",
            voided_at=datetime(2026, 2, 1, tzinfo=UTC), voided_by=SECRET),
]  # fmt: skip
LINES = [
    tiny.line(f"{SECRET}-1", 1, "0.75", product_name=f"{SECRET} <script>alert(1)</script>"),
    tiny.line(f"{SECRET}-1", 2, "0.25"),
]
HELD = [
    {"contract_id": f"{SECRET}-held", "product_id": "calls", "period_start": date(2026, 1, 1),
     "reason": "too large", "example": "=1+1"},
]  # fmt: skip
UNRATED = [
    {"contract_id": SECRET, "product_id": f"p{number:03}", "period_start": date(2026, 1, 1),
     "pricing_group": '{"region":"eu"}', "quantity": Decimal(number), "reason": "no_rate"}
    for number in range(120)
]  # fmt: skip
ALERTS = [
    {"alert_id": SECRET, "customer_id": "acme", "contract_id": "acme-1", "kind": "spend",
     "threshold": Decimal(100), "value": Decimal(120), "state": "triggered", "hard_cap": True,
     "pricing_group": "{}", "pricing_unit": "USD"},
]  # fmt: skip
OUTCOMES = [
    {"received_on": TODAY, "source": SECRET, "outcome": "rejected:bad_timestamp", "events": 7},
    {"received_on": TODAY, "source": SECRET, "outcome": "metered", "events": 70},
]
RECONCILIATION = [
    {"contract_id": SECRET, "product_id": "calls", "period_start": date(2026, 1, 1),
     "running_value": Decimal(10), "billed": Decimal(7), "late_billed": Decimal(1),
     "unrated": Decimal(2), "not_entitled": Decimal(0), "difference": Decimal(0)},
]  # fmt: skip
MARTS: dict[str, Any] = {
    "invoices": INVOICES, "invoice_lines": LINES, "held_contracts": HELD,
    "unrated_usage": UNRATED, "alert_states": ALERTS, "event_outcomes": OUTCOMES,
    "reconciliation": RECONCILIATION,
}  # fmt: skip


def publish(home: Path, generation: int = 1, **more: Any) -> None:
    """Publish it."""
    tiny.publish(home, MARTS | more, generation)


def client(home: Path) -> Any:
    """A browser of the server's office, not signed in."""
    with warnings.catch_warnings():
        # It would have another client of the same name.
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

    server = Server(home, Authentication(TokenBook(home)))
    app = application(server, [lambda server: office.routes(Engine(home), server)])
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


def token(home: Path, role: str | None = None, **more: Any) -> str:
    """The text of a new token."""
    return new_token(home, "someone", tiny.AS_OF, role=role, **more)[0]


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def foreign_tokens(home: Path) -> dict[str, str]:
    """Headers of whoever must see nothing, by what it is."""
    over = token(home, "finance")
    revoke(home, over, tiny.AS_OF)
    return {
        "of a program": token(home),
        "that only reads": token(home, may_ingest=False),
        "that only sends": token(home, may_read=False),
        "of a customer": token(home, customer="acme"),
        "that is revoked": over,
        "that nobody made": "mh_" + "x" * 43,
        "that is empty": "",
    }


def signed_in(home: Path, role: str) -> Any:
    """A browser that has signed in."""
    browser = client(home)
    found = browser.post("/office/sign-in", data={"token": token(home, role)}, headers=ORIGIN)
    assert found.status_code == 303, found.text
    return browser


def write_runs(home: Path, generation: int = 1) -> None:
    """Runs as the mart has them, for the page that shows what they cost."""
    path = home / ".marts" / str(generation) / "runs.parquet"
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(
            f"copy (select *, 12::bigint as new_events, 1.5::decimal(12, 3) as models_seconds, "
            f"2::decimal(12, 3) as events_seconds from '{path}') to '{path}.new' (format parquet)"
        )
    Path(f"{path}.new").replace(path)
