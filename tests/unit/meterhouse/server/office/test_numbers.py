"""Office pages over a small publication: the right rows and sums, pages of one publication, CSV.

Guards against a bucket that is a day off, rows told twice or left out between pages, data that runs
as a script or a formula, and a count of today that is not that of its list.
"""

import csv
import html
import io
import re
from decimal import Decimal

import pytest

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

from tests.unit.meterhouse.server.office.office import (
    INVOICES,
    SECRET,
    UNRATED,
    client,
    publish,
    signed_in,
    write_runs,
)

BUCKETS = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("METERHOUSE_COLLECTORS", str(tmp_path))
    publish(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def finance(home):
    """get(path) → the answer, as finance."""
    browser = signed_in(home, "finance")
    return lambda path: browser.get(f"/office/{path}")


def rows(found):
    assert found.status_code == 200, found.text
    return list(csv.DictReader(io.StringIO(found.text)))


def text_of(found):
    assert found.status_code == 200, found.text
    words = re.sub(r"<[^>]+>", " ", found.text.split("<main", 1)[1])
    return re.sub(r"\s+", " ", html.unescape(words).replace("\xa0", " "))


def test_receivables_are_aged_by_the_day_and_add_up_to_what_is_owed(finance):
    by_currency = {row["currency"]: row for row in rows(finance("receivables.csv"))}
    usd = {name: Decimal(by_currency["USD"][name] or 0) for name in (*BUCKETS, "owed")}
    # 0 days and what is owed to the customer; 1 and 30; 31 and 60; 61 and 90; 91.
    assert [usd[name] for name in BUCKETS] == [Decimal("0.5"), 6, 24, 96, 128]
    assert by_currency["USD"]["invoices"] == "9" and by_currency["USD"]["customer_id"] == "acme"
    for currency, row in by_currency.items():
        owed = sum(one["amount_due"] for one in INVOICES if one["currency"] == currency)
        assert sum(Decimal(row[name] or 0) for name in BUCKETS) == owed == Decimal(row["owed"])
    assert "254.50 USD" in text_of(finance("receivables"))
    assert "1,000.00 EUR" in text_of(finance("receivables?search=globex"))


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("search=INV-000003", {3}),
        ("search=globex", {10}),
        (f"search=gLOBEX+{SECRET}", {10}),
        ("status=draft", {11}),
        ("status=void", {12}),
        ("status=overdue", {2, 3, 4, 5, 6, 7, 8, 10}),
        ("status=owed", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}),
        ("status=overdue&search=acme&month=2025-12", {3, 4}),
        ("status=not_sent", set()),
        ("search=nobody", set()),
        ("search=%25", set()),
    ],
)
def test_invoices_are_found_by_customer_number_status_and_month(finance, asked, numbers):
    found = rows(finance(f"invoices.csv?{asked}"))
    assert {int(row["invoice_id"].rsplit("-", 1)[1]) for row in found} == numbers
    shown = text_of(finance(f"invoices?{asked}"))
    assert ("Nothing is like that" in shown) is (not numbers)
    assert (f"1 to {len(numbers)} of {len(numbers)}" in shown) is bool(numbers)


def test_invoices_are_summed_by_status_and_currency(finance):
    shown = text_of(finance("invoices"))
    assert "Draft 1 77.00 USD 0.00 USD" in shown and "Final 1 1,000.00 EUR 1,000.00 EUR" in shown
    assert "Final 9 254.50 USD 254.50 USD" in shown and "Void 1 9.00 USD 0.00 USD" in shown


@pytest.mark.parametrize(
    "path",
    ["invoices?month=2026-13", "invoices?status=x", "invoices?customer=acme", "held?next_page=x",
     "invoice", "explain?invoice=INV-000001&line=x", "messages?from_row=x", "rejected?status=x"],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_a_reason(finance, path):
    found = finance(path)
    assert found.status_code == 400 and "<h1>Not understood</h1>" in found.text


def test_pages_of_a_list_are_of_one_publication(home, finance):
    first = finance("unrated")
    publish(home, 2, unrated_usage=[{**UNRATED[0], "product_id": "new"}])
    seen, page = [], first
    while page:
        assert page.status_code == 200
        seen += re.findall(r"<span class=\"shown\">(p\d{3}|new)</span>", page.text)
        further = re.search(r'href="([^"]+)" rel="next"', page.text)
        page = finance(html.unescape(further.group(1))) if further else None
    assert seen == [row["product_id"] for row in UNRATED]
    back = re.search(r'href="([^"]+)" rel="next"', first.text)
    second = finance(html.unescape(back.group(1)))
    first_again = finance(html.unescape(re.search(r'"([^"]+)" rel="prev"', second.text).group(1)))
    assert first_again.text.split("<main")[1].count("p049") == 1 and "p050" not in first_again.text
    assert [row["product_id"] for row in rows(finance("unrated.csv"))] == ["new"]


def test_a_page_of_a_publication_that_is_gone_says_so(home, finance):
    import shutil

    further = re.search(r'href="([^"]+)" rel="next"', finance("unrated").text).group(1)
    publish(home, 2)
    shutil.rmtree(home / ".marts" / "1")
    found = finance(html.unescape(further))
    assert found.status_code == 410 and "Published anew" in found.text


def test_an_invoice_is_found_by_number_or_id_with_an_explanation_for_each_line(finance):
    for id in ("INV-000001", f"{SECRET}-1"):
        shown = finance(f"invoice?id={id}")
        assert "0.75 USD" in text_of(shown) and "0.25 USD" in text_of(shown)
        links = re.findall(r'href="(explain[^"]+)"', shown.text)
        assert [html.unescape(link) for link in links] == [
            f"explain?invoice={SECRET}-1&line={number}" for number in (1, 2)
        ]
    assert finance("invoice?id=INV-999999").status_code == 404
    void = text_of(finance("invoice?id=INV-000012"))
    assert f"by {SECRET}: {SECRET} <b>wrong" in void


def test_what_data_brings_in_is_text_and_no_cell_is_a_formula(finance):
    found = finance("invoice?id=INV-000001")
    assert "<script>alert" not in found.text and "&lt;script&gt;alert(1)" in found.text
    assert "<b>wrong" not in finance("invoice?id=INV-000012").text
    assert rows(finance("held.csv"))[0]["example"] == "'=1+1"
    echoed = finance('invoices?search="><script>alert(1)</script>')
    assert echoed.status_code == 200 and "<script>alert" not in echoed.text


def test_today_counts_what_its_lists_show(home, finance):
    shown = finance("")
    card = r'<a href="([^"]+)">[^<]+</a></h3>\n<p class="big">([\d,]+)</p>'
    cards = dict(re.findall(card, shown.text))
    assert cards["held"] == "1" and cards["invoices?status=overdue"] == "8"
    assert cards["unrated?reason=no_rate"] == "120" and cards["alerts?state=triggered"] == "1"
    assert cards["rejected"] == "7" and "providers" not in cards
    for name, _, asked in (it.partition("?") for it in cards if it != "rejected"):
        counted = cards[f"{name}?{asked}" if asked else name]
        assert str(len(rows(finance(f"{name}.csv?{asked}")))) == counted, name
    of_usd = text_of(shown).split("USD", 1)[1]
    assert re.findall(r"([\d.]+) USD", of_usd)[:4] == ["254.00", "1.00", "254.50", "77.00"]


def test_nothing_published_yet_is_said_and_sources_are_seen_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    monkeypatch.setenv("METERHOUSE_COLLECTORS", str(tmp_path))
    browser = signed_in(tmp_path, "operations")
    found = browser.get("/office/")
    assert found.status_code == 503 and "meterhouse run" in found.text
    for page in ("sources", "rejected", "messages", "failures"):
        assert browser.get(f"/office/{page}").status_code == 200, page
    assert client(tmp_path).get("/office/").status_code == 401


def test_runs_say_what_they_cost(home, finance):
    write_runs(home)
    (run,) = rows(finance("runs.csv"))
    assert (run["new_events"], run["seconds"]) == ("12", "3.500")
    assert "1.5 3.5" in text_of(finance("runs"))
