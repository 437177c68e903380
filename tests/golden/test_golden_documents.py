"""Every final invoice of all scenarios as a document: printed, and valid by the official rules.

Guards against lines of a kind that the page or the e-invoice has no words or no place for (S-78).
"""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import duckdb
import pytest

from meterhouse.documents.content import Names, invoice_content, tax_rate
from meterhouse.documents.einvoice import einvoice_xml
from meterhouse.documents.errors import DocumentError
from meterhouse.documents.figures import Figures
from meterhouse.documents.page import page
from meterhouse.documents.pdf import Press
from meterhouse.documents.schematron import Validator
from meterhouse.documents.sheet import sheet_bytes
from meterhouse.reports.invoice_data import currency_decimals
from tests.unit.meterhouse.documents.paper_world import CUSTOMER, SELLER, due_of

NAMES = Names({}, {}, {}, {})


def contents(home: Path) -> Iterator[dict[str, Any]]:
    """What the document of each final invoice with lines says, in both forms by turns."""
    decimals = currency_decimals(home)
    forms = cycle(("ubl", "facturx"))
    for path in sorted((home / "invoices").glob("*.parquet")):
        rows = duckdb.execute(
            "select invoice_id, invoice_number, currency from read_parquet($1) "
            "where event = 'finalized' and invoice_number is not null order by invoice_id",
            [str(path)],
        ).fetchall()
        with Figures(path, [invoice_id for invoice_id, *_ in rows]) as figures:
            for invoice_id, number, currency in rows:
                customer = {**CUSTOMER, "tax_rate": "0.19", "einvoice": next(forms)}
                places = decimals[currency]
                found = figures.invoice(invoice_id, places, tax_rate(customer))
                due = due_of(invoice_id=invoice_id, invoice_number=number, decimals=places)
                yield invoice_content(due, found, SELLER, customer, NAMES)


def test_every_final_invoice_has_its_page_its_sheet_and_a_valid_e_invoice(
    folder: Path, published: object, tmp_path: Path
):
    problems, kinds, printed = [], set(), 0
    press = Press(tmp_path)
    with Validator() as rules:
        for content in contents(folder / "home"):
            kinds |= {line["type"] for line in content["lines"]}
            assert press.pdf(page(content), content["issue_on"], None, None).startswith(b"%PDF")
            assert sheet_bytes(content)
            printed += 1
            if content["decimals"] > 2:
                with pytest.raises(DocumentError, match="EN 16931 allows two decimals"):
                    einvoice_xml(content)
                continue
            broken = rules.broken_rules(content["einvoice"], einvoice_xml(content))
            problems += [(content["invoice_id"], each) for each in broken]
    assert problems == []
    assert printed > 0
    print(f"{printed} documents, of lines {', '.join(sorted(kinds))}")
