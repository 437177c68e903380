"""A publication made by hand: marts, price book and a client of it, without any run.

The client is the unmodified official SDK with strict validation, over the routes in this process.
"""

import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from starlette.applications import Starlette
from starlette.middleware import Middleware

from meterhouse.server.authentication import Authentication, TokenRequired
from meterhouse.server.reading.columns import BOOK, MARTS
from meterhouse.server.reading.engine import Engine
from meterhouse.server.reading.routes import reading_routes
from meterhouse.server.tokens import Scope, TokenBook, new_token

Rows = Sequence[Mapping[str, Any]]
DIGEST = "b" * 64
AS_OF = datetime(2026, 2, 10, 6, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))

BOOK_ROWS: dict[str, Rows] = {
    "customers": [
        {"customer_id": "acme", "name": "Acme"},
        {"customer_id": "a/b c", "name": "Slash and blank"},
        {"customer_id": "globex", "name": "Globex"},
    ],
    "customer_aliases": [
        {"alias": "acme-old", "customer_id": "acme", "ending_before": FEBRUARY},
        {"alias": "acme-old", "customer_id": "globex", "starting_on": FEBRUARY},
        {"alias": "key-1", "customer_id": "acme"},
    ],
    "pricing_units": [
        {"pricing_unit": "USD", "name": "US dollar", "decimals": 2, "kind": "currency"},
        {"pricing_unit": "EUR", "name": "Euro", "decimals": 2, "kind": "currency"},
        {"pricing_unit": "CRD", "name": "Credits", "decimals": 0, "kind": "custom"},
    ],
    "products": [
        {"product_id": "calls", "name": "API calls", "type": "usage", "tags": ["api"]},
        {"product_id": "prepaid", "name": "Prepaid usage", "type": "fixed", "tags": []},
    ],
    "product_metrics": [
        {"product_id": "calls", "metric": "api_calls", "version": 1, "starting_on": JANUARY}
    ],
    "rate_cards": [{"rate_card_id": "list", "currency": "USD"}],
    "contracts": [
        {"contract_id": "acme-1", "customer_id": "acme", "rate_card_id": "list",
         "starting_on": JANUARY},
        {"contract_id": "globex-1", "customer_id": "globex", "rate_card_id": "list",
         "starting_on": FEBRUARY},
    ],
    "commits": [
        {"commit_id": "pre", "contract_id": "acme-1", "product_id": "prepaid", "name": "1,000",
         "priority": 10, "rate_type": "list"},
        {"commit_id": "gift", "contract_id": "globex-1", "product_id": "prepaid", "name": "Gift",
         "priority": 100, "rate_type": "list"},
    ],
    "commit_applies_to": [
        {"commit_id": "pre", "product_id": "calls", "pricing_group": '{"region":"eu"}'}
    ],
    "commit_invoices": [
        {"commit_id": "pre", "invoice_on": JANUARY, "amount": Decimal(1000)}
    ],
}  # fmt: skip


def invoice(id: str, customer: str, start: date, end: date, **more: Any) -> dict[str, Any]:
    """A usage invoice of a period, a draft unless `more` says otherwise."""
    return {
        "invoice_id": id, "customer_id": customer, "contract_id": f"{customer}-1",
        "invoice_type": "usage", "status": "draft", "currency": "USD", "period_start": start,
        "period_end": end, "issue_on": end, "due_on": date(end.year, end.month, 15),
        "subtotal": Decimal(0), "credits_applied": Decimal(0), "total": Decimal(0), **more,
    }  # fmt: skip


def line(invoice: str, number: int, amount: str, **more: Any) -> dict[str, Any]:
    """A usage line of API calls."""
    return {
        "invoice_id": invoice, "line_number": number, "line_type": "usage", "product_id": "calls",
        "product_name": "API calls", "pricing_group": '{"region":"eu"}', "service_start": JANUARY,
        "service_end": FEBRUARY, "quantity": Decimal(3), "unit_price": Decimal("0.015"),
        "amount": Decimal(amount), "pricing_unit": "USD", **more,
    }  # fmt: skip


def usage(customer: str, day: int, group: str, quantity: str, **more: Any) -> dict[str, Any]:
    """A day of January of `api_calls` version 1."""
    return {
        "customer_id": customer, "contract_id": f"{customer}-1", "metric": "api_calls",
        "metric_version": 1, "usage_date": date(2026, 1, day), "group": group,
        "quantity": Decimal(quantity), **more,
    }  # fmt: skip


def segment(commit: str, contract: str, **more: Any) -> dict[str, Any]:
    """The first segment of a commit, January to March."""
    amounts = ("granted", "applied_finalized", "applied_draft", "expired", "remaining")
    return {
        "commit_id": commit, "contract_id": contract, "segment": 1, "type": "prepaid",
        "pricing_unit": "USD", "starting_on": JANUARY, "ending_before": MARCH,
        **dict.fromkeys(amounts, Decimal(0)), **more,
    }  # fmt: skip


def publish(
    home: Path, marts: Mapping[str, Rows], generation: int = 1, log_version: int = 0
) -> None:
    """Publish these marts as one generation, the rest empty, and freeze the price book."""
    folder = home / ".marts" / str(generation)
    folder.mkdir(parents=True)
    runs = f"select 1::bigint as run_number, $as_of::timestamptz as as_of, {log_version}::bigint"
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(
            f"copy ({runs} as log_version, '{DIGEST}' as price_book) to '{folder}/runs.parquet'",
            {"as_of": AS_OF.isoformat()},
        )
        for name, columns in MARTS.items():
            if name == "credit_notes" and name not in marts:
                # A publication with it has checksums, which this one has not.
                continue
            if name == "runs":
                continue
            _write(con, columns, marts.get(name, []), folder / f"{name}.parquet")
        book = home / "price_books" / DIGEST
        book.mkdir(parents=True, exist_ok=True)
        for name, columns in BOOK.items():
            _write(con, columns, BOOK_ROWS.get(name, []), book / f"{name}.parquet")
    link = home / "new"
    link.symlink_to(Path(".marts") / str(generation))
    link.replace(home / "marts")


def sdk(home: Path, **more: Any) -> Any:
    """The official SDK over the application, with a token that may read."""
    import metronome

    with warnings.catch_warnings():
        # It would have another client of the same name; the SDK takes this one.
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

    token, _ = new_token(home, "reader", AS_OF)
    authentication = Authentication(TokenBook(home))
    only = Middleware(TokenRequired, authentication=authentication, needs=Scope.READ)
    app = Starlette(routes=reading_routes(Engine(home), [only]))
    return metronome.Metronome(
        bearer_token=token,
        base_url="http://testserver",
        http_client=TestClient(app),
        _strict_response_validation=True,
        max_retries=0,
        **more,
    )


def _write(
    con: duckdb.DuckDBPyConnection, columns: Mapping[str, str], rows: Rows, path: Path
) -> None:
    declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    con.execute(f"create or replace table made ({declared})")
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        places = ", ".join("?" * len(row))
        con.execute(f"insert into made ({names}) values ({places})", list(row.values()))
    con.execute(f"copy made to '{path}' (format parquet)")
