"""What `meterhouse preview` prints and writes."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from rich.console import Console

from meterhouse.preview.preview import Preview
from meterhouse.preview.question import Question
from meterhouse.reports.preview import print_preview, write_preview

LINE = {
    "customer_id": "acme",
    "customer_name": "Acme",
    "contract_id": "acme-1",
    "invoice_id": "acme-1.usage.2026-01-01",
    "status": "finalized",
    "invoice_type": "usage",
    "invoiced_for": date(2026, 1, 1),
    "invoiced_to": date(2026, 2, 1),
    "line_type": "usage",
    "product_id": "tokens",
    "product_name": "Tokens [all]",
    "pricing_group": '{"model":"a"}',
    "tier": 2,
    "commit_id": None,
    "pricing_unit": "USD",
    "metric_now": "llm_tokens v1",
    "metric_preview": "llm_tokens v2",
    "quantity_now": Decimal("300.5"),
    "quantity_preview": Decimal(600),
    "amount_now": Decimal("3.0000"),
    "amount_preview": Decimal("6.0000"),
    "difference": Decimal("3.0000"),
}
SUMS = ("pricing_unit", "amount_now", "amount_preview", "difference")


@pytest.fixture
def answer() -> Preview:
    sums = {name: LINE[name] for name in SUMS}
    same = LINE | {"product_name": "Calls", "quantity_now": Decimal(600), "difference": Decimal(0)}
    return Preview(
        Question("llm_tokens", 2),
        datetime(2026, 2, 10, tzinfo=UTC),
        pa.Table.from_pylist(
            [{"status": "finalized", "invoices": 1, "invoices_changed": 1, **sums}]
        ),
        pa.Table.from_pylist(
            [{"customer_id": "acme", "customer_name": "Acme", "invoices_changed": 1, **sums}]
        ),
        pa.Table.from_pylist([LINE, same]),
        ["Worth knowing."],
    )


def test_a_page_has_totals_customers_changed_lines_and_notes(answer: Preview):
    console = Console(file=io.StringIO(), width=200)
    print_preview(answer, {"USD": 2}, shown=20, console=console)
    page = console.file.getvalue()
    assert "Invoices with llm_tokens version 2" in page
    assert "would have been (final)" in page and "+3.00 (+100.0 %)" in page
    assert "Acme (acme)" in page and "300.5 → 600" in page
    assert "usage, model a, tier 2, llm_tokens v1 → llm_tokens v2" in page
    assert "Tokens [all]" in page and "Calls" not in page
    assert page.endswith("Note: Worth knowing.\n")


def test_files_have_every_line_with_exact_amounts(answer: Preview, tmp_path: Path):
    for kind in ("csv", "parquet", "json"):
        write_preview(answer, kind, tmp_path / f"lines.{kind}")
    assert pa.csv.read_csv(tmp_path / "lines.csv").num_rows == 2
    stored = pa.parquet.read_table(tmp_path / "lines.parquet")
    assert stored.equals(answer.lines)
    found = json.loads((tmp_path / "lines.json").read_text("utf-8"))
    assert found["lines"][0]["amount_now"] == "3.0000"
    assert found["totals"][0]["difference"] == "3.0000"
    assert (found["metric"], found["version"], found["seeds"]) == ("llm_tokens", 2, None)
