"""What became of every event (S-48), by the model's SQL.

Guards against an event that is told as metered though it came after its period was final (S-43,
`late_usage` report), and against one that is counted twice because two contracts take it.
"""

import duckdb
import pytest

from meterhouse.common.model_sql import model_sql

GIVEN = """
    create schema price_book; create schema ledger; create schema inputs;
    create table inputs.run as select 'now' as price_book;
    create table inputs.rejected_events as
    select date '2026-01-05' as received_on, 'files' as source, 'too_old' as reason_code,
        2 as events;
    create table customer_identities as
    select 'now' as price_book, customer_id, customer_id as sent_id,
        null::date as starting_on, null::date as ending_before
    from (values ('acme'), ('beta'), ('gone')) as customers (customer_id);
    create table price_book.contracts (
        price_book varchar, contract_id varchar, customer_id varchar, starting_on date,
        ending_before date, late_usage varchar
    );
    insert into price_book.contracts values
        ('now', 'a', 'acme', '2026-01-01', null, 'report'),
        ('now', 'b', 'beta', '2026-01-01', null, 'next_invoice'),
        ('now', 'g', 'gone', '2025-01-01', '2026-01-01', null),
        ('old', 'g', 'gone', '2025-01-01', null, null);
    create table ledger.invoices as
    select contract_id, 'usage' as invoice_type, 'finalized' as status, 5 as log_version,
        date '2026-01-01' as period_start, date '2026-02-01' as period_end
    from (values ('a'), ('b')) as finals (contract_id);
    create table event_days (
        log_version int, customer_id varchar, event_type varchar, event_date date,
        repeat_kind varchar, events int
    );
    alter table event_days add column source varchar default 'files';
    alter table event_days add column received_on date default date '2026-02-03';
    create table retracted_events as from event_days where false;
    alter table retracted_events drop column events;
"""
# Log version, customer, event type, day, kind of repeat, events → outcome.
EVENTS = [
    (4, "acme", "call", "2026-01-10", None, 1, "metered"),
    (5, "acme", "mail", "2026-01-10", None, 2, "metered"),
    (6, "acme", "call", "2026-01-10", None, 4, "late_reported"),
    (6, "acme", "call", "2026-02-10", None, 8, "metered"),
    (6, "beta", "call", "2026-01-10", None, 16, "metered"),
    (6, "gone", "call", "2026-01-10", None, 32, "outside_contract"),
    (6, "nobody", "call", "2026-01-10", None, 64, "unmatched"),
    (6, "nobody", "call", "2026-01-10", "duplicate", 128, "duplicate"),
]


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        connection.execute(GIVEN)
        for log_version, customer, kind, day, repeat, events, _ in EVENTS:
            connection.execute(
                "insert into event_days (log_version, customer_id, event_type, event_date, "
                "repeat_kind, events) values (?, ?, ?, ?, ?, ?)",
                [log_version, customer, kind, day, repeat, events],
            )
        yield connection


def outcomes(con) -> dict[str, int]:
    """Events by outcome."""
    rows = con.execute(model_sql("event_outcomes", "marts")).fetchall()
    return {outcome: events for _, _, outcome, events in rows}


def expected() -> dict[str, int]:
    """The same of EVENTS and what was rejected."""
    found = {"rejected:too_old": 2}
    for *_, events, outcome in EVENTS:
        found[outcome] = found.get(outcome, 0) + events
    return found


def test_every_event_has_the_outcome_of_its_day_and_log_version(con):
    assert outcomes(con) == expected()


def test_a_second_contract_that_meters_what_is_late_counts_it_once(con):
    con.execute(
        "insert into price_book.contracts values ('now', 'a2', 'acme', '2026-01-01', null, null)"
    )
    found = expected()
    found["metered"] += found.pop("late_reported")
    assert outcomes(con) == found


def test_a_void_period_is_open_again(con):
    con.execute("update ledger.invoices set status = 'void'")
    found = expected()
    found["metered"] += found.pop("late_reported")
    assert outcomes(con) == found


def test_what_is_taken_back_is_taken_off_what_it_was(con):
    con.execute(
        "insert into retracted_events by name select 6 as log_version, 'gone' as customer_id, "
        "'call' as event_type, date '2026-01-10' as event_date, 'files' as source, "
        "date '2026-02-03' as received_on from range(2)"
    )
    assert outcomes(con) == {**expected(), "outside_contract": 30, "retracted": 2}
