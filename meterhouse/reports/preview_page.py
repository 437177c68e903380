"""`meterhouse preview --html FILE`: a preview as one page to send around, which asks no other host.

Its style stands in it, and its policy lets nothing else run or load: not even from what the data
bring in.
"""

import base64
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.html import words
from meterhouse.html.environment import environment
from meterhouse.html.static import STATIC
from meterhouse.preview.preview import Preview

TEMPLATES = Path(__file__).resolve().parent / "templates"
# A page of more lines than this is read by nobody; --format csv has all.
MOST_LINES = 1_000
_SUMS = """
    select
        pricing_unit,
        count(*) filter (where difference > 0) as pay_more,
        count(*) filter (where difference < 0) as pay_less,
        count(*) filter (where difference = 0) as pay_the_same,
        sum(amount_now)::decimal(20, 4) as amount_now,
        sum(amount_preview)::decimal(20, 4) as amount_preview,
        sum(difference)::decimal(20, 4) as difference
    from customers
    group by pricing_unit
    order by pricing_unit
"""


def preview_page(preview: Preview, decimals: Mapping[str, int]) -> bytes:
    """The page in UTF-8; `decimals` by pricing unit. The same preview gives the same bytes."""
    style = (STATIC / "page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    customers = [row for row in preview.customers.to_pylist() if row["difference"]]
    changed = [
        row
        for row in preview.lines.to_pylist()
        if row["difference"] or row["quantity_now"] != row["quantity_preview"]
    ]

    def money(amount: Decimal, unit: str) -> str:
        return words.money(amount, unit, decimals)

    def change(row: Mapping[str, Any]) -> str:
        sign = "+" if row["difference"] > 0 else ""
        return sign + words.money(row["difference"], row["pricing_unit"], decimals)

    return (
        environment(TEMPLATES)
        .get_template("preview.html")
        .render(
            style=style,
            digest=digest,
            question=preview.question,
            as_of=preview.as_of,
            notes=preview.notes,
            sums=_sums(preview),
            totals=preview.totals.to_pylist(),
            more=[row for row in customers if row["difference"] > 0],
            less=[row for row in customers if row["difference"] < 0],
            lines=changed[:MOST_LINES],
            left_out=max(0, len(changed) - MOST_LINES),
            money=money,
            change=change,
            percent=_percent,
        )
        .encode()
    )


def _sums(preview: Preview) -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        con.register("customers", preview.customers)
        found = con.execute(_SUMS)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _percent(row: Mapping[str, Any]) -> str:
    """How much more or less it is, of what it is now; empty where that is nothing."""
    if not row["amount_now"] or not row["difference"]:
        return ""
    return f"{row['difference'] / abs(row['amount_now']) * 100:+.1f}\u00a0%"
