"""`meterhouse preview --html`: one file that asks nobody, says who pays more, and escapes data."""

import base64
import hashlib
import html
import re
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa

from meterhouse.preview.preview import Preview
from meterhouse.preview.question import Question
from meterhouse.reports.preview_page import MOST_LINES, preview_page
from tests.unit.meterhouse.preview.test_preview_report import LINE

EVIL = "<script>alert(1)</script>"


def customer(id, unit, now, then):
    now, then = Decimal(now), Decimal(then)
    return {"customer_id": id, "customer_name": f"{id} {EVIL}", "pricing_unit": unit,
            "invoices_changed": int(now != then), "amount_now": now, "amount_preview": then,
            "difference": then - now}  # fmt: skip


CUSTOMERS = [
    customer("a", "USD", "10", "15"), customer("b", "USD", "10", "8.50"),
    customer("c", "USD", "7", "7"), customer("d", "EUR", "0", "4"),
]  # fmt: skip
TOTALS = [
    {"status": "draft", "pricing_unit": "USD", "invoices": 3, "invoices_changed": 2,
     "amount_now": Decimal(27), "amount_preview": Decimal("30.50"), "difference": Decimal("3.50")},
]  # fmt: skip


def page(customers=CUSTOMERS, lines=(LINE,), totals=TOTALS):
    tables = (pa.Table.from_pylist(list(rows)) for rows in (totals, customers, lines))
    answer = Preview(
        Question("llm_tokens", 2), datetime(2026, 2, 10, tzinfo=UTC), *tables, ["Worth knowing."]
    )
    return preview_page(answer, {"USD": 2, "EUR": 2}).decode()


def words(text):
    body = re.sub(r"<[^>]+>", " ", text.split("<main", 1)[1])
    return re.sub(r"\s+", " ", html.unescape(body).replace("\xa0", " "))


def test_sums_are_by_currency_and_count_who_pays_more_and_less():
    said = words(page())
    assert "USD 1 1 1 27.00 USD 30.50 USD +3.50 USD +13.0 %" in said
    assert "EUR 1 0 0 0.00 EUR 4.00 EUR +4.00 EUR" in said
    assert "Drafts, will be 3 2 27.00 USD 30.50 USD +3.50 USD" in said
    more, less = said.split("Customers who would pay less")
    assert "Customers who would pay more: 2" in more and "+5.00 USD +50.0 %" in more
    assert less.startswith(": 1") and "-1.50 USD -15.0 %" in less
    assert "Tokens [all] model a tier 2" in said and "300.5 600" in said
    assert "To know: Worth knowing." in said and "llm_tokens version 2" in said


def test_it_asks_no_other_host_and_runs_nothing():
    text = page()
    assert not re.search(r"(src|href)=\"(?!#|data:)", text) and "<script" not in text
    assert "url(" not in text and "@import" not in text and " style=" not in text
    assert EVIL not in text and html.escape(EVIL) in text
    (style,) = re.findall(r"<style>(.*)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in text and "default-src 'none'" in text


def test_the_same_preview_gives_the_same_bytes():
    assert page() == page()


def test_lines_beyond_a_bound_are_counted_and_left_out():
    text = page(lines=[LINE] * (MOST_LINES + 5))
    assert text.count("Tokens [all]") == MOST_LINES and "5 more are in" in words(text)


def test_where_nothing_changes_it_says_so():
    same = {**LINE, "difference": Decimal(0), "quantity_now": Decimal(600)}
    said = words(page(CUSTOMERS[2:3], lines=[same]))
    assert "Customers who would pay more: 0" in said and "Lines that change: 0" in said
