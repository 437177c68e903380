"""A seller, a customer, an invoice with something of every kind of line, and what they give."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from meterhouse.documents.content import Names, credit_note_content, invoice_content, tax_rate
from meterhouse.documents.due import Due
from meterhouse.documents.figures import Figures
from meterhouse.ledger.columns import empty_select
from meterhouse.ledger.schema import LEDGER_ROW
from tests.unit.meterhouse.delivery.billing_ledger import JPY, USD, account, append, final, line
from tests.unit.meterhouse.delivery.world import JANUARY, book, publish

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60">'
    '<rect width="60" height="60" rx="12" fill="#0a6"/></svg>'
)
SELLER: dict[str, Any] = {
    "seller_id": "lantern", "name": "Lantern Cloud GmbH", "address": "Hafenstraße 1|Haus 4",
    "postcode": "20457", "city": "Hamburg", "country": "DE", "vat_id": "DE123456789",
    "email": "billing@lantern.example", "bank_name": "Beispielbank",
    "account": "DE89370400440532013000", "bic": "COBADEFFXXX", "payment_note": None,
    "logo": "logo.svg", "number_prefix": "LAN-", "footer": "Amtsgericht Hamburg HRB 123456",
    "starting_on": JANUARY,
}  # fmt: skip
CUSTOMER: dict[str, Any] = {
    **account(), "provider": None, "address": "Plantage 7", "postcode": "1018 CZ",
    "city": "Amsterdam", "country": "NL", "vat_id": "NL123456789B01", "seller_id": None,
    "email": "ap@acme.example", "purchase_order": "PO-2026/118", "tax_category": "S",
    "tax_rate": Decimal("0.19"), "tax_note": None, "einvoice": None,
}  # fmt: skip
PARTS = [
    {"presentation_group": '{"user":"anna"}', "quantity": Decimal(200), "amount": Decimal(3)},
    {"presentation_group": '{"user":null}', "quantity": Decimal(133), "amount": Decimal(2)},
]
EVERY_KIND = [
    line(1, "5.00", product_id="calls", breakdowns=PARTS),
    line(2, "1234.57", product_name="Tokens, streaming", tier=1,
         quantity=Decimal("8230461.123456789"), unit_price=Decimal("0.00015"),
         list_unit_price=Decimal("0.0002")),
    line(3, "60.00", tier=2, quantity=Decimal(1000), unit_price=Decimal("0.05"),
         flat_fee=Decimal(10)),
    line(4, "290.32", line_type="subscription", product_name="Team plan", pricing_group="{}",
         quantity=Decimal(3), unit_price=Decimal(300), service_start=date(2026, 1, 22)),
    line(5, "100.00", line_type="composite", product_name="Premium support", pricing_group="{}",
         quantity=Decimal(880), unit_price=Decimal("0.1")),
    line(6, "40.00", line_type="minimum", product_name="Platform minimum", pricing_group="{}",
         quantity=Decimal(1), unit_price=Decimal(40)),
    line(7, "-12.00", line_type="late_usage", quantity=Decimal(-800),
         corrects_invoice_id="acme-1.usage.2025-12-01", service_start=date(2025, 12, 1),
         service_end=JANUARY),
    line(8, "12.5", pricing_unit="CR", product_name="Images", quantity=Decimal(25),
         unit_price=Decimal("0.5")),
    line(9, "1.25", line_type="unit_conversion", product_name=None, source_id="CR",
         pricing_group=None, quantity=Decimal("12.5"), unit_price=Decimal("0.1")),
    line(10, "-500.00", line_type="commit_applied", product_name="Prepaid", pricing_group=None,
         quantity=Decimal(1), unit_price=Decimal(-500), commit_id="acme-prepaid", segment=1),
]  # fmt: skip
PAID = [{"line_number": 2, "commit_id": "acme-prepaid", "segment": 1, "amount": Decimal(500)}]
CREDITS = {"pricing_unit": "CR", "name": "Credits", "decimals": 2, "kind": "custom"}


def invoice_row(
    id: str = "000012", lines: Sequence[Mapping[str, Any]] = EVERY_KIND, **more: Any
) -> dict[str, Any]:
    """A row of the ledger with its sums: of the lines that are in its currency."""
    currency = more.get("currency", "USD")
    counted = [each for each in lines if each["pricing_unit"] == currency]
    total = sum((each["amount"] for each in counted), Decimal(0))
    covered = sum(
        (each["amount"] for each in counted if each["line_type"] == "commit_applied"), Decimal(0)
    )
    sums = {"total": total, "credits_applied": covered, "subtotal": total - covered}
    return final(id, lines, **sums, **more)


def content(
    folder: Path,
    lines: Sequence[Mapping[str, Any]] = EVERY_KIND,
    seller: Mapping[str, Any] = SELLER,
    customer: Mapping[str, Any] = CUSTOMER,
    decimals: int = 2,
    void: bool = False,
    **row: Any,
) -> dict[str, Any]:
    """What the document of that invoice says, or of its void; without a logo."""
    file = written(folder, invoice_row(lines=lines, **row))
    due = due_of(decimals=decimals)
    customer = {**customer, "tax_rate": str(customer.get("tax_rate") or "0")}
    names = Names(
        {"acme-prepaid": "Annual commitment"},
        {"acme-1.usage.2025-12-01": "INV-000001"},
        {("000012", 5): {"minimum_applied": "12.0000", "maximum_applied": None}},
        {},
    )
    with Figures(file, ["000012"]) as figures:
        found = figures.invoice("000012", decimals, tax_rate(customer))
    made = invoice_content(due, found, seller, customer, names)
    if not void:
        return made
    taken_back = due_of(
        document_id="CN-000001", is_void=True, invoice_content=json.dumps(made), decimals=decimals
    )
    return credit_note_content(taken_back, "2026-02-09", "wrong rate")


def written(folder: Path, row: Mapping[str, Any]) -> Path:
    """A file as the ledger has it, with that row alone, and no ledger around it."""
    path = folder / "ledger.parquet"
    with duckdb.connect() as con:
        schema = con.sql(empty_select(LEDGER_ROW)).to_arrow_table().schema
    pq.write_table(pa.Table.from_pylist([dict.fromkeys(schema.names) | row], schema), path)
    return path


def due_of(**more: Any) -> Due:
    """The document of INV-000012."""
    plain = {
        "document_id": "INV-000012", "is_void": False, "invoice_id": "000012",
        "invoice_number": "INV-000012", "customer_id": "acme", "seller_id": "lantern",
        "decimals": 2, "made_file": "", "ledger_file": "", "digest": "digest of 000012",
        "has_account": True, "held_content": None, "held_detail": None, "invoice_content": None,
        "price_book": "b" * 64,
    }  # fmt: skip
    return Due(**{**plain, **more})


def published(
    home: Path,
    *rows: Mapping[str, Any],
    sellers: Sequence[Mapping[str, Any]] = (SELLER,),
    customers: Sequence[Mapping[str, Any]] = (CUSTOMER,),
    notes: Sequence[Mapping[str, Any]] = (),
    generation: int = 1,
) -> Path:
    """A data directory with these rows added to its ledger, and a publication; its `seeds`."""
    if rows:
        append(home, *rows)
    tables = {
        **book(), "pricing_units": [USD, JPY, CREDITS], "sellers": list(sellers),
        "billing_accounts": list(customers),
    }  # fmt: skip
    publish(home, {"credit_notes": notes}, tables, generation, digest=f"{generation:064}")
    seeds = home / "seeds"
    seeds.mkdir(exist_ok=True)
    (seeds / "logo.svg").write_text(LOGO)
    return seeds


NOTE = {"credit_note_number": "CN-000001", "invoice_id": "000012", "invoice_number": "INV-000012",
        "issue_on": date(2026, 2, 9), "currency": "USD", "total": Decimal(-1219)}  # fmt: skip
