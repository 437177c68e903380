"""What a preview says is invoiced now is what the marts say: finals, drafts, late lines, coverage.

Guards against late lines that are shown on the invoice that they correct while what a balance paid
of them stays behind, so that both sides of "now" are wrong with `--period` (S-43).
"""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from meterhouse.preview.compare import compare, comparison
from meterhouse.preview.question import Question, parse_month
from meterhouse.preview.reopen import NOW

JANUARY, FEBRUARY = "acme-1.usage.2026-01-01", "acme-1.usage.2026-02-01"
TABLES = """
    create schema marts; create schema preview; create schema invoices;
    create table marts.invoices (
        invoice_id varchar, contract_id varchar, invoice_type varchar, status varchar,
        customer_id varchar, customer_name varchar, currency varchar,
        period_start date, period_end date, issue_on date, total decimal(20, 4)
    );
    create table marts.invoice_lines (
        invoice_id varchar, line_type varchar, product_id varchar, product_name varchar,
        metric varchar, metric_version integer, pricing_group varchar, tier integer,
        commit_id varchar, segment integer, pricing_unit varchar, quantity decimal(28, 10),
        amount decimal(20, 4), corrects_invoice_id varchar,
        customer_id varchar, contract_id varchar, status varchar, invoice_number varchar,
        issue_on date, currency varchar,
        flat_fee decimal(20, 4), minimum_applied decimal(20, 4), maximum_applied decimal(20, 4)
    );
    create table preview.contracts as select 'acme-1' as contract_id;
    create table preview.reopened (invoice_id varchar);
    create table invoices.draft_invoices as from marts.invoices;
    create table invoices.draft_lines as
    select
        * exclude (
            customer_id, contract_id, status, invoice_number, issue_on, currency, flat_fee,
            minimum_applied, maximum_applied
        ),
        0 as flat_fee, 0 as list_flat_fee, '' as source_id
    from marts.invoice_lines
"""


@pytest.fixture
def con():
    """January is final; February, a draft, carries late usage of it that a credit has paid."""
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        for invoice, status, start, end, total in (
            (JANUARY, "finalized", date(2026, 1, 1), date(2026, 2, 1), 8),
            (FEBRUARY, "draft", date(2026, 2, 1), date(2026, 3, 1), 5),
            # Void ones are not invoiced now.
            (f"{JANUARY}.void", "void", date(2026, 1, 1), date(2026, 2, 1), 99),
        ):
            connection.execute(
                "insert into marts.invoices values "
                "(?, 'acme-1', 'usage', ?, 'acme', 'Acme', 'USD', ?, ?, ?, ?)",
                [invoice, status, start, end, end, total],
            )
        for invoice, kind, commit, amount, corrects in (
            (JANUARY, "usage", None, 10, None),
            (JANUARY, "commit_applied", "credit", -2, None),
            (FEBRUARY, "usage", None, 5, None),
            (FEBRUARY, "late_usage", None, 3, JANUARY),
            (FEBRUARY, "commit_applied", "credit", -3, None),
            (f"{JANUARY}.void", "usage", None, 99, None),
        ):
            connection.execute(
                "insert into marts.invoice_lines "
                "select ?, ?, 'calls', 'Calls', 'api_calls', 1, '{}', null, ?, 1, 'USD', 1, ?, ?, "
                "null, null, null, null, null, null, null, null, null",
                [invoice, kind, commit, amount, corrects],
            )
        yield connection


@pytest.mark.parametrize("reopened", [[], [JANUARY]])
@pytest.mark.parametrize("month", [None, "2026-01", "2026-02"])
def test_now_is_what_the_marts_say(con, reopened, month):
    con.execute(NOW)
    con.executemany(
        "insert into preview.reopened values (?)", [[one] for one in reopened] or [[""]]
    )
    # The preview meters late usage where it belongs, and finds nothing late.
    con.execute(
        "insert into invoices.draft_invoices from marts.invoices "
        f"where invoice_id = '{FEBRUARY}' or invoice_id in (from preview.reopened)"
    )
    con.execute(
        "insert into invoices.draft_lines by name "
        "select * exclude (customer_id, contract_id, status, invoice_number, issue_on, currency, "
        "minimum_applied, maximum_applied) from marts.invoice_lines "
        "where line_type <> 'late_usage' and invoice_id in "
        "(select invoice_id from invoices.draft_invoices)"
    )
    compare(con, Question("api_calls", 1, month=parse_month(month) if month else None))
    lines = comparison(con)["lines"].to_pylist()
    found: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        key = (line["invoice_id"], line["line_type"])
        found[key] = found.get(key, Decimal(0)) + line["amount_now"]
    shown = [one for one in (JANUARY, FEBRUARY) if not month or f"{month}-01" in one]
    shown = [one for one in shown if one == FEBRUARY or one in reopened]
    expected = con.execute(
        "select invoice_id, line_type, sum(amount) from marts.invoice_lines "
        "where list_contains(?, invoice_id) group by all",
        [shown],
    ).fetchall()
    assert found == {(invoice, kind): amount for invoice, kind, amount in expected}
    totals = con.execute(
        "select invoice_id, total from marts.invoices where list_contains(?, invoice_id)", [shown]
    ).fetchall()
    for invoice, total in totals:
        assert sum(amount for (one, _), amount in found.items() if one == invoice) == total
