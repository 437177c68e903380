"""Publications whose invoices and lines say of which they are: one that is mixed is seen."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.unit.meterhouse.delivery.world import book, invoice, publish

BIG = Decimal("1234567890123456.7891")


def publish_number(home: Path, number: int, **more: Any) -> None:
    """Publication `number`: two invoices of that amount, each with a line of it."""
    marts = marts_of(number, **more)
    publish(home, marts, book(), generation=number, digest=f"{number:064}")


def marts_of(number: int, **more: Any) -> dict[str, list[Mapping[str, Any]]]:
    """The marts of that publication."""
    amount = Decimal(number)
    ids = ("acme-1.usage.2026-01-01", "globex-1.usage.2026-01-01")
    invoices = [invoice(id, id.split("-")[0], total=amount, subtotal=amount, **more) for id in ids]
    lines = [
        {"invoice_id": id, "line_number": 1, "line_type": "usage", "product_name": "=1+1",
         "pricing_group": '{"region":"eu"}', "quantity": BIG, "unit_price": Decimal("0.0000000001"),
         "amount": amount, "pricing_unit": "USD"}
        for id in ids
    ]  # fmt: skip
    return {"invoices": invoices, "invoice_lines": lines}
