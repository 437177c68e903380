"""Pages as files: below the folder that was named, whole, and of one moment (S-77, S-79).

Guards against an id that leads out of the folder or into another's, a page of a draft that stays
when it is gone, and customers whose pages are of two publications.
"""

import json
from functools import partial

import pytest

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

from meterhouse.common.errors import UsageError
from meterhouse.exports.errors import ExportRefused
from meterhouse.server.customers.pages import files
from meterhouse.server.customers.pages.files import folder_name, write_pages
from meterhouse.server.reading.columns import MARTS
from tests.unit.meterhouse.server.customers import world as worlds
from tests.unit.meterhouse.server.customers.world import CUSTOMERS, MINE, row, world

write = partial(write_pages, said=lambda *_: None)
HOSTILE = [
    "..", ".", "static", "../up", "a/../../b", "/etc", ".hidden", "x" * 250, "é" * 120, "%2E%2E",
    "a\\b", "con", " ",
]  # fmt: skip


@pytest.mark.parametrize("customer", HOSTILE)
def test_no_id_leads_out_of_the_folder(tmp_path, monkeypatch, customer):
    monkeypatch.setattr(worlds, "CUSTOMERS", (MINE, customer))
    world(tmp_path / "home", monkeypatch)
    out = tmp_path / "site" / "out"
    assert write(tmp_path / "home", out, []) == 2
    assert {path.name for path in (tmp_path / "site").iterdir()} == {"out"}
    written = list(tmp_path.rglob("index.html"))
    assert len(written) == 2
    assert {path.parent.parent for path in written} == {out}
    assert not (out / "static" / "index.html").exists()
    assert (out / "static" / "page.css").is_file()


def test_each_id_has_a_folder_of_its_own():
    ids = [*HOSTILE, "%2E", "%73tatic", "x" * 249 + "y", "x" * 250 + "y", "Static", "é" * 121]
    names = {folder_name(one) for one in ids}
    assert len(names) == len(set(ids))
    assert all(len(name) <= 200 and "/" not in name for name in names)


def test_the_pages_of_an_invoice_that_is_gone_go_with_it(tmp_path, monkeypatch):
    world(tmp_path / "home", monkeypatch)
    write(tmp_path / "home", tmp_path / "out", [])
    (draft,) = (tmp_path / "out" / MINE).glob("invoice-????????????????.html")
    one = row(MARTS["invoices"], MINE, invoice_id="another")
    world(tmp_path / "home", monkeypatch, 2, invoices=[one], invoice_lines=[])
    write(tmp_path / "home", tmp_path / "out", [MINE])
    assert not draft.exists()
    assert len(list((tmp_path / "out" / MINE).glob("invoice-????????????????.html"))) == 1
    assert (tmp_path / "out" / CUSTOMERS[1]).is_dir()


def test_all_pages_are_of_one_publication_and_name_it(tmp_path, monkeypatch):
    world(tmp_path / "home", monkeypatch)
    written = files.page

    def publishes(own, name):
        if own.customer == MINE and name == "index":
            world(tmp_path / "home", monkeypatch, 2)
        return written(own, name)

    with monkeypatch.context() as patched:
        patched.setattr(files, "page", publishes)
        write(tmp_path / "home", tmp_path / "out", [])
    marks = [json.loads(it.read_text()) for it in (tmp_path / "out").glob("*/publication.json")]
    assert {mark["customer_id"] for mark in marks} == set(CUSTOMERS)
    assert len({mark["publication"] for mark in marks}) == 1
    assert marks[0]["publication"].startswith("1-")


def test_a_publication_that_goes_meanwhile_is_said(tmp_path, monkeypatch):
    from meterhouse.server.reading.errors import PublicationGone

    def gone(*_):
        raise PublicationGone

    world(tmp_path / "home", monkeypatch)
    monkeypatch.setattr(files, "page", gone)
    with pytest.raises(UsageError, match="Write them again"):
        write(tmp_path / "home", tmp_path / "out", [])


def test_a_folder_of_something_else_is_left_alone(tmp_path, monkeypatch):
    world(tmp_path / "home", monkeypatch)
    (tmp_path / "out" / MINE).mkdir(parents=True)
    (tmp_path / "out" / MINE / "thesis.txt").write_text("years of work")
    with pytest.raises(ExportRefused, match="something else in it"):
        write(tmp_path / "home", tmp_path / "out", [])
    assert (tmp_path / "out" / MINE / "thesis.txt").is_file()
