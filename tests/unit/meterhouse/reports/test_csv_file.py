"""CSV for people: guards against text that a spreadsheet computes."""

import csv
import io
from decimal import Decimal

import pyarrow as pa

from meterhouse.reports.csv_file import csv_bytes

FORMULAS = ["=1+1", "+1", "-1", "@sum(a)", "\tx", "\rx", "'=1", "=cmd|' /C calc'!A0"]


def test_formulas_stay_text_and_numbers_stay_numbers() -> None:
    table = pa.table(
        {
            "name": [*FORMULAS, "plain", 'a "quoted", one', None],
            "amount": [Decimal("-12.50")] * len(FORMULAS) + [Decimal("0.00")] * 3,
        }
    )
    rows = list(csv.DictReader(io.StringIO(csv_bytes(table).decode())))
    names = [row["name"] for row in rows]
    assert names[: len(FORMULAS)] == [
        *("'=1+1", "'+1", "'-1", "'@sum(a)", r"'\tx", r"'\rx", "''=1"),
        "'=cmd|' /C calc'!A0",
    ]
    assert names[len(FORMULAS) :] == ["plain", 'a "quoted", one', ""]
    assert {row["amount"] for row in rows} == {"-12.50", "0.00"}
    # Who takes one apostrophe away has the text; control characters are shown (0201).
    assert [name.removeprefix("'") for name in names[:4]] == FORMULAS[:4]
