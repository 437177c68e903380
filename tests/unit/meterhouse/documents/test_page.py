"""What stands on paper, read back from the PDF (S-78)."""

import io
import re

import pypdf
import pytest

from meterhouse.documents.errors import DocumentError
from tests.unit.meterhouse.delivery.billing_ledger import line
from tests.unit.meterhouse.documents.paper_world import (
    CUSTOMER,
    EVERY_KIND,
    PAID,
    SELLER,
    content,
)


def text_of(renderer, made) -> str:
    reader = pypdf.PdfReader(io.BytesIO(renderer.files(made)["pdf"]))
    return "\n".join(each.extract_text() for each in reader.pages)


def test_everything_that_finance_asks_for_is_on_the_page(renderer, tmp_path):
    unrated = [{"product_id": "gpu_hours", "pricing_group": "{}", "reason": "no_rate"}]
    made = content(tmp_path, applications=PAID, unrated=unrated)
    text = text_of(renderer, made)
    for expected in (
        "Invoice LAN-INV-000012", "Lantern Cloud GmbH", "Hafenstraße 1", "Germany", "Acme",
        "1018 CZ Amsterdam", "Netherlands", "PO-2026/118", "NL123456789B01", "2026-02-01",
        "2026-03-03", "2026-01-01 – 2026-01-31", "8,230,461.123456789", "0.00015", "0.0002",
        "user anna", "with a fee of 10.00", "in proportion to the days", "10 %",
        "with 12.00 up to the minimum", "belongs to invoice LAN-INV-000001", "12.5 CR",
        "Annual commitment", "-500.00", "1,719.14 USD", "1,219.14 USD", "VAT 19 %", "231.64 USD",
        "1,450.78 USD", "Amount due", "DE89 3704 0044 0532 0130 00", "COBADEFFXXX",
        "HRB 123456", "DE123456789", "no price was agreed", "Page 1 of",
    ):  # fmt: skip
        assert expected in text.replace("\n", " "), expected
    assert "500.00 of it paid by Annual commitment" in " ".join(text.split())


def test_a_credit_note_says_what_it_takes_back(renderer, tmp_path):
    text = " ".join(text_of(renderer, content(tmp_path, void=True)).split())
    assert "Credit note LAN-CN-000001" in text
    assert "takes back invoice LAN-INV-000012 of 2026-02-01 with all of its lines" in text
    assert "Reason: wrong rate" in text
    assert "Amount credited 1,450.78 USD" in text
    assert "How to pay" not in text
    assert "Due" not in re.findall(r"\w+", text)


def test_an_invoice_in_the_customers_favour_asks_for_nothing(renderer, tmp_path):
    made = content(tmp_path, [line(1, "-80.00", line_type="late_usage")])
    text = " ".join(text_of(renderer, made).split())
    assert "In your favour -95.20 USD" in text
    assert "How to pay" not in text


def test_letters_of_the_world_are_shown_and_markup_is_not_read(renderer, tmp_path):
    name = "株式会社東京 북방 데이터 Ελληνική Услуга Łódź"
    odd = [line(1, "1200", pricing_unit="JPY", product_name='#strong[x] $a$ <b> "=1+1" \\')]
    made = content(tmp_path, odd, decimals=0, currency="JPY", customer_name=name)
    text = text_of(renderer, made)
    for word in name.split():
        assert word in text, word
    assert '#strong[x] $a$ <b> "=1+1" \\' in text
    assert "1,428 JPY" in text


def test_a_letter_that_no_font_has_is_named(renderer, tmp_path):
    made = content(tmp_path, customer_name="مرحبا")
    with pytest.raises(DocumentError, match=r"No font has these letters.*METERHOUSE_FONTS"):
        renderer.files(made)


def test_many_lines_run_over_pages_and_each_is_there_once(renderer, tmp_path):
    many = [line(number, "1.00", product_name=f"Product {number:03}") for number in range(1, 151)]
    made = content(tmp_path, many)
    reader = pypdf.PdfReader(io.BytesIO(renderer.files(made)["pdf"]))
    texts = [each.extract_text() for each in reader.pages]
    assert len(texts) > 3
    assert all("Description" in text for text in texts[:-1])
    found = re.findall(r"Product \d{3}", "\n".join(texts))
    assert found == [f"Product {number:03}" for number in range(1, 151)]
    assert f"Page {len(texts)} of {len(texts)}" in texts[-1]


def test_a_long_word_is_broken_without_a_character_that_would_be_copied_with_it(renderer, tmp_path):
    order = "3f8a2f0e-6f6d-4f0c-9b57-2f4f3f0a9d11"
    name = "".join(chr(ord("a") + number % 26) for number in range(128))
    customer = {**CUSTOMER, "purchase_order": order}
    seller = {**SELLER, "email": "billing-department@subsidiary.example.com"}
    made = content(tmp_path, [line(1, "1.00", product_name=name)], seller=seller, customer=customer)
    text = text_of(renderer, made)
    assert not re.search("[\u200b\u00ad\u2060]", text)
    assert order in text and seller["email"] in text
    assert name in text.replace("\n", "")


def test_an_invoice_that_balances_paid_asks_for_nothing(renderer, tmp_path):
    made = content(tmp_path, [line(1, "0.00")])
    text = " ".join(text_of(renderer, made).split())
    assert "Amount due 0.00 USD" in text
    assert "How to pay" not in text and "Due 2026" not in text


def test_the_page_is_pdf_a_3b_and_names_itself(renderer, tmp_path):
    pdf = renderer.files(content(tmp_path))["pdf"]
    assert b"<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in pdf
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert reader.metadata.title == "Invoice LAN-INV-000012"
    fonts = {
        str(font.get_object()["/BaseFont"])
        for each in reader.pages
        for font in each["/Resources"]["/Font"].values()
    }
    assert fonts
    assert all(re.fullmatch(r"/[A-Z]{6}\+NotoSans.*", name) for name in fonts), fonts


def test_without_prefix_account_and_address_the_page_is_whole(renderer, tmp_path):
    bare = dict.fromkeys(SELLER) | {"seller_id": "bare", "name": "Bare"}
    text = text_of(renderer, content(tmp_path, EVERY_KIND, seller=bare, customer={}))
    assert "Invoice INV-000012" in text
    assert "How to pay" not in text
    assert "VAT" not in text


@pytest.mark.parametrize(
    ("category", "words"),
    [("AE", "Reverse charge: VAT is owed by the recipient."), ("G", "Export, free of VAT.")],
)
def test_why_there_is_no_tax_is_said(renderer, tmp_path, category, words):
    customer = {**CUSTOMER, "tax_category": category, "tax_rate": None}
    assert words in text_of(renderer, content(tmp_path, customer=customer))
