"""What feeds no product under the price book that billed the period (S-23), by the model's SQL.

Guards against usage that a final invoice billed and that is listed as given away once its product
has left the price book, and against usage that nobody billed and that a later price book hides.
"""

from datetime import date

import duckdb
import pytest

from meterhouse.common.model_sql import model_sql

GIVEN = """
    create schema price_book; create schema ledger;
    create table sold_products (price_book varchar, rate_card_id varchar, product_id varchar);
    create table price_book.product_metrics as
    select book as price_book, 'mails' as product_id, 'mails' as metric, 1 as version
    from (values ('then'), ('now')) as books(book);
    create table billable_metrics as
    select 'mails' as metric, 1 as metric_version, 'mail_sent' as event_type;
    create table price_book.contracts as
    select book as price_book, 'c' as contract_id, 'card ' || book as rate_card_id
    from (values ('then'), ('now')) as books(book);
    create table billing_periods as
    select 'now' as price_book, 'c' as contract_id, 'acme' as customer_id, start as period_start,
        (start + interval 1 month)::date as period_end
    from (values (date '2026-01-01'), (date '2026-02-01')) as months(start);
    create table ledger.invoices (
        price_book varchar, contract_id varchar, period_start date, invoice_type varchar,
        status varchar
    );
    create table customer_identities as
    select 'now' as price_book, 'acme' as customer_id, 'acme' as sent_id,
        null::date as starting_on, null::date as ending_before;
    create table event_days as
    select 'acme' as customer_id, 'mail_sent' as event_type, day as event_date, events,
        null::varchar as repeat_kind
    from (values (date '2026-01-04', 3), (date '2026-02-04', 5)) as days(day, events);
"""
JANUARY, FEBRUARY = (date(2026, 1, 1), 3), (date(2026, 2, 1), 5)
CASES = {
    "the product has left": (("then",), "finalized", [FEBRUARY]),
    "it has left and the invoice is void": (("then",), "void", [JANUARY, FEBRUARY]),
    "it has come": (("now",), "finalized", [JANUARY]),
    "it was there and is": (("then", "now"), "finalized", []),
}


@pytest.mark.parametrize(("sold", "status", "listed"), CASES.values(), ids=CASES.keys())
def test_a_final_period_sold_what_its_own_price_book_says(sold, status, listed):
    """January is `status` by the price book `then`, with a rate card of its own; February open."""
    con = duckdb.connect()
    con.execute(GIVEN)
    con.execute(
        "insert into ledger.invoices values ('then', 'c', '2026-01-01', 'usage', ?)", [status]
    )
    for book in sold:
        con.execute(f"insert into sold_products values ('{book}', 'card {book}', 'mails')")
    found = con.execute(model_sql("unbilled_event_types", "marts")).fetchall()
    rows = [(start, events) for _, _, start, events in found]
    assert sorted(rows) == listed
    assert {(contract, kind) for contract, kind, *_ in found} <= {("c", "mail_sent")}
