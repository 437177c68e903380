"""The office in a real browser: signing in, every page at three sizes, light and dark, with axe.

Skipped where Debian's Chromium or Playwright is not installed. The server is the real one, uvicorn
over the real routes. METERHOUSE_SHOTS=DIR keeps pictures.
"""

from decimal import Decimal

import pytest

pytest.importorskip("playwright", reason="pip install -e '.[dev]'")
pytest.importorskip("uvicorn", reason="pip install 'meterhouse[serve]'")

from meterhouse.common.failures import FailedRun, note_failure
from meterhouse.server.app import Server, application
from meterhouse.server.authentication import Authentication
from meterhouse.server.office import routes as office
from meterhouse.server.office.explained import Explainer
from meterhouse.server.office.pages import LISTS
from meterhouse.server.reading.engine import Engine
from meterhouse.server.tokens import TokenBook
from tests.browser.chromium import CHROMIUM, SIZES, check_page, served, watch
from tests.unit.meterhouse.preview import test_preview_page as previews
from tests.unit.meterhouse.server.office.office import publish, token, write_runs
from tests.unit.meterhouse.server.reading.tiny import AS_OF

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"
)
PAGES = ["", *LISTS, "invoice?id=INV-000001", "invoice?id=INV-000012",
         "explain?invoice=INV-000001&line=1", "invoice?id=nothing"]  # fmt: skip
SECTIONS = [
    {"title": "How the amount comes about", "facts": {"invoice": "INV-000001", "amount": "0.75"},
     "columns": [f"column_{number}" for number in range(12)], "rows": [["value"] * 12] * 3},
]  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The office's address, and a token of finance and one of operations."""
    home = tmp_path_factory.mktemp("office") / "home"

    async def sections(self, invoice, line, limit):
        return SECTIONS

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METERHOUSE_HOME", str(home))
        patch.setenv("METERHOUSE_COLLECTORS", str(home.parent))
        patch.setattr(Explainer, "sections", sections)
        publish(home)
        write_runs(home)
        note_failure(home, FailedRun("run-1", "run", AS_OF, "The disk is full: " + "x" * 90))
        server = Server(home, Authentication(TokenBook(home)))
        tokens = {role: token(home, role) for role in ("finance", "operations")}
        app = application(server, [lambda server: office.routes(Engine(home), server)])
        with served(app) as address:
            yield address + office.PREFIX, tokens


@pytest.fixture
def opened(browser, site):
    """open(size, scheme, role) → a page that is signed in by hand; it did nothing forbidden."""
    address, tokens = site
    faults, contexts = [], []

    def open_page(size=SIZES[2], scheme="light", role="finance"):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        watch(page, address.split("/office")[0], faults)
        page.goto(address + "sign-in")
        page.get_by_label("Token").fill(tokens[role])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # A page that is not there is asked for on purpose.
    assert not [fault for fault in faults if "404" not in fault and "401" not in fault]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_every_page_fits_and_breaks_no_rule_of_axe(opened, site, size, scheme):
    page = opened(size, scheme)
    for path in PAGES:
        page.goto(site[0] + path)
        name = path.split("?")[0] or "today"
        check_page(page, f"office-{name}{path[-3:] if '?' in path else ''}", scheme, size[0])
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(site[0] + "sign-in")
    check_page(page, "office-sign-in", scheme, size[0])


def test_a_browser_signs_in_looks_and_signs_out(opened, site):
    page = opened()
    assert page.title() == "Today · Meterhouse office"
    page.get_by_role("link", name="Usage has no price").click()
    assert page.get_by_text("1 to 50 of 120").is_visible()
    page.get_by_role("link", name="Next").click()
    assert page.get_by_text("51 to 100 of 120").is_visible()
    page.get_by_role("link", name="Invoices", exact=True).click()
    page.get_by_label("Search").fill("inv-000001")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="INV-000001").click()
    page.get_by_role("link", name="Explain line 1").click()
    assert page.get_by_role("heading", name="Line 1, explained").is_visible()
    cookie = next(it for it in page.context.cookies() if it["name"] == "meterhouse_office")
    assert (
        cookie["httpOnly"]
        and cookie["sameSite"] == "Strict"
        and not page.evaluate("document.cookie")
    )
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(site[0] + "sign-in")
    assert page.goto(site[0] + "invoices").status == 401
    assert page.get_by_label("Token").is_visible()


def test_operations_is_led_to_no_page_of_money(opened, site):
    page = opened(role="operations")
    offered = page.get_by_role("navigation", name="Sections").get_by_role("link")
    assert offered.all_inner_texts() == ["Today", "Usage", "Alerts", "System"]
    assert page.request.get(site[0] + "invoices").status == 403


def test_a_phone_says_at_each_value_what_it_is(opened, site):
    page = opened(SIZES[0])
    page.goto(site[0] + "receivables?search=globex")
    shown = page.locator("table.list").last.locator("td[data-label='1–30 days']")
    assert "1–30 days" in shown.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert page.get_by_role("table", name="").count() or page.get_by_role("table").count()
    assert page.get_by_role("cell", name="1,000.00 EUR").first.is_visible()
    assert page.get_by_role("columnheader").count() > 5


def test_the_sign_in_is_done_with_the_keyboard_alone(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site[0] + "held")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(site[1]["finance"])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Held contracts").wait_for()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_a_preview_as_a_page_fits_and_breaks_no_rule_of_axe(browser, tmp_path, size, scheme):
    previewed = tmp_path / "preview.html"
    line = previews.LINE | {"amount_now": Decimal("1234567.89")}
    previewed.write_text(previews.page(lines=[line] * 20), "utf-8")
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme
    )
    faults: list[str] = []
    page = context.new_page()
    watch(page, previewed.as_uri(), faults)
    page.goto(previewed.as_uri())
    check_page(page, "preview", scheme, size[0])
    assert page.evaluate("getComputedStyle(document.body).margin") == "0px", "its style counts"
    context.close()
    assert not faults
