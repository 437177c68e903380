"""Customers' pages in a real browser: three sizes, light and dark, with axe (S-77).

Skipped where Debian's Chromium or Playwright is not installed. The server is the real one, uvicorn
over the real routes; a page that asks another host, breaks the content security policy, logs an
error, is wider than its window or breaks a rule of axe fails. METERHOUSE_SHOTS=DIR keeps pictures.
"""

import hashlib
import os
import re
import shutil
import threading
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="pip install -e '.[dev]'")
pytest.importorskip("uvicorn", reason="pip install 'meterhouse[serve]'")

import uvicorn
from playwright import sync_api

from meterhouse.server.app import Server, application
from meterhouse.server.authentication import Authentication
from meterhouse.server.customers.links import new_link
from meterhouse.server.customers.memory import Memory
from meterhouse.server.customers.pages import routes as pages
from meterhouse.server.customers.pages.render import PAGES
from meterhouse.server.reading.columns import MARTS
from meterhouse.server.tokens import TokenBook
from tests.unit.meterhouse.server.customers.test_customers_documents import content, render
from tests.unit.meterhouse.server.customers.world import MINE, row, world

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"
)
AXE = Path(__file__).with_name("axe.min.js")
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
SIZES = ((390, 844), (820, 1180), (1280, 900))
TODAY = date(2026, 2, 10)


def busy_marts():
    """Sixty days of nine products and two groups, a balance in use, an invoice with breakdowns."""
    days = [TODAY - timedelta(number) for number in range(60)]
    spend = [
        row(
            MARTS["spend_daily"], MINE, service_on=day, product_name=f"Product number {number}",
            amount=Decimal(100 * number + day.day), pricing_group='{"region":"eu"}',
        )
        for day in days
        for number in range(1, 10)
    ]  # fmt: skip
    usage = [
        row(
            MARTS["usage_daily"], MINE, usage_date=day, metric=metric, quantity=Decimal(day.day),
            group=f'{{"region":"r{number}"}}',
        )
        for day in days[:40]
        for metric in ("api_calls", "peak_connections")
        for number in range(9)
    ]  # fmt: skip
    balance = row(
        MARTS["commit_balances"], MINE, granted=Decimal(1000), remaining=Decimal(250),
        applied_finalized=Decimal(750), applied_draft=Decimal(0), expired=Decimal(0),
        ending_before=date(2026, 6, 1),
    )  # fmt: skip
    lines = [
        row(MARTS["invoice_lines"], MINE, line_number=number, service_end=date(2026, 2, 1))
        for number in range(1, 6)
    ]
    return {
        "spend_daily": spend, "usage_daily": usage, "commit_balances": [balance],
        "invoice_lines": lines,
    }  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where the pages of a customer with a lot to show are, with a slash at the end."""
    home = tmp_path_factory.mktemp("pages") / "home"
    with pytest.MonkeyPatch.context() as patch:
        world(home, patch, **busy_marts())
    render(home, MINE, "INV-000001")
    memory = Memory(home)
    memory.load()
    server = Server(home, Authentication(TokenBook(home)))
    app = application(server, [lambda server: pages.routes(memory, server)])
    serving = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    while not serving.started:
        time.sleep(0.05)
    port = serving.servers[0].sockets[0].getsockname()[1]
    link = new_link(home, MINE, 1, datetime.now(UTC))
    yield f"http://127.0.0.1:{port}{pages.PREFIX}{link}/"
    serving.should_exit = True
    thread.join(10)
    memory.close()


@pytest.fixture(scope="module")
def browser():
    """Chromium, without a window."""
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, address):
    """open(name, size, scheme) → the page, loaded; at the end nothing that it must not was done."""
    faults, contexts = [], []
    host = address.split("/customer")[0]

    def heard(request):
        if not request.url.startswith((host, "data:")):
            faults.append(f"asked {request.url}")

    def open_page(name, size=SIZES[2], scheme="light"):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", heard)
        page.on("console", lambda said: said.type == "error" and faults.append(said.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address + name, wait_until="networkidle")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults


def names(page):
    """All pages, that of an invoice too."""
    invoice = re.search(r"invoice-[0-9a-f]{16}\.html", page.content())
    return [*(f"{name}.html" for name in PAGES), invoice.group()]


def test_axe_is_the_file_that_we_know():
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == AXE_SHA256


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_every_page_fits_and_breaks_no_rule_of_axe(opened, size, scheme):
    for name in names(opened("invoices.html")):
        page = opened(name, size, scheme)
        if os.environ.get("METERHOUSE_SHOTS"):
            shot = f"{name.split('.')[0].split('-')[0]}-{scheme}-{size[0]}.png"
            page.screenshot(path=Path(os.environ["METERHOUSE_SHOTS"]) / shot, full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        # Evaluated from outside, so the page's own policy stays as it is.
        page.evaluate(AXE.read_text("utf-8") + ";0")
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        broken = [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
        assert not broken, (name, size, scheme)


def test_a_document_is_saved_under_its_name_as_it_was_rendered(opened):
    page = opened(names(opened("invoices.html"))[-1])
    with page.expect_download() as saved:
        page.get_by_role("link", name="Invoice as PDF").click()
    assert saved.value.suggested_filename.endswith(".pdf")
    assert Path(saved.value.path()).read_bytes() == content(MINE, "pdf")


def test_charts_are_drawn_from_the_tables_below_them(opened):
    page = opened("spend.html")
    charts = page.locator("figure.chart")
    assert charts.count() == 3
    for number in range(charts.count()):
        chart = charts.nth(number)
        cells = chart.locator("tbody td").evaluate_all(
            "all => all.filter(cell => Number(cell.dataset.value) !== 0).length"
        )
        assert chart.locator(".plot-place rect").count() == cells > 0
        assert chart.locator(".plot-place").get_attribute("role") == "img"


def test_pages_are_walked_with_the_keyboard_alone(opened):
    page = opened("index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    walked = []
    for _ in range(30):
        page.keyboard.press("Tab")
        walked.append(page.evaluate("document.activeElement.tagName"))
    assert {"A", "SUMMARY"} <= set(walked)
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None
    assert page.locator("details table").first.is_visible()


def test_the_tables_are_there_without_a_script(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "spend.html")
    page.locator("summary").first.click()
    assert page.locator("details table").first.is_visible()
    context.close()
