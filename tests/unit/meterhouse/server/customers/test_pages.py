"""A customer's pages: its own rows alone, escaped, behind a signed link; the same as files (S-77).

Guards against another customer's rows on a page, a script that data brings in, a page that asks
another host, and pages as files that say something else than the server's.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

import hashlib
import warnings

from starlette.applications import Starlette

from meterhouse.cli.main import main
from meterhouse.html.static import STATIC
from meterhouse.server.app import Server
from meterhouse.server.authentication import Authentication
from meterhouse.server.customers.links import new_key, new_link
from meterhouse.server.customers.memory import Memory
from meterhouse.server.customers.pages import routes as pages
from meterhouse.server.customers.pages.render import PAGES
from meterhouse.server.reading.columns import MARTS
from meterhouse.server.tokens import TokenBook
from tests.unit.meterhouse.server.customers.world import CUSTOMERS, MINE, OTHERS, row, world

EVIL = "<script>alert(1)</script>\"'{{ frame }}"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """get(path, customer) → the answer; `get.link(customer)` makes a link."""
    world(tmp_path / "home", monkeypatch)
    return opened(tmp_path / "home")


def opened(home):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

    server = Server(home, Authentication(TokenBook(home)))
    memory = Memory(home)
    memory.load()
    client = TestClient(Starlette(routes=pages.routes(memory, server)), follow_redirects=False)

    def get(path, customer=MINE, link=None):
        link = link or new_link(home, customer, 30, datetime.now(UTC))
        return client.get(f"{pages.PREFIX}{link}/{path}")

    get.home, get.client = home, client
    return get


def paths_of(get, customer):
    listed = get("invoices.html", customer).text
    found = sorted(set(re.findall(r'href="((?!\.\.|data:|#)[^"]+)"', listed)))
    assert any(path.startswith("invoice-") for path in found)
    return sorted({*found, *(f"{name}.html" for name in PAGES), "usage.csv", "spend.csv"})


def test_each_page_has_its_customers_rows_and_no_byte_of_another(site):
    for customer, other in (CUSTOMERS, CUSTOMERS[::-1]):
        for path in paths_of(site, customer):
            found = site(path, customer)
            assert found.status_code == 200, path
            assert other not in found.text, path
            assert customer in found.text, path


def test_a_page_of_another_customers_invoice_is_not_there(site):
    (page,) = [
        path
        for path in paths_of(site, OTHERS)
        if path.startswith("invoice-") and "lines" not in path
    ]
    assert site(page, OTHERS).status_code == 200
    assert site(page, MINE).status_code == 404


@pytest.mark.parametrize("path", ["index", "index.htm", "x.html", "secret.csv", "%2e%2e/x"])
def test_what_is_no_page_is_404(site, path):
    assert site(path).status_code == 404


def test_a_link_that_does_not_count_shows_nothing(site):
    good = new_link(site.home, MINE, 1, datetime.now(UTC))
    over = new_link(site.home, MINE, 1, datetime(2020, 1, 1, tzinfo=UTC))
    for link in (over, "x.y", good[:-1], good.split(".")[0] + "." + over.split(".")[1]):
        found = site("index.html", link=link)
        assert found.status_code == 403 and MINE not in found.text
    assert site("index.html", link=good).status_code == 200
    new_key(site.home, forget=True)
    assert site("index.html", link=good).status_code == 403


def test_nothing_inline_runs_and_no_other_host_is_named(site):
    for path in paths_of(site, MINE):
        found = site(path)
        policy = found.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'self'" in policy
        assert found.headers["referrer-policy"] == "no-referrer"
        if not path.endswith(".csv"):
            assert not re.search(
                r"<script(?! src=\"\.\./static/)|<style| style=| on\w+=", found.text
            )
            assert not re.search(r"(src|href)=\"(https?:)?//", found.text)


def test_what_data_brings_in_is_text(tmp_path, monkeypatch):
    spent = row(MARTS["spend_daily"], MINE, product_name=EVIL, pricing_group='{"<b>":"<i>x</i>"}')
    line = row(MARTS["invoice_lines"], MINE, product_name=EVIL)
    world(tmp_path / "home", monkeypatch, spend_daily=[spent], invoice_lines=[line])
    get = opened(tmp_path / "home")
    for path in paths_of(get, MINE):
        if not path.endswith(".csv"):
            text = get(path).text
            assert "<script>alert" not in text and "<i>x" not in text and "<b>" not in text
    assert "&lt;script&gt;alert(1)" in get("index.html").text


def test_pages_as_files_are_those_of_the_server(site, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("METERHOUSE_HOME", str(site.home))
    assert main(["pages", "--out", str(tmp_path / "out")]) == 0
    assert "2 customers" in capsys.readouterr().out
    for customer in CUSTOMERS:
        for path in paths_of(site, customer):
            written = (tmp_path / "out" / customer / path).read_bytes()
            assert written == site(path, customer).content, path
    for file in STATIC.iterdir():
        served = site.client.get(f"{pages.PREFIX}static/{file.name}")
        assert served.status_code == 200
        assert served.content == (tmp_path / "out" / "static" / file.name).read_bytes()
    assert main(["pages", "--out", str(tmp_path / "out"), "nobody"]) == 2


def test_vendored_files_are_what_their_list_says():
    listed = re.findall(
        r"^(\S+\.js)\s.*\s([0-9a-f]{64})$", (STATIC / "VENDORED.txt").read_text(), re.MULTILINE
    )
    assert {name for name, _ in listed} == {"d3.js", "plot.js"}
    for name, digest in listed:
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest
        assert (STATIC / name).with_suffix(".LICENSE.txt").is_file()


def test_sites_that_may_show_pages_in_a_frame_are_a_setting(monkeypatch):
    monkeypatch.setenv(pages.FRAMES, "https://app.example.com https://b.example.com")
    assert pages.frame_ancestors() == "https://app.example.com https://b.example.com"
    monkeypatch.setenv(pages.FRAMES, "*; script-src *")
    with pytest.raises(Exception, match="list of sites"):
        pages.frame_ancestors()


def test_an_invoice_of_which_a_part_was_received_says_what_is_still_to_pay(tmp_path, monkeypatch):
    of_part = {"status": "finalized", "total": Decimal(100), "payment_status": "partially_paid",
               "amount_received": Decimal(40), "amount_due": Decimal(60)}  # fmt: skip
    world(tmp_path, monkeypatch, invoices=[row(MARTS["invoices"], MINE, **of_part)])
    path = next(it for it in paths_of(opened(tmp_path), MINE) if it.startswith("invoice-"))
    text = opened(tmp_path)(path).text
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", text))
    assert facts["Status"] == "Final, partially paid"
    assert (facts["Received"], facts["Still to pay"]) == ("40.00\xa0USD", "60.00\xa0USD")


def test_a_link_without_its_page_leads_on_whatever_host_is_named(site):
    """An absolute address would be of http:// and of the host that the request names."""
    link = new_link(site.home, MINE, 30, datetime.now(UTC))
    for path, place in ((link, f"{link}/index.html"), (f"{link}/", "index.html")):
        found = site.client.get(pages.PREFIX + path, headers={"Host": "evil.example"})
        assert (found.status_code, found.headers["location"]) == (302, place)
    assert site.client.get(pages.PREFIX + link[:-1]).status_code == 403
