"""Documents are rendered once, kept, and never change (S-78).

Guards against: a document that follows a later edit, one that is half there after a kill, a
credit note without its invoice, one document that keeps the others waiting.
"""

import json
from datetime import date
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from meterhouse.cli.main import main
from meterhouse.common.alone import alone
from meterhouse.documents import rendering
from meterhouse.documents.errors import DocumentError, DocumentsInProgress
from meterhouse.documents.kept import file_path, files_of
from meterhouse.documents.overview import (
    find_document,
    list_documents,
    save_files,
    verify_documents,
)
from meterhouse.documents.rendering import FILE, render_documents
from tests.unit.meterhouse.delivery.billing_ledger import line, voided
from tests.unit.meterhouse.delivery.world import JANUARY, NOW
from tests.unit.meterhouse.documents.paper_world import (
    CUSTOMER,
    NOTE,
    SELLER,
    invoice_row,
    published,
)

ONE = [line(1, "5.00")]


def rendered(home, seeds):
    return render_documents(home, seeds, lambda: NOW)


def digests(home) -> dict[str, dict[str, str]]:
    return {
        row["document_id"]: {file.format: file.sha256 for file in files_of(row["files"])}
        for row in list_documents(home, "rendered", 99)[0]
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """An invoice, its void and another invoice, rendered: the void's customer gets UBL."""
    folder = tmp_path_factory.mktemp("home")
    seeds = published(
        folder,
        invoice_row(lines=ONE),
        voided("000012", credit_note_number="CN-000001"),
        invoice_row("000013", ONE, customer_id="globex", customer_name="Globex"),
        customers=[{**CUSTOMER, "einvoice": "ubl"}],
        notes=[NOTE],
    )
    done = rendered(folder, seeds)
    assert (done.rendered, done.held) == (3, {})
    return folder


def test_every_final_document_is_rendered_once_in_its_formats(home):
    assert {id: set(formats) for id, formats in digests(home).items()} == {
        "INV-000012": {"pdf", "xlsx", "xml"},
        "CN-000001": {"pdf", "xlsx", "xml"},
        "INV-000013": {"pdf", "xlsx"},
    }
    assert rendered(home, home / "seeds").rendered == 0


def test_rendered_again_it_has_the_same_bytes(home):
    checked = verify_documents(home, again=True)
    assert (checked.documents, checked.again, checked.problems) == (3, 3, [])


def test_a_document_is_found_by_its_numbers_and_saved_under_the_one_on_paper(home, tmp_path):
    for asked in ("INV-000012", "inv-12", "12", "LAN-INV-000012", "000012"):
        assert find_document(home, asked)["document_id"] == "INV-000012"
    names = [path.name for path in save_files(home, find_document(home, "cn-1"), tmp_path)]
    assert names == ["LAN-CN-000001.pdf", "LAN-CN-000001.xlsx", "LAN-CN-000001.xml"]
    with pytest.raises(DocumentError, match="There is no document INV-000099"):
        find_document(home, "INV-000099")


def test_the_command_lists_shows_and_verifies(home, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("METERHOUSE_HOME", str(home))
    assert main(["documents", "list"]) == 0
    assert "LAN-CN-000001  acme  000012  pdf, xlsx, xml" in capsys.readouterr().out
    assert main(["documents", "show", "CN-1", "--out", str(tmp_path / "here")]) == 0
    assert (tmp_path / "here" / "LAN-CN-000001.pdf").read_bytes().startswith(b"%PDF")
    assert main(["documents", "verify"]) == 0
    assert "3 document(s)" in capsys.readouterr().out


def test_a_changed_address_changes_no_document_that_is_rendered(tmp_path):
    seeds = published(tmp_path, invoice_row(lines=ONE))
    rendered(tmp_path, seeds)
    before = digests(tmp_path)
    moved = {**SELLER, "address": "Elsewhere 9", "number_prefix": "NEW-"}
    note = {**NOTE, "total": Decimal(-5)}
    row = voided("000012", credit_note_number="CN-000001")
    customers = [{**CUSTOMER, "tax_rate": Decimal("0.07")}]
    published(tmp_path, row, sellers=[moved], customers=customers, notes=[note], generation=2)
    assert rendered(tmp_path, seeds).rendered == 1
    assert digests(tmp_path)["INV-000012"] == before["INV-000012"]
    # Its credit note takes back what was said, at the rate and address of then.
    said = json.loads(find_document(tmp_path, "CN-000001")["content"])
    assert (said["number"], said["payable"]) == ("LAN-CN-000001", "5.95")
    assert said["seller"]["address"] == SELLER["address"]
    assert verify_documents(tmp_path, again=True).problems == []


def test_one_that_cannot_be_printed_is_held_and_keeps_no_other_waiting(tmp_path):
    odd = invoice_row(lines=ONE, customer_name="مرحبا")
    seeds = published(tmp_path, odd, invoice_row("000013", ONE))
    done = rendered(tmp_path, seeds)
    assert (done.rendered, list(done.held)) == (1, ["INV-000012"])
    [held], _ = list_documents(tmp_path, "held", 9)
    assert "No font has these letters" in held["detail"]
    # Tried again it is noted no second time, and said again.
    version = rendering.documents_table(tmp_path).version()
    assert list(rendered(tmp_path, seeds).held) == ["INV-000012"]
    assert rendering.documents_table(tmp_path).version() == version
    with pytest.raises(DocumentError, match="INV-000012 is held: No font"):
        find_document(tmp_path, "INV-000012")


def test_a_logo_that_is_missing_holds_and_is_rendered_once_it_is_there(tmp_path):
    seeds = published(tmp_path, invoice_row(lines=ONE))
    logo = (seeds / "logo.svg").read_text()
    (seeds / "logo.svg").unlink()
    assert "names the logo logo.svg" in rendered(tmp_path, seeds).held["INV-000012"]
    (seeds / "logo.svg").write_text(logo)
    assert rendered(tmp_path, seeds).rendered == 1
    assert list_documents(tmp_path, "held", 9) == ([], 0)


def test_of_two_sellers_the_account_says_which(tmp_path):
    other = {**SELLER, "seller_id": "torch", "name": "Torch Inc.", "number_prefix": None}
    seeds = published(
        tmp_path,
        invoice_row(lines=ONE),
        invoice_row("000013", ONE, customer_id="globex"),
        sellers=[SELLER, other],
        customers=[{**CUSTOMER, "seller_id": "torch"}],
    )
    done = rendered(tmp_path, seeds)
    assert "several sellers" in done.held["INV-000013"]
    assert find_document(tmp_path, "12")["number"] == "INV-000012"


@pytest.mark.parametrize("day", [date(2026, 2, 3), date(2027, 1, 1)])
def test_what_was_final_before_the_seller_begins_has_no_document(tmp_path, day):
    seeds = published(tmp_path, invoice_row(lines=ONE), sellers=[{**SELLER, "starting_on": day}])
    assert rendered(tmp_path, seeds).rendered == 0
    published(tmp_path, generation=2, sellers=[{**SELLER, "starting_on": JANUARY}])
    assert rendered(tmp_path, seeds).rendered == 1


def test_an_account_counts_from_its_first_day(tmp_path):
    late = {**CUSTOMER, "starting_on": date(2026, 2, 3)}
    seeds = published(tmp_path, invoice_row(lines=ONE), customers=[late])
    rendered(tmp_path, seeds)
    said = json.loads(find_document(tmp_path, "12")["content"])
    assert (said["tax"], said["customer"]["address"], said["payable"]) == (None, None, "5.00")


def test_without_sellers_nothing_is_rendered_and_nothing_written(tmp_path):
    seeds = published(tmp_path, invoice_row(lines=ONE), sellers=[])
    assert rendered(tmp_path, seeds).rendered == 0
    assert not (tmp_path / "documents").exists()


def test_a_process_that_ends_before_the_log_is_written_leaves_nothing_half(tmp_path, monkeypatch):
    seeds = published(tmp_path, invoice_row(lines=ONE))

    class Killed(Exception):
        pass

    def dies(*_, **__):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(rendering, "row_of", dies)
        with pytest.raises(Killed):
            rendered(tmp_path, seeds)
    assert list_documents(tmp_path, None, 9) == ([], 0)
    assert rendered(tmp_path, seeds).rendered == 1
    assert verify_documents(tmp_path).problems == []


def test_two_processes_do_not_render_at_once(tmp_path):
    seeds = published(tmp_path, invoice_row(lines=ONE))
    with (
        alone(tmp_path / FILE, DocumentError),
        pytest.raises(DocumentsInProgress, match="Nothing is to do"),
    ):
        rendered(tmp_path, seeds)


def test_a_changed_file_is_found_and_not_handed_out(tmp_path, monkeypatch, capsys):
    seeds = published(tmp_path, invoice_row(lines=ONE))
    rendered(tmp_path, seeds)
    row = find_document(tmp_path, "12")
    [pdf] = [file for file in files_of(row["files"]) if file.format == "pdf"]
    path = file_path(tmp_path, pdf.sha256, "pdf")
    path.write_bytes(path.read_bytes() + b"\n")
    [problem] = verify_documents(tmp_path).problems
    assert "missing or not what was rendered" in problem
    with pytest.raises(DocumentError, match="restore"):
        save_files(tmp_path, row, tmp_path / "out")
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    assert main(["documents", "verify"]) == 1
    assert "INV-000012" in capsys.readouterr().out


def test_a_ledger_that_was_changed_is_not_printed(tmp_path):
    seeds = published(tmp_path, invoice_row(lines=ONE))
    [file] = (tmp_path / "invoices").glob("*.parquet")
    rows = pq.read_table(file)
    pq.write_table(
        rows.set_column(
            rows.schema.get_field_index("customer_name"), "customer_name", [["Mallory"]]
        ),
        file,
    )
    done = rendered(tmp_path, seeds)
    assert "not what was committed" in done.held["INV-000012"]


def test_a_price_book_without_a_seller_says_so(tmp_path, monkeypatch, capsys):
    seeds = published(tmp_path, invoice_row(lines=ONE), sellers=[])
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    monkeypatch.setenv("METERHOUSE_SEEDS", str(seeds))
    assert main(["documents", "render"]) == 0
    assert "has no sellers.csv, so no invoice gets documents" in capsys.readouterr().out
