"""Which contracts a run computes (dbt_project/models/calendar/contracts_to_rate.sql).

Guards against a contract that something happened to and that keeps the drafts of the run before,
until the next day computes all.
"""

from collections.abc import Iterator

import duckdb
import pytest

from meterhouse.common.model_sql import model_sql
from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.warehouse.inputs import TABLES

GIVEN = """
    create schema inputs; create schema price_book; create schema ledger;
    create table event_days (customer_id varchar, log_version bigint);
    create table customer_identities as
    select * from (values
        ('now', 'acme', 'acme'), ('now', 'key-1', 'acme'), ('now', 'beta', 'beta'), ('old', 'key-1', 'beta')
    ) as ids (price_book, sent_id, customer_id);
    create table price_book.contracts as
    select * from (values
        ('now', 'acme-1', 'acme'), ('now', 'acme-2', 'acme'), ('now', 'beta-1', 'beta'), ('old', 'acme-0', 'acme')
    ) as rows (price_book, contract_id, customer_id);
    create table price_book.commits (price_book varchar, contract_id varchar, commit_id varchar);
    create table price_book.scheduled_charges (price_book varchar, contract_id varchar, charge_id varchar);
    create table price_book.subscriptions (price_book varchar, contract_id varchar, subscription_id varchar)
"""  # noqa: E501
EARLIER, NOW = "2026-02-01 10:00:00Z", "2026-02-01 11:00:00Z"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Acme with two contracts and Beta with one, an hour after a run that stands."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(GIVEN)
        for name in ("run", "kept_run", "contract_digests", "held_contracts", "payments"):
            con.execute(f"create table inputs.{name} ({TABLES[name]})")
        for name in ("invoices", "invoice_lines"):
            columns = column_definitions(WAREHOUSE_TABLES[name])
            con.execute(f"create table ledger.{name} ({columns})")
        con.execute(f"insert into inputs.run by name select '{NOW}' as as_of, 'now' as price_book")
        con.execute(
            f"insert into inputs.kept_run by name select '{EARLIER}' as as_of, 5 as log_version, "
            "'now' as price_book, 7 as ledger_sequence, 2 as payments_version"
        )
        yield con


def rated(con: duckdb.DuckDBPyConnection, *happened: str) -> dict[str, str]:
    """Contract → why it is computed, after these statements."""
    for statement in happened:
        con.execute(statement)
    con.execute(
        f"create or replace view changed_invoices as {model_sql('changed_invoices', 'calendar')}"
    )
    return dict(con.execute(model_sql("contracts_to_rate", "calendar")).fetchall())


def invoice(invoice_id: str, contract: str, sequence: int, **more: object) -> str:
    columns = {"invoice_id": invoice_id, "contract_id": contract, "sequence": sequence, **more}
    selected = ", ".join(f"{value!r} as {name}" for name, value in columns.items())
    return f"insert into ledger.invoices by name select {selected}"


def test_nothing_happened(con: duckdb.DuckDBPyConnection):
    """What was known then asks for nothing."""
    known = invoice("i", "beta-1", 7, finalized_at="2026-02-01 09:00:00Z")
    assert rated(con, "insert into event_days values ('acme', 5)", known) == {}


def test_without_a_run_to_keep_all_are_computed(con: duckdb.DuckDBPyConnection):
    """Those of the ledger too, which may have left the price book: their rows are to go."""
    gone = invoice("i", "gone", 1)
    expected = dict.fromkeys(("acme-1", "acme-2", "beta-1", "gone"), "all")
    assert rated(con, gone, "delete from inputs.kept_run") == expected


@pytest.mark.parametrize("sent_id", ["acme", "key-1"])
def test_events_ask_for_all_contracts_of_their_customer(
    con: duckdb.DuckDBPyConnection, sent_id: str
):
    """S-9, S-51, S-56: by id or alias of today; a retraction is a row of its own log version."""
    landed = f"insert into event_days values ('{sent_id}', 6), ('nobody', 6)"
    found = rated(con, landed)
    # with the book before key-1 was Beta's: one too many
    assert found.pop("beta-1", "events") == "events"
    assert found == {"acme-1": "events", "acme-2": "events"}


def test_events_under_an_id_of_an_earlier_book_ask_too(con: duckdb.DuckDBPyConnection):
    """S-43: with the book that made its periods final, Beta's id was that of the event."""
    ids = "insert into customer_identities values ('old', 'key-2', 'beta')"
    assert rated(con, ids, "insert into event_days values ('key-2', 6)") == {"beta-1": "events"}


def test_a_contract_of_another_customer_than_then_is_always_computed(
    con: duckdb.DuckDBPyConnection,
):
    """S-43: late events of its final periods are those of the customer who had it."""
    then = invoice("i", "acme-1", 3, customer_id="beta")
    assert rated(con, then, invoice("j", "beta-1", 4, customer_id="beta")) == {"acme-1": "moved"}


def test_a_new_final_invoice_and_a_void_ask_for_their_contracts(con: duckdb.DuckDBPyConnection):
    """S-43, S-50."""
    final = invoice("i", "acme-1", 8)
    void = invoice("j", "beta-1", 3, voided_sequence=9)
    assert rated(con, final, void) == {"acme-1": "ledger", "beta-1": "ledger"}


@pytest.mark.parametrize(
    ("version", "received_at", "expected"),
    [
        (3, "2026-02-01 10:30:00Z", {"acme-1": "payment"}),
        # read before, known only now; and known at once, read only now
        (2, "2026-02-01 10:00:01Z", {"acme-1": "payment"}),
        (3, "2026-02-01 09:00:00Z", {"acme-1": "payment"}),
        (2, "2026-02-01 10:00:00Z", {}),
    ],
)
def test_a_payment_asks_for_the_contract_of_its_invoice(
    con: duckdb.DuckDBPyConnection, version: int, received_at: str, expected: dict[str, str]
):
    """S-72: with what the run before could see of it."""
    payment = (
        f"insert into inputs.payments by name select {version} as payments_version, "
        f"'i' as invoice_id, '{received_at}' as received_at, 'paid' as status"
    )
    assert rated(con, invoice("i", "acme-1", 3), payment) == expected


def test_a_threshold_that_bought_at_the_instant_of_the_run_before_may_buy_again(
    con: duckdb.DuckDBPyConnection,
):
    """S-58: the same instant twice asks once, so the second run did not ask."""
    assert rated(con, invoice("i", "acme-1", 6, finalized_at=EARLIER)) == {"acme-1": "ledger"}


def test_what_was_invoiced_asks_for_the_contract_that_has_it_now(con: duckdb.DuckDBPyConnection):
    """S-44: after the void of Acme's invoice, Beta is charged what was moved to it since."""
    moved = "insert into price_book.scheduled_charges values ('now', 'beta-1', 'setup')"
    line = "insert into ledger.invoice_lines by name select 'i' as invoice_id, 'setup' as source_id"
    void = invoice("i", "acme-1", 3, voided_sequence=9)
    assert rated(con, moved, line, void) == {"acme-1": "ledger", "beta-1": "ledger"}


def test_an_edit_asks_for_the_contracts_of_which_the_book_says_something_else(
    con: duckdb.DuckDBPyConnection,
):
    """Those that are new or gone too, also when all are gone."""
    con.execute("update inputs.kept_run set price_book = 'old'")
    con.execute(
        "insert into inputs.contract_digests values ('old', 'acme-0', 1), ('old', 'acme-1', 2), "
        "('old', 'beta-1', 3), ('now', 'acme-1', 2), ('now', 'acme-2', 4), ('now', 'beta-1', 5)"
    )
    expected = dict.fromkeys(("acme-0", "acme-2", "beta-1"), "price book")
    assert rated(con) == expected
    all_gone = "delete from inputs.contract_digests where price_book = 'now'"
    assert rated(con, all_gone).keys() == {"acme-0", "acme-1", "beta-1"}


def test_an_edit_asks_for_subscriptions_that_the_book_before_or_this_one_invoiced(
    con: duckdb.DuckDBPyConnection,
):
    """S-44: they are compared with the book now, or no longer; wherever the subscription is now."""
    con.execute("update inputs.kept_run set price_book = 'old'")
    sold = (
        "insert into price_book.subscriptions values ('now', 'acme-1', 's'), ('now', 'acme-2', 't')"
    )
    moved = "insert into price_book.subscriptions values ('now', 'beta-1', 'u')"
    line = (
        "insert into ledger.invoice_lines by name "
        "select 'j' as invoice_id, 'u' as source_id, 'subscription' as line_type"
    )
    invoices = [
        invoice("i", "acme-1", 1, price_book="old"),
        invoice("j", "gone", 2, price_book="old"),
        invoice("k", "acme-2", 3, price_book="older"),
    ]
    assert rated(con, sold, moved, line, *invoices) == dict.fromkeys(
        ("acme-1", "beta-1"), "price book"
    )


def test_held_contracts_are_tried_or_taken_out_anew(con: duckdb.DuckDBPyConnection):
    """S-52; with all that happened to one in one row."""
    held = "insert into inputs.held_contracts by name select 'acme-1' as contract_id"
    landed = "insert into event_days values ('acme', 6)"
    assert rated(con, held, landed) == {"acme-1": "events, held", "acme-2": "events"}
