"""E-invoices pass the official rules of EN 16931, and what breaks them is caught (S-78)."""

import io
import os
import signal

import pypdf
import pytest
from facturx import get_facturx_xml_from_pdf

from meterhouse.documents.einvoice import business_terms, einvoice_xml
from meterhouse.documents.errors import DocumentError
from meterhouse.documents.schematron import Validator
from tests.unit.meterhouse.delivery.billing_ledger import line
from tests.unit.meterhouse.documents.paper_world import CUSTOMER, EVERY_KIND, PAID, content

FORMS = ("facturx", "ubl")
CATEGORIES = {"S": "0.19", "L": "0.07", "M": "0.04", "Z": None, "E": None, "AE": None, "K": None,
              "G": None, "O": None}  # fmt: skip


def of_form(folder, form, category="S", **more):
    customer = {**CUSTOMER, "einvoice": form, "tax_category": category,
                "tax_rate": CATEGORIES[category]}  # fmt: skip
    return content(folder, customer=customer, **more)


@pytest.mark.parametrize("void", [False, True], ids=["invoice", "credit note"])
@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("form", FORMS)
def test_every_category_passes_the_official_rules(rules, tmp_path, form, category, void):
    made = of_form(tmp_path, form, category, void=void, applications=PAID)
    assert rules.broken_rules(form, einvoice_xml(made)) == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("lines", "decimals", "more"),
    [
        ([line(1, "-80.00", line_type="late_usage")], 2, {}),
        ([line(1, "0.00", quantity=0, unit_price=0)], 2, {}),
        ([line(1, "1200", pricing_unit="JPY")], 0, {"currency": "JPY"}),
        (EVERY_KIND, 2, {"period_start": None, "period_end": None, "invoice_type": "scheduled"}),
        ([line(1, "5.00", product_name="株式会社 & <Söhne> \x07")], 2, {}),
    ],
    ids=["in favour", "nothing owed", "no decimals", "no period", "odd letters"],
)
def test_odd_invoices_pass_the_official_rules(rules, tmp_path, form, lines, decimals, more):
    made = of_form(tmp_path, form, lines=lines, decimals=decimals, **more)
    assert rules.broken_rules(form, einvoice_xml(made)) == []


BROKEN = [
    ("231.64", "231.65", "BR-CO-14"),  # the tax is not that of its breakdown, or not added up
    ("1450.78", "1450.77", "BR-CO-16"),  # what is due is not the total
    ("Lantern Cloud GmbH", "", "BR-06"),  # nobody sells
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("right", "wrong", "rule"), BROKEN)
def test_a_broken_file_is_caught(rules, tmp_path, form, right, wrong, rule):
    xml = einvoice_xml(of_form(tmp_path, form)).decode()
    # The last place is that of the sums; of the name it is the party's own.
    at = xml.rindex(right) if right[0].isdigit() else xml.index(right)
    broken = xml[:at] + wrong + xml[at + len(right) :]
    assert rules.broken_rules(form, xml.encode()) == []
    found = rules.broken_rules(form, broken.encode())
    assert found
    assert any(text.startswith(f"[{rule}]") for text in found), found


def test_what_breaks_a_rule_is_rendered_in_no_form(renderer, tmp_path):
    made = of_form(tmp_path, "ubl")
    made["payable"] = "1450.77"
    with pytest.raises(DocumentError, match=r"breaks official rules: \[BR-CO-15\]"):
        renderer.files(made)


def test_three_decimals_are_told_before_the_rules_are_asked(tmp_path):
    made = of_form(tmp_path, "ubl", lines=[line(1, "1.234")], decimals=3)
    with pytest.raises(DocumentError, match="EN 16931 allows two decimals, and USD has 3"):
        einvoice_xml(made)


def test_rules_that_cannot_be_run_pass_nothing(tmp_path):
    xml = einvoice_xml(of_form(tmp_path, "ubl"))
    with Validator() as validator:
        with pytest.raises(DocumentError, match="could not be run"):
            validator.broken_rules("ubl", b"<no-invoice/>")
        process = validator._process
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        # A process that ended is followed by another.
        assert validator.broken_rules("ubl", xml) == []


def test_the_xml_is_attached_to_the_page_and_the_page_says_so(renderer, tmp_path):
    made = of_form(tmp_path, "facturx")
    pdf = renderer.files(made)["pdf"]
    name, xml = get_facturx_xml_from_pdf(pdf, check_xsd=True, check_schematron=False)
    assert (name, xml) == ("factur-x.xml", einvoice_xml(made))
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    metadata = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in metadata
    assert metadata.count("<pdfaExtension:schemas>") == 1
    assert "Invoice LAN-INV-000012" in reader.pages[0].extract_text()
    assert renderer.files(made)["pdf"] == pdf


def test_a_void_is_381_and_names_its_invoice(tmp_path):
    terms = business_terms(of_form(tmp_path, "ubl", void=True))
    assert terms["BT-3"] == "381"
    assert terms["BG-3"][0]["BT-25"] == "LAN-INV-000012"
    assert terms["BT-115"] == "1450.78"


@pytest.mark.parametrize(
    ("rate", "percent"),
    [("0.19", "19"), ("0.055", "5.5"), ("0.2", "20"), ("0.005", "0.5"), ("1", "100"),
     ("0.0725", "7.25")],
)  # fmt: skip
def test_a_rate_is_written_in_percent(tmp_path, rate, percent):
    customer = {**CUSTOMER, "einvoice": "ubl", "tax_rate": rate}
    terms = business_terms(content(tmp_path, customer=customer))
    assert terms["BG-23"][0]["BT-119"] == percent
    assert {each["BT-152"] for each in terms["BG-25"]} == {percent}
