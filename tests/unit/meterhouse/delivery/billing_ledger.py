"""A ledger made by hand, of final invoices and voids of a customer with a billing account."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from meterhouse.ledger.columns import empty_select
from meterhouse.ledger.schema import LEDGER_ROW
from meterhouse.ledger.store import Ledger
from tests.unit.meterhouse.delivery.world import (
    FEBRUARY,
    FINAL_AT,
    JANUARY,
    NOW,
    VOID_AT,
    book,
    publish,
)

USD = {"pricing_unit": "USD", "name": "Dollar", "decimals": 2, "kind": "currency"}
JPY = {"pricing_unit": "JPY", "name": "Yen", "decimals": 0, "kind": "currency"}


def account(customer: str = "acme", **more: Any) -> dict[str, Any]:
    return {"customer_id": customer, "provider": "files", "provider_customer_id": None,
            "skip_zero": None, "starting_on": JANUARY, **more}  # fmt: skip


def line(number: int, amount: str, **more: Any) -> dict[str, Any]:
    """A line of calls at 0.015, whose amount is rounded."""
    return {"line_number": number, "line_type": "usage", "product_name": "API calls",
            "pricing_group": '{"region":"eu"}', "service_start": JANUARY,
            "service_end": FEBRUARY, "quantity": Decimal(333), "unit_price": Decimal("0.015"),
            "pricing_unit": "USD", "amount": Decimal(amount), **more}  # fmt: skip


LINES = [
    line(1, "5.00"),
    line(2, "120.00", product_name="Seats", pricing_group="{}", quantity=Decimal(8),
         unit_price=Decimal(15)),
    line(3, "-25.00", line_type="commit_applied", product_name="Prepaid", pricing_group=None,
         quantity=Decimal(1), unit_price=Decimal(-25)),
]  # fmt: skip


def final(id: str, lines: Sequence[Mapping[str, Any]] = LINES, **more: Any) -> dict[str, Any]:
    """A row of the ledger: a final invoice of 100.00."""
    total = sum((each["amount"] for each in lines), Decimal(0))
    return {"event": "finalized", "invoice_id": id, "invoice_number": f"INV-{id}",
            "invoice_type": "usage", "customer_id": "acme", "customer_name": "Acme",
            "contract_id": "acme-1", "currency": "USD", "period_start": JANUARY,
            "period_end": FEBRUARY, "issue_on": FEBRUARY, "due_on": date(2026, 3, 3),
            "finalized_at": FINAL_AT, "subtotal": total, "total": total, "lines": list(lines),
            "digest": f"digest of {id}", **more}  # fmt: skip


def voided(id: str, **more: Any) -> dict[str, Any]:
    """A row of the ledger: the void of that invoice."""
    return final(id, event="voided", lines=(), total=Decimal(100), finalized_at=VOID_AT,
                 reason="wrong rate", digest=f"digest of the void of {id}", **more)  # fmt: skip


def append(home: Path, *rows: Mapping[str, Any]) -> None:
    """An entry of the ledger with these rows."""
    ledger = Ledger(home)
    head = ledger.head()

    def write(path: Path) -> dict[str, Any]:
        schema = con.sql(empty_select(LEDGER_ROW)).to_arrow_table().schema
        given = [
            dict.fromkeys(schema.names) | row | {"sequence": number}
            for number, row in enumerate(rows, head.last_sequence + 1)
        ]
        pq.write_table(pa.Table.from_pylist(given, schema), path)
        return {"rows": len(rows), "last_sequence": head.last_sequence + len(rows),
                "last_number": 0, "digest": rows[-1]["digest"]}  # fmt: skip

    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        ledger.append(con, write, head, NOW)


def home_with(tmp_path: Path, *rows: Mapping[str, Any], **more: Any) -> Path:
    """A data directory with these rows in its ledger, and an account of acme."""
    append(tmp_path, *rows)
    tables = {**book(*more.pop("endpoints", ())), "pricing_units": [USD, JPY],
              "billing_accounts": [account(**more)]}  # fmt: skip
    publish(tmp_path, {}, tables)
    return tmp_path
