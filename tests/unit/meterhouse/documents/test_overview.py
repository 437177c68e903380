"""What people are told of documents: why there are none, what is held, what was changed (S-78).

Guards against a pass that renders nothing and does not say why, a list of two hundred equal
reasons, a logo that is gone when the page is needed again, and a new release whose words make
every document look changed.
"""

import pytest

from meterhouse.cli.main import main
from meterhouse.documents import render
from meterhouse.documents.kept import file_path
from meterhouse.documents.overview import find_document, verify_documents, why_none
from meterhouse.documents.rendering import render_documents
from tests.unit.meterhouse.delivery.billing_ledger import line
from tests.unit.meterhouse.delivery.world import NOW
from tests.unit.meterhouse.documents.paper_world import SELLER, invoice_row, published

ONE = [line(1, "5.00")]
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9"/></svg>'


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    return lambda seeds: monkeypatch.setenv("METERHOUSE_SEEDS", str(seeds))


def test_a_pass_that_renders_nothing_says_why(tmp_path, command, capsys):
    seeds = published(tmp_path, invoice_row(lines=ONE), sellers=[])
    command(seeds)
    (seeds / "sellers.csv").write_text("seller_id,name,starting_on\n")
    assert main(["documents", "render"]) == 0
    assert "not in what is published yet; a run takes it" in capsys.readouterr().out
    published(tmp_path, generation=2)
    assert main(["documents", "render"]) == 0
    assert "1 rendered" in capsys.readouterr().out
    assert main(["documents", "render"]) == 0
    said = capsys.readouterr().out
    assert f"final on {SELLER['starting_on']} or later has its documents" in said


def test_before_anything_is_published_it_is_said_what_to_do(tmp_path):
    assert "no sellers.csv" in why_none(tmp_path / "home", tmp_path)


def test_one_reason_of_many_documents_is_told_once(tmp_path, command, capsys):
    rows = [invoice_row(f"{number:06}", ONE) for number in (12, 13, 14)]
    seeds = published(tmp_path, *rows, sellers=[{**SELLER, "logo": "missing.svg"}])
    command(seeds)
    assert main(["documents", "render"]) == 1
    said = capsys.readouterr().out
    assert "INV-000012 and 2 more: sellers.csv names the logo missing.svg" in said
    assert said.count("missing.svg") == 2


def test_a_logo_that_is_changed_or_gone_is_found(tmp_path):
    seeds = published(tmp_path, invoice_row(lines=ONE), sellers=[{**SELLER, "logo": "logo.svg"}])
    (seeds / "logo.svg").write_bytes(LOGO)
    assert render_documents(tmp_path, seeds, lambda: NOW).rendered == 1
    assert verify_documents(tmp_path).problems == []
    digest = find_document(tmp_path, "12")["content"].split('"sha256":"')[1].split('"')[0]
    path = file_path(tmp_path, digest, "svg")
    path.write_bytes(LOGO + b" ")
    [problem] = verify_documents(tmp_path).problems
    assert "the logo" in problem and "INV-000012" in problem
    path.unlink()
    assert len(verify_documents(tmp_path).problems) == 1


def test_what_another_release_rendered_is_counted_and_not_called_changed(tmp_path, monkeypatch):
    seeds = published(tmp_path, invoice_row(lines=ONE))
    render_documents(tmp_path, seeds, lambda: NOW)
    assert verify_documents(tmp_path, again=True).again == 1
    monkeypatch.setattr(render, "_layout", lambda: "of another release")
    found = verify_documents(tmp_path, again=True)
    assert (found.again, found.other_versions, found.problems) == (0, 1, [])
