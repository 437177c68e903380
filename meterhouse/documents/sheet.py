"""A document as a spreadsheet: the invoice, its lines, what they are made of. No cell computes.

Texts are written as texts whatever they begin with; a figure that a spreadsheet would not hold
exactly (it has 15 digits) is written as text, too. The same content gives the same bytes.
"""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from meterhouse.documents.words import address_lines, item_details, item_name, tax_label, tax_reason
from raw_events.common.text import shown

Content = dict[str, Any]
# Of xlsxwriter, which has no types.
Worksheet = Any
Format = Any
_DIGITS = 15
# Characters of a cell; what is longer ends in a sign that says so.
_MOST = 32_767
_LINES = (
    ("Line", 6), ("Type", 18), ("Product", 34), ("Details", 44), ("Group", 30), ("Tier", 6),
    ("First day", 12), ("Day after the last", 16), ("Quantity", 20), ("Unit price", 16),
    ("List price", 14), ("Amount", 16), ("Unit", 8), ("Commit", 16),
)  # fmt: skip
_PARTS = (("Line", 6), ("Product", 34), ("Group", 44), ("Quantity", 20), ("Amount", 16),
          ("Unit", 8))  # fmt: skip


class Book:
    """A workbook in memory with what all sheets of this project have in common."""

    def __init__(self, title: str, author: str, created: datetime):
        from xlsxwriter import Workbook

        self._bytes = io.BytesIO()
        self.workbook = Workbook(
            self._bytes,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        # A spreadsheet knows no zones.
        self.workbook.set_properties(
            {"title": title, "author": author, "created": created.replace(tzinfo=None)}
        )
        self.head = self.workbook.add_format({"bold": True, "bottom": 1})
        self.bold = self.workbook.add_format({"bold": True})
        self._formats: dict[str, Format] = {}

    def sheet(self, name: str, columns: tuple[tuple[str, int], ...]) -> Worksheet:
        """A sheet with a head that stays in view."""
        sheet = self.workbook.add_worksheet(name)
        for at, (title, width) in enumerate(columns):
            sheet.set_column(at, at, width)
            sheet.write_string(0, at, title, self.head)
        sheet.freeze_panes(1, 0)
        return sheet

    def write(self, sheet: Worksheet, row: int, column: int, value: Any) -> None:
        """A text, a whole number, a Decimal, a day or an instant (in UTC); nothing for null."""
        if value is None:
            return
        if isinstance(value, datetime):
            moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            sheet.write_datetime(row, column, moment, self._format("yyyy-mm-dd hh:mm:ss"))
        elif isinstance(value, date):
            sheet.write_datetime(row, column, datetime.combine(value, datetime.min.time()))
        elif isinstance(value, Decimal) and is_held(value):
            sheet.write_number(row, column, float(value), self._as_shown(value))
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, int) and len(str(abs(value))) <= _DIGITS:
            sheet.write_number(row, column, value)
        else:
            sheet.write_string(row, column, _held_text(shown(str(value))))

    def done(self) -> bytes:
        """The file."""
        self.workbook.close()
        return self._bytes.getvalue()

    def _as_shown(self, value: Decimal) -> Format:
        decimals = max(0, -int(value.as_tuple().exponent))
        return self._format("#,##0" + ("." + "0" * decimals if decimals else ""))

    def _format(self, pattern: str) -> Format:
        if pattern not in self._formats:
            self._formats[pattern] = self.workbook.add_format({"num_format": pattern})
        return self._formats[pattern]


def is_held(value: Decimal) -> bool:
    """Whether a spreadsheet's number is this very one."""
    return len(value.normalize().as_tuple().digits) <= _DIGITS


def _held_text(text: str) -> str:
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def sheet_bytes(content: Content) -> bytes:
    """The document as a spreadsheet."""
    title = ("Credit note " if content.get("takes_back") else "Invoice ") + content["number"]
    day = date.fromisoformat(content["issue_on"])
    book = Book(title, content["seller"]["name"], datetime.combine(day, datetime.min.time()))
    _invoice(book, content, title)
    _lines(book, content)
    if any(line["parts"] for line in content["lines"]):
        _parts(book, content)
    return book.done()


def _invoice(book: Book, content: Content, title: str) -> None:
    sheet = book.sheet("Invoice", ((title, 30), ("", 60)))
    tax, back = content["tax"], content.get("takes_back")
    rows: list[tuple[str, Any]] = [
        ("Seller", ", ".join(address_lines(content["seller"]))),
        ("Seller's VAT id", content["seller"]["vat_id"]),
        ("Customer", ", ".join(address_lines(content["customer"]))),
        ("Customer's VAT id", content["customer"]["vat_id"]),
        ("Customer id", content["customer"]["customer_id"]),
        ("Contract", content["contract_id"]),
        ("Purchase order", content["customer"]["purchase_order"]),
        ("Invoice id", content["invoice_id"]),
        ("Takes back", back and back["number"]),
        ("Date", _day(content["issue_on"])),
        ("Due", _day(content["due_on"])),
        ("First day of the period", _day(content["period_start"])),
        ("Day after the period", _day(content["period_end"])),
        ("Currency", content["currency"]),
        ("Charges", Decimal(content["subtotal"])),
        ("Paid by balances and credits", Decimal(content["credits_applied"])),
        ("Total before tax", Decimal(content["total"])),
        (tax_label(content) if tax else "Tax", Decimal(tax["amount"]) if tax else None),
        ("Total with tax", Decimal(content["payable"])),
        ("Note", tax_reason(tax)),
    ]
    for at, (label, value) in enumerate(rows, 1):
        sheet.write_string(at, 0, label, book.bold)
        book.write(sheet, at, 1, value)


def _lines(book: Book, content: Content) -> None:
    sheet = book.sheet("Lines", _LINES)
    for row, line in enumerate(content["lines"], 1):
        values = (
            line["number"], line["type"], item_name(line),
            ", ".join(item_details(content, line)), line["group"], line["tier"],
            _day(line["service_start"]), _day(line["service_end"]), _decimal(line["quantity"]),
            _decimal(line["unit_price"]), _decimal(line["list_unit_price"]),
            _decimal(line["amount"]), line["unit"], line["commit_id"],
        )  # fmt: skip
        for column, value in enumerate(values):
            book.write(sheet, row, column, value)


def _parts(book: Book, content: Content) -> None:
    sheet = book.sheet("Breakdowns", _PARTS)
    parts = [(line, part) for line in content["lines"] for part in line["parts"]]
    for row, (line, part) in enumerate(parts, 1):
        values = (
            line["number"], item_name(line), part["group"], _decimal(part["quantity"]),
            _decimal(part["amount"]), line["unit"],
        )  # fmt: skip
        for column, value in enumerate(values):
            book.write(sheet, row, column, value)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None
