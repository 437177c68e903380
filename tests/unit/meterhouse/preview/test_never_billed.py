"""What a preview leaves out of a final invoice that it makes anew (S-43, S-51).

Under `late_usage = report` nothing that became known after the invoice was billed: neither what
came late nor what was taken back late. Guards against a preview that shows that as a difference.
"""

from datetime import date

import duckdb
import pytest

from meterhouse.preview.question import Question
from meterhouse.preview.reopen import LEDGER_TABLES, remember_now, reopen

COLUMNS_OF_LINES = "commit_id varchar, line_type varchar"
JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
# (event, log version, day, id of the retraction that took it back)
EVENTS = [
    ("in time", 1, "2026-01-03", None),
    ("taken back in time", 1, "2026-01-03", 2),
    ("taken back late", 1, "2026-01-05", 4),
    ("came late", 3, "2026-01-05", None),
    ("taken back in February", 1, "2026-02-02", 4),
]


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """January became final at log version 2; a retraction of version 4 came after it."""
    con = duckdb.connect()
    con.execute("""
        create schema inputs; create schema price_book; create schema ledger;
        create schema events; create schema marts;
        create table inputs.run as select 'book' as price_book;
        create table price_book.contracts (
            price_book varchar, contract_id varchar, customer_id varchar, rate_card_id varchar,
            late_usage varchar
        );
        create table price_book.commits (commit_id varchar, payment_gated boolean);
        create table inputs.payments (
            payments_version int, invoice_id varchar, occurred_at timestamptz,
            received_at timestamptz
        );
        create table ledger.entries (
            last_sequence int, rows int, payments_version int, as_of timestamptz
        );
        create table price_book.rates as
        select 'book' as price_book, 'card' as rate_card_id, 'p' as product_id;
        create table price_book.product_metrics as
        select 'book' as price_book, 'p' as product_id, 'm' as metric;
        create table ledger.invoices as
        select 'c.1' as invoice_id, 'usage' as invoice_type, 'c' as contract_id,
            'acme' as customer_id, 'finalized' as status, date '2026-01-01' as period_start,
            date '2026-02-01' as period_end, date '2026-02-01' as issue_on, 2 as log_version,
            1 as sequence;
        create table marts.invoices as select * from ledger.invoices;
        create table marts.invoice_lines as
        select null as invoice_id, null as line_type, null as product_id, null as product_name,
            null as metric, null as metric_version, null as pricing_group, null as tier,
            null as commit_id, null as segment, null as pricing_unit, null as quantity,
            null as amount, null as corrects_invoice_id;
        create table events.customer_identities as
        select 'book' as price_book, 'acme' as customer_id, 'acme' as sent_id,
            null::date as starting_on, null::date as ending_before;
        create table events.landed_events (
            event_seq int, log_version int, transaction_id varchar, customer_id varchar,
            event_date date, repeat_kind varchar
        );
        create table events.retracted_events (
            event_seq int, log_version int, retracted_in int, repeat_kind varchar,
            customer_id varchar, event_date date
        );
        create table inputs.retractions (log_version int, transaction_id varchar)
    """)
    for table in LEDGER_TABLES:
        con.execute(f"create table ledger.{table} (invoice_id varchar, {COLUMNS_OF_LINES})")
    for number, (name, version, day, taken_back) in enumerate(EVENTS):
        kind = "retracted" if taken_back else None
        con.execute(
            "insert into events.landed_events values (?, ?, ?, 'acme', ?, ?)",
            [number, version, name, day, kind],
        )
        if taken_back:
            con.execute(
                "insert into events.retracted_events values (?, ?, ?, null, 'acme', ?)",
                [number, version, taken_back, day],
            )
            con.execute("insert into inputs.retractions values (?, ?)", [taken_back, name])
    # as the model counts them: a retraction takes off, in its own log version
    con.execute("""
        create table events.event_days as
        select log_version, customer_id, event_date, null::varchar as repeat_kind, 1 as events
        from events.landed_events
        union all
        select retracted_in, customer_id, event_date, null, -1 from events.retracted_events
        union all
        select retracted_in, customer_id, event_date, 'retracted', 1 from events.retracted_events
    """)
    return con


@pytest.mark.parametrize(
    ("late_usage", "counted"),
    [
        ("report", ["in time", "taken back late"]),
        ("next_invoice", ["in time", "came late"]),
    ],
)
def test_what_was_only_reported_is_left_out(con, late_usage, counted):
    con.execute(
        "insert into price_book.contracts values ('book', 'c', 'acme', 'card', ?)", [late_usage]
    )
    question = Question()
    remember_now(con, question)
    reopen(con, question, JANUARY[0])
    january = "event_date < '2026-02-01' and repeat_kind is null"
    found = con.execute(
        f"select transaction_id from events.landed_events where {january} order by event_seq"
    ).fetchall()
    assert [name for (name,) in found] == counted
    days = con.execute(f"select sum(events) from events.event_days where {january}").fetchone()
    assert days == (len(counted),)
    february = con.execute(
        "select repeat_kind from events.landed_events where event_date >= '2026-02-01'"
    ).fetchall()
    assert february == [("retracted",)], "an open period goes on as it is"
    remaining = con.execute("select transaction_id from inputs.retractions order by all").fetchall()
    assert ("taken back late",) not in remaining or late_usage == "next_invoice"
