"""Documents behind customers' pages and API: the bytes that were rendered, for whom they are of.

Guards against a file of another customer (S-77), one that was changed since (S-78), a file that a
browser shows as a page, and a link to what is not there.
"""

import base64
import hashlib
import json
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

from starlette.applications import Starlette

with warnings.catch_warnings():
    # It would have another client of the same name.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

from meterhouse.cli.main import main
from meterhouse.documents.kept import documents_table, file_path, keep_file
from meterhouse.server.app import Server
from meterhouse.server.authentication import Authentication
from meterhouse.server.customers import api
from meterhouse.server.customers.links import new_link
from meterhouse.server.customers.memory import Memory
from meterhouse.server.customers.pages import routes as pages
from meterhouse.server.customers.pages.data import slug_of
from meterhouse.server.tokens import TokenBook
from tests.unit.meterhouse.server.customers.world import CUSTOMERS, MINE, OTHERS, bearer, world

FORMATS = ("pdf", "xlsx", "xml")


def content(customer: str, format: str) -> bytes:
    return f"%{format} of {customer}".encode()


def render(home: Path, customer: str | None, document: str, kind: str = "invoice") -> None:
    """A row of the log and its files, as rendering leaves them."""
    names = [f"INV {document}\u00e9.{format}" for format in FORMATS]
    files = [
        keep_file(home, format, name, content(customer or "nobody", format))
        for format, name in zip(FORMATS, names, strict=True)
    ]
    row = {
        "record": "rendered", "document_id": document, "kind": kind,
        "invoice_id": f"{customer or MINE}-invoice_id", "customer_id": customer,
        "files": json.dumps([file.__dict__ for file in files]),
        "recorded_at": datetime(2026, 2, 1, tzinfo=UTC),
    }  # fmt: skip
    documents_table(home).append([row])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    world(home, monkeypatch)
    for customer in CUSTOMERS:
        render(home, customer, f"D/{customer}")
    render(home, None, "D-nobody")
    monkeypatch.setenv("METERHOUSE_HOME", str(home))
    return home


class Site:
    def __init__(self, home: Path):
        self.memory = Memory(home)
        self.memory.load()
        server = Server(home, Authentication(TokenBook(home)))
        routes = [*pages.routes(self.memory, server), *api.routes(self.memory, server)]
        self.client, self.home = TestClient(Starlette(routes=routes)), home
        # Tokens of later are known after a second.
        self.bearers = {customer: bearer(home, customer) for customer in CUSTOMERS}

    def page(self, name: str, customer: str = MINE):
        link = new_link(self.home, customer, 1, datetime.now(UTC))
        return self.client.get(f"{pages.PREFIX}{link}/{name}")

    def api(self, path: str, customer: str = MINE):
        return self.client.get(api.PREFIX + path, headers=self.bearers[customer])


def invoice_page(customer: str) -> str:
    return f"invoice-{slug_of(f'{customer}-invoice_id')}.html"


def files_on(text: str) -> list[str]:
    return [part.split('"')[0] for part in text.split('href="document-')[1:]]


def test_an_invoices_page_links_to_its_files_and_they_are_the_bytes_that_were_rendered(home: Path):
    site = Site(home)
    shown = site.page(invoice_page(MINE)).text
    names = [f"document-{one}" for one in files_on(shown)]
    assert [name.rpartition(".")[2] for name in names] == list(FORMATS)
    for name, format in zip(names, FORMATS, strict=True):
        found = site.page(name)
        assert found.status_code == 200 and found.content == content(MINE, format)
        headers = found.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-disposition"].startswith('attachment; filename="INV_D_mine')
        assert headers["content-disposition"].isascii()
        digest = base64.b64encode(hashlib.sha256(found.content).digest()).decode()
        assert headers["repr-digest"] == f"sha-256=:{digest}:"
        assert headers["cache-control"] == "no-store"
        assert "html" not in headers["content-type"]
    # And nobody else's link gives them.
    assert {site.page(name, OTHERS).status_code for name in names} == {404}


def test_the_api_names_files_with_their_digests_and_gives_those_of_its_customer(home: Path):
    site = Site(home)
    [told] = site.api(f"invoices/{MINE}-invoice_id").json()["data"]["documents"]
    assert told["document_id"] == f"D/{MINE}" and told["kind"] == "invoice"
    for file in told["files"]:
        found = site.api(f"documents/D%2F{MINE}/{file['format']}")
        assert found.status_code == 200
        assert hashlib.sha256(found.content).hexdigest() == file["sha256"]
        assert found.headers["content-disposition"].startswith("attachment")
        assert site.api(f"documents/D%2F{MINE}/{file['format']}", OTHERS).status_code == 404
    for path in ("documents/D-nobody/pdf", f"documents/D%2F{MINE}/exe", "documents/x/pdf"):
        assert site.api(path).status_code == 404, path


def test_a_file_that_is_not_what_was_rendered_is_not_sent(home: Path):
    site = Site(home)
    sha256 = hashlib.sha256(content(MINE, "pdf")).hexdigest()
    file_path(home, sha256, "pdf").write_bytes(b"another amount")
    found = site.api(f"documents/D%2F{MINE}/pdf")
    assert found.status_code == 503 and b"another" not in found.content
    assert site.api(f"documents/D%2F{MINE}/xml").status_code == 200


def test_a_document_that_is_rendered_later_is_linked_though_the_page_was_kept(home: Path):
    site = Site(home)
    before = files_on(site.page(invoice_page(MINE)).text)
    assert files_on(site.page(invoice_page(MINE)).text) == before
    render(home, MINE, "CN-1", "credit_note")
    site.memory.load()
    after = site.page(invoice_page(MINE)).text
    assert len(files_on(after)) == 6 and "Credit note as PDF" in after


def test_pages_as_files_have_the_documents_beside_them(home: Path, tmp_path: Path):
    assert main(["pages", "--out", str(tmp_path / "out")]) == 0
    for customer in CUSTOMERS:
        folder = tmp_path / "out" / customer
        names = files_on((folder / invoice_page(customer)).read_text("utf-8"))
        found = [(folder / f"document-{name}").read_bytes() for name in names]
        assert found == [content(customer, format) for format in FORMATS]
        assert len(list(folder.glob("document-*"))) == 3
