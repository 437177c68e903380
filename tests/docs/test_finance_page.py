"""The page for finance names every column of packages and recurring grants, our own tables.

Guards against a column that people can write and that nobody told them of.
"""

import re
from pathlib import Path

import pytest

from meterhouse.price_book.package_tables import PACKAGE_TABLES
from meterhouse.price_book.recurring_grants import RECURRING_TABLES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "finance.md"
TABLES = {**PACKAGE_TABLES, **RECURRING_TABLES}


@pytest.mark.parametrize("table", TABLES)
def test_the_reference_has_every_column(table: str):
    text = PAGE.read_text("utf-8")
    # the row of its table, or, where the columns have a table of their own, the part that follows
    rows = [line for line in text.splitlines() if line.startswith(f"| `{table}.csv` |")]
    said = " ".join(rows) or text.partition(f"`{table}.csv`")[2].partition("\n## ")[0]
    documented = set(re.findall(r"`(\w+\*?)`", said))
    columns = {
        column.name + "*" * (column.required and column.default is None)
        for column in TABLES[table].columns
    }
    assert not columns - documented
