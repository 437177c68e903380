"""What `meterhouse invoice` prints: guards against cut-off numbers, floats and unmarked drafts."""

import io
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from rich.console import Console

from meterhouse.reports import text
from meterhouse.reports.errors import InvoiceNotFound, NothingPublished
from meterhouse.reports.invoice import print_invoice


def printed(marts, asked, **console) -> str:
    file = io.StringIO()
    print_invoice(marts, asked, Console(file=file, **console))
    return file.getvalue()


def test_the_final_invoice_says_everything_that_is_owed(marts):
    page = printed(marts, "acme-1.usage.2025-01-01")
    for part in (
        "INV-000012",
        "Final since 2025-02-02 01:00 UTC",
        "Acme Robotics GmbH (acme)",
        "2025-01-01 – 2025-01-31",
        "model gpt-a, region (none), tier 1",
        "1,234,567.5",
        "0.001",
        "0.002",
        "user_id ann",
        "234.57",
        "10 %",
        "6.0 credits",
        "com-1 segment 2",
        "-100.00",
        "1,258.35 USD",
        "7 of calls (region eu): no rate was found",
    ):
        assert part in page, part
    assert "DRAFT" not in page


def test_sections_come_in_the_order_of_their_first_line(marts):
    page = printed(marts, "12")
    titles = ["Usage", "Charges on other lines", "Scheduled charges", "Covered by commits"]
    places = [page.index(title) for title in titles]
    assert places == sorted(places)


@pytest.mark.parametrize("asked", ["INV-000012", "inv-12", "12", " acme-1.usage.2025-01-01 "])
def test_an_invoice_is_found_by_id_and_by_number(marts, asked):
    assert printed(marts, asked) == printed(marts, "acme-1.usage.2025-01-01")


def test_plain_text_has_no_colour_no_ellipsis_and_does_not_follow_the_terminal(marts):
    pages = {printed(marts, "12", width=width) for width in (20, 80, 200)}
    assert len(pages) == 1
    (page,) = pages
    assert "\x1b" not in page
    assert "…" not in page
    assert page.replace("\n", " ").count("a long name") >= 9
    assert not any(line.endswith(" ") for line in page.splitlines())


@pytest.mark.parametrize("width", [30, 60, 100, 200])
def test_a_terminal_of_any_width_cuts_nothing_off(marts, width):
    page = printed(marts, "12", force_terminal=True, width=width)
    assert "\x1b" in page
    assert "…" not in page
    for part in ("1,234,567.5", "6.0 credits", "1,258.35 USD"):
        assert part in page


def test_a_draft_says_so_and_when_it_becomes_final(marts):
    page = printed(marts, "acme-1.usage.2025-02-01")
    assert "DRAFT" in page.splitlines()[2]
    assert "2025-03-02 00:00 UTC" in page
    assert "Total so far (DRAFT)" in page


def test_a_void_invoice_says_so_and_yen_have_no_decimals(marts):
    page = printed(marts, "INV-000013")
    assert "VOID" in page
    assert "1,500 JPY" in page
    assert "1,500.00" not in page


def test_a_void_invoice_says_its_credit_note_who_why_and_what_replaces_it(marts):
    """S-55; the number of the credit note gives the document that takes the invoice back."""
    folder = marts.resolve()
    file = folder / "invoices.parquet"
    with duckdb.connect() as con:
        con.execute(
            "copy (select *, timestamptz '2025-03-10 12:00:00+00' as voided_at, "
            "'wrong \x1b[31mprice]' as void_reason, invoice_id || '.r2' as replaced_by, "
            "'kim' as voided_by "
            f"from '{file}' where status = 'void') to '{folder / 'void'}' (format parquet)"
        )
        con.execute(
            "copy (select 'CN-000003' as credit_note_number, 'yen-1.usage.2025-01-01' as "
            "invoice_id, date '2025-03-10' as issue_on, 'wrong \x1b[31mprice]' as reason, "
            "timestamptz '2025-03-10 12:00:00+00' as voided_at, 'kim' as voided_by) "
            f"to '{folder / 'credit_notes.parquet'}' (format parquet)"
        )
    (folder / "void").replace(file)
    note = printed(marts, "cn-3")
    for part in (
        "CN-000003  credit note",
        "Takes back invoice INV-000013, with all of its lines.",
        "Yen KK (yen)",
        "INV-000013 of 2025-02-01 (yen-1.usage.2025-01-01)",
        "2025-03-10 12:00 UTC",
        "wrong \\x1b[31mprice]",
        "kim",
        "-1,000",
        "-1,500 JPY",
    ):
        assert part in note, part
    assert "VOID" not in note and "Due date" not in note
    # Lines and total are those of the invoice with the other sign; the unit price is as it was.
    (line,) = [row for row in note.splitlines() if "Tokens" in row]
    assert line.split()[-3:] == ["-1,000", "1.5", "-1,500"]
    page = printed(marts, "INV-000013")
    for part in (
        "Taken back at 2025-03-10 12:00 UTC by kim: wrong \\x1b[31mprice]",
        "Credit note CN-000003 of 2025-03-10 takes back all of its lines.",
        "Replaced by yen-1.usage.2025-01-01.r2.",
    ):
        assert part in page
    with pytest.raises(InvoiceNotFound, match=r"no credit note 'CN-000009'.*\n  CN-000003  takes"):
        printed(marts, "cn-9")


def test_what_is_covered_is_called_as_the_commit_is(marts):
    """Not as the product that the commit is sold as, which many commits share."""
    book = marts.parent / "price_books" / "digest" / "commits.parquet"
    with duckdb.connect() as con:
        con.execute(
            f"copy (select 'com-1' as commit_id, 'Welcome credit' as name) to '{book}' "
            "(format parquet)"
        )
    page = printed(marts, "12")
    assert "Welcome credit" in page and "com-1 segment 2" in page
    assert "Prepaid commit" not in page


def test_an_unknown_id_lists_what_comes_near(marts):
    with pytest.raises(InvoiceNotFound, match=r"nearest are:\n  acme-1\.usage\.2025-02-01"):
        printed(marts, "acme-1.usage.2025-03-01")


def test_a_customer_is_answered_with_its_invoices(marts):
    with pytest.raises(InvoiceNotFound) as error:
        printed(marts, "acme")
    assert "acme-1.usage.2025-01-01" in str(error.value)
    assert "yen-1" not in str(error.value)


def test_before_the_first_run_the_next_command_is_named(tmp_path):
    with pytest.raises(NothingPublished, match="meterhouse run"):
        printed(tmp_path / "marts", "INV-000001")


def test_numbers_are_exact_and_never_floats():
    assert text.money(Decimal("0.1000"), 2) == "0.10"
    assert text.money(Decimal("1.2345"), 2) == "1.2345"
    assert text.money(Decimal("-1234.0000"), 0) == "-1,234"
    assert (
        text.number(Decimal("123456789012345678.0000000001"))
        == "123,456,789,012,345,678.0000000001"
    )
    assert text.number(Decimal("100.0000000000")) == "100"
    assert text.number(Decimal("0E-10")) == "0"
    assert text.percentage(Decimal("0.0750000000")) == "7.5 %"


def test_days_show_the_last_day_included():
    assert text.days(date(2025, 1, 1), date(2025, 2, 1)) == "2025-01-01 – 2025-01-31"
    assert text.days(date(2025, 1, 5), date(2025, 1, 6)) == "2025-01-05"
    assert text.days(date(2025, 1, 5), date(2025, 1, 5)) == "2025-01-05"
    assert text.days(None, None) == ""


def test_groups_keep_texts_as_sent():
    assert text.group('{"a":"","b":null,"c":"x y"}') == 'a "", b (none), c x y'
    assert text.group("{}") == ""
