"""Office pages: every route, every kind of token (S-77). Guards against a page without a door."""

import pytest

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

from starlette.routing import Route

from meterhouse.server.app import Server
from meterhouse.server.authentication import Authentication
from meterhouse.server.office import routes as office
from meterhouse.server.office.explained import Explainer
from meterhouse.server.office.pages import LISTS
from meterhouse.server.reading.engine import Engine
from meterhouse.server.tokens import Scope, TokenBook
from tests.unit.meterhouse.server.customers import world
from tests.unit.meterhouse.server.office.office import (
    ONE,
    PLAIN,
    SECRET,
    bearer,
    client,
    foreign_tokens,
    publish,
    signed_in,
    token,
)

MONEY = {name for name, of in LISTS.items() if of.scope is Scope.FINANCE}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("METERHOUSE_COLLECTORS", str(tmp_path))
    publish(tmp_path / "home")

    async def sections(self, invoice, line, limit):
        return [{"title": SECRET, "facts": {}, "columns": [], "rows": []}]

    # What it shows is tested where it runs (test_explained.py).
    monkeypatch.setattr(Explainer, "sections", sections)
    return tmp_path / "home"


def is_of_money(path):
    return path.split("?")[0].removesuffix(".csv") in {*MONEY, "invoice", "explain"}


def test_the_paths_asked_here_are_all_that_there_are(home):
    server = Server(home, Authentication(TokenBook(home)))
    paths = {
        route.path.removeprefix(office.PREFIX)
        for route in office.routes(Engine(home), server)
        if isinstance(route, Route)
    }
    open_to_all = {"/office", "static/{name}", "sign-in", "sign-out"}
    asked = {path.split("?")[0] for path in [*PLAIN, *ONE]}
    assert paths - open_to_all - {"{rest:path}"} == asked


def test_no_token_but_one_with_a_role_opens_any_page(home):
    tokens = foreign_tokens(home)
    browser = client(home)
    for path in [*PLAIN, *ONE, "nothing", "invoices/1"]:
        answers = {"nobody": browser.get(f"/office/{path}")}
        for kind, text in tokens.items():
            answers[kind] = browser.get(f"/office/{path}", headers=bearer(text))
        for kind, found in answers.items():
            assert found.status_code in (401, 403), (kind, path)
            assert SECRET not in found.text and "Acme" not in found.text, (kind, path)


@pytest.mark.parametrize("how", ["bearer", "session"])
@pytest.mark.parametrize("role", ["finance", "operations"])
def test_each_role_opens_its_pages_and_operations_sees_no_money(home, role, how):
    browser = signed_in(home, role) if how == "session" else client(home)
    headers = {} if how == "session" else bearer(token(home, role))
    for path in [*PLAIN, *ONE]:
        found = browser.get(f"/office/{path}", headers=headers)
        if role == "operations" and is_of_money(path):
            assert found.status_code == 403, path
            assert SECRET not in found.text and "INV-" not in found.text, path
        else:
            assert found.status_code == 200, (path, found.text)
    today = browser.get("/office/", headers=headers).text
    assert ("Owed in all" in today) is (role == "finance")
    led = [name for name in MONEY if f'href="{name}' in today]
    assert ("invoices" in led) if role == "finance" else not led
    assert browser.get("/office/nothing", headers=headers).status_code == 404


@pytest.mark.parametrize("role", ["finance", "operations"])
def test_a_token_of_an_office_reads_nothing_elsewhere(tmp_path, monkeypatch, role):
    world.world(tmp_path / "home", monkeypatch)
    text = token(tmp_path / "home", role)
    programs = world.client(tmp_path / "home")
    for path in ("/v1/customers", "/customer/v1/invoices", "/customer/v1/usage?format=csv"):
        found = programs.get(path, headers=bearer(text))
        assert found.status_code == 403 and world.MINE not in found.text, path


def test_what_a_page_allows_a_browser_is_our_own_alone(home):
    browser = signed_in(home, "finance")
    for path in [
        "/office/",
        "/office/invoices",
        "/office/invoices.csv",
        "/office/sign-in",
        "/office/x",
    ]:
        found = browser.get(path)
        policy = found.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, path
        assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy, path
        assert found.headers["cache-control"] == "no-store", path
        assert "<script" not in found.text and " style=" not in found.text, path
