"""The spreadsheet of a document: nothing in it computes, every figure is the very one (S-78)."""

import io
from decimal import Decimal

import openpyxl

from meterhouse.documents.sheet import sheet_bytes
from tests.unit.meterhouse.delivery.billing_ledger import line
from tests.unit.meterhouse.documents.paper_world import EVERY_KIND, content


def opened(made):
    return openpyxl.load_workbook(io.BytesIO(sheet_bytes(made)))


def test_no_cell_is_a_formula_or_a_link(tmp_path):
    names = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "https://evil.example"]
    parts = [{"presentation_group": '{"user":"=2+2"}', "quantity": Decimal(1),
              "amount": Decimal(1)}]  # fmt: skip
    lines = [
        line(number, "1.00", product_name=name, breakdowns=parts)
        for number, name in enumerate(names, 1)
    ]
    book = opened(content(tmp_path, lines, customer_name="=cmd|' /C calc'!A0"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not any(cell.hyperlink for cell in cells)
    products = [row[2].value for row in book["Lines"].iter_rows(min_row=2)]
    assert products == names


def test_every_figure_is_the_very_one(tmp_path):
    big = line(11, "123456789012345.67", quantity=Decimal("123456789012345.1234567891"),
               unit_price=Decimal("0.0000000001"))  # fmt: skip
    made = content(tmp_path, [*EVERY_KIND, big])
    book = opened(made)
    rows = list(book["Lines"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(made["lines"])
    for row, each in zip(rows, made["lines"], strict=True):
        assert Decimal(str(row[8])) == Decimal(each["quantity"])
        assert Decimal(str(row[11])) == Decimal(each["amount"])
    assert isinstance(rows[-1][11], str), "seventeen digits are no number of a spreadsheet"
    parts = list(book["Breakdowns"].iter_rows(min_row=2, values_only=True))
    assert [Decimal(str(row[4])) for row in parts] == [Decimal(3), Decimal(2)]


def test_the_same_content_gives_the_same_bytes(tmp_path):
    made = content(tmp_path)
    assert sheet_bytes(made) == sheet_bytes(made)
