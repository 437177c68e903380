"""Lists for customers: pages of one publication, exact numbers, CSV that computes nothing."""

import csv
import io
import json
import shutil
from decimal import Decimal

import pytest

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

from meterhouse.server.customers.api import NEXT_PAGE, PREFIX, PUBLICATION
from meterhouse.server.customers.lists import LISTS
from meterhouse.server.customers.openapi import document
from meterhouse.server.reading.columns import MARTS
from tests.unit.meterhouse.server.customers.world import (
    DAYS,
    MINE,
    bearer,
    client,
    marts,
    row,
    world,
)


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """ask(name, **parameters) → the answer."""
    world(tmp_path, monkeypatch)
    server, headers = client(tmp_path), bearer(tmp_path, MINE)
    return lambda name, **asked: server.get(PREFIX + name, params=asked, headers=headers)


def test_pages_are_of_one_publication_and_gone_with_it(tmp_path, monkeypatch, ask):
    seen, page = [], {}
    for number in range(3, 8):
        found = ask("usage", limit=7, **page).json()
        seen += [one["usage_date"] for one in found["data"]]
        page = {"next_page": found["next_page"]}
        # Others are published meanwhile, with other rows.
        world(tmp_path, monkeypatch, number, usage_daily=marts(3)["usage_daily"])
    assert len(seen) == len(set(seen)) == 35
    last = ask("usage", limit=7, **page).json()
    assert len(seen) + len(last["data"]) == DAYS and last["next_page"] is None
    assert ask("usage").json()["publication"] != last["publication"]
    shutil.rmtree(tmp_path / ".marts" / "1")
    gone = ask("usage", limit=7, **page)
    assert gone.status_code == 410 and "Start again" in gone.json()["message"]


def test_csv_has_the_same_rows_and_its_next_page_in_a_header(ask):
    told, found = ask("spend", limit=5).json(), ask("spend", limit=5, format="csv")
    assert found.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(found.text)))
    assert len(rows) == len(told["data"]) == 5
    for one, other in zip(rows, told["data"], strict=True):
        assert one["service_on"] == other["service_on"]
        assert Decimal(one["amount"]) == Decimal(other["amount"])
        assert json.loads(one["pricing_group"]) == other["pricing_group"]
    assert found.headers[PUBLICATION] == told["publication"]
    more = ask("spend", limit=5, format="csv", next_page=found.headers[NEXT_PAGE])
    assert more.status_code == 200 and NEXT_PAGE in more.headers


def test_no_cell_of_a_csv_is_a_formula_and_a_minus_is_a_number(tmp_path, monkeypatch, ask):
    evil = row(MARTS["spend_daily"], MINE, product_name="=1+1", amount=Decimal("-3.5"))
    world(tmp_path, monkeypatch, 2, spend_daily=[evil])
    (found,) = csv.DictReader(io.StringIO(ask("spend", format="csv").text))
    assert found["product_name"] == "'=1+1" and Decimal(found["amount"]) == Decimal("-3.5")


def test_an_empty_list_as_csv_has_its_header(ask):
    found = ask("usage", starting_on="2030-01-01", format="csv").text
    assert found.strip().replace('"', "").split(",")[0] == "usage_date"
    assert len(found.splitlines()) == 1


def test_days_narrow_usage_and_spend(ask):
    for name, column in (("usage", "usage_date"), ("spend", "service_on")):
        found = ask(name, starting_on="2026-01-10", ending_before="2026-01-13").json()["data"]
        days = [one[column] for one in found]
        assert days == ["2026-01-10", "2026-01-11", "2026-01-12"]


def test_an_invoice_has_its_lines_with_their_breakdown(ask):
    (listed,) = ask("invoices").json()["data"]
    found = ask("invoices/" + listed["invoice_id"]).json()["data"]
    assert {key: found[key] for key in listed} == listed
    (line,) = found["lines"]
    assert line["amount"] == "4" and isinstance(line["pricing_group"], dict)
    assert [part["amount"] for part in line["breakdown"]] == ["4"]
    assert ask("invoices/none").status_code == 404


def test_a_parameter_that_nobody_knows_is_refused(ask):
    for name in LISTS:
        found = ask(name, customer_id=MINE)
        assert found.status_code == 400 and "customer_id" in found.json()["message"]


def test_void_invoices_are_no_spend(tmp_path, monkeypatch, ask):
    world(tmp_path, monkeypatch, 2, spend_daily=[row(MARTS["spend_daily"], MINE, status="void")])
    assert ask("spend").json()["data"] == []


def test_the_document_describes_each_list_and_its_parameters(ask):
    told = ask("openapi.json").json()
    assert told == document() and told["openapi"].startswith("3.1")
    for name, one in LISTS.items():
        asked = told["paths"][f"{PREFIX}{name}"]["get"]["parameters"]
        assert {it["name"] for it in asked} == {*one.asks, "limit", "next_page", "format"}


def test_no_answer_sends_people_to_the_host_that_a_request_names(tmp_path, monkeypatch):
    world(tmp_path, monkeypatch)
    headers = {**bearer(tmp_path, MINE), "Host": "evil.example"}
    for path in ("usage/", "invoices", "/usage"):
        found = client(tmp_path).get(PREFIX + path, headers=headers, follow_redirects=False)
        assert "location" not in found.headers and "evil" not in found.text
