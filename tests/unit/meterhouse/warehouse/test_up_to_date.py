"""When a run has nothing to do: guards against marts that stand although something changed."""

from datetime import UTC, datetime

import duckdb
import pytest

from meterhouse.warehouse import up_to_date
from meterhouse.warehouse.up_to_date import (
    forget_up_to_date,
    note_code,
    note_up_to_date,
    up_to_date_since,
)
from tests.unit.raw_events.schemas.published import publish, published

HOME_VERSIONS = (7, "book", 3)
NOON = datetime(2026, 1, 9, 12, tzinfo=UTC)


@pytest.fixture
def con(tmp_path, monkeypatch):
    """A warehouse after a run at noon, with marts published as generation 4."""
    monkeypatch.setattr(up_to_date, "_code", lambda: "code")
    (tmp_path / ".marts" / "4").mkdir(parents=True)
    (tmp_path / "marts").symlink_to(".marts/4")
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create schema inputs")
        con.execute("create schema invoices")
        con.execute("create schema calendar")
        con.execute("create table calendar.contracts_on_hold (contract_id varchar)")
        con.execute("create table inputs.damage (problem varchar)")
        con.execute("create table inputs.payments (received_at timestamptz)")
        con.execute("create table inputs.deliveries (outcome varchar, recorded_at timestamptz)")
        con.execute("create table inputs.provider_listings (listed_at timestamptz)")
        con.execute("create table inputs.payment_entries (payments_version bigint)")
        con.execute(
            "create table inputs.run as select timestamptz '2026-01-09 12:00:00Z' as as_of, "
            "7 as log_version, 'book' as price_book, 3 as ledger_version"
        )
        con.execute("create table invoices.draft_invoices (finalizes_at timestamptz)")
        note_code(con, tmp_path)
        yield con


def at(hour: int, day: int = 9) -> datetime:
    return datetime(2026, 1, day, hour, tzinfo=UTC)


def since(con, home, as_of: datetime, *versions: object) -> datetime | None:
    """As a run asks: with the code as it is."""
    note_code(con, home)
    return up_to_date_since(con, home, as_of, *versions)


def test_it_stands_until_midnight(con, tmp_path):
    note_up_to_date(con, tmp_path)
    assert since(con, tmp_path, NOON, *HOME_VERSIONS) == NOON
    assert since(con, tmp_path, at(23), *HOME_VERSIONS) == NOON
    assert since(con, tmp_path, at(0, day=10), *HOME_VERSIONS) is None
    assert since(con, tmp_path, at(11), *HOME_VERSIONS) is None


def test_it_stands_until_a_draft_becomes_final(con, tmp_path):
    con.execute("insert into invoices.draft_invoices values ('2026-01-09 00:00:00Z')")
    con.execute("insert into invoices.draft_invoices values ('2026-01-09 18:00:00Z')")
    note_up_to_date(con, tmp_path)
    assert since(con, tmp_path, at(17), *HOME_VERSIONS) == NOON
    assert since(con, tmp_path, at(18), *HOME_VERSIONS) is None


def test_a_payment_ends_it(con, tmp_path):
    """S-72: one that is known later than the run's moment waits for it; a new entry does not."""
    con.execute("insert into inputs.payments values ('2026-01-09 11:00Z'), ('2026-01-09 17:00Z')")
    note_up_to_date(con, tmp_path)
    assert up_to_date_since(con, tmp_path, at(16), *HOME_VERSIONS) == NOON
    assert up_to_date_since(con, tmp_path, at(17), *HOME_VERSIONS) is None
    con.execute("insert into inputs.payment_entries values (1)")
    assert up_to_date_since(con, tmp_path, at(16), *HOME_VERSIONS) is None


def test_what_a_provider_has_got_ends_it(con, tmp_path):
    """S-72: an attempt that failed does not."""
    note_up_to_date(con, tmp_path)
    con.execute("insert into inputs.deliveries values ('failed', '2026-01-09 11:00Z')")
    assert up_to_date_since(con, tmp_path, at(16), *HOME_VERSIONS) == NOON
    con.execute("insert into inputs.deliveries values ('delivered', '2026-01-09 11:00Z')")
    assert up_to_date_since(con, tmp_path, at(16), *HOME_VERSIONS) is None


def test_another_schema_ends_it(con, tmp_path):
    """S-64: it says what is declared."""
    note_up_to_date(con, tmp_path)
    publish(tmp_path, published("job", "report", {}))
    assert since(con, tmp_path, NOON, *HOME_VERSIONS) is None


@pytest.mark.parametrize("versions", [(8, "book", 3), (7, "other", 3), (7, "book", 4)])
def test_another_log_price_book_or_ledger_ends_it(con, tmp_path, versions):
    note_up_to_date(con, tmp_path)
    assert since(con, tmp_path, NOON, *versions) is None


def test_a_contract_on_hold_ends_it(con, tmp_path):
    con.execute("insert into calendar.contracts_on_hold values ('acme')")
    note_up_to_date(con, tmp_path)
    assert since(con, tmp_path, NOON, *HOME_VERSIONS) is None


def test_other_code_ends_it(con, tmp_path, monkeypatch):
    note_up_to_date(con, tmp_path)
    monkeypatch.setattr(up_to_date, "_code", lambda: "edited")
    assert since(con, tmp_path, NOON, *HOME_VERSIONS) is None


def test_code_that_was_edited_during_the_run_ends_it(con, tmp_path, monkeypatch):
    """Nobody knows whether its tables are of the code before the edit or of that after it."""
    monkeypatch.setattr(up_to_date, "_code", lambda: "edited meanwhile")
    note_up_to_date(con, tmp_path)
    assert since(con, tmp_path, NOON, *HOME_VERSIONS) is None


def test_missing_marts_end_it(con, tmp_path):
    note_up_to_date(con, tmp_path)
    (tmp_path / ".marts" / "4").rmdir()
    assert since(con, tmp_path, NOON, *HOME_VERSIONS) is None


def test_damage_ends_it_and_is_never_noted(con, tmp_path):
    note_up_to_date(con, tmp_path)
    con.execute("insert into inputs.damage values ('a flipped bit')")
    assert since(con, tmp_path, NOON, *HOME_VERSIONS) is None
    note_up_to_date(con, tmp_path)
    con.execute("delete from inputs.damage")
    assert since(con, tmp_path, NOON, *HOME_VERSIONS) is None


def test_it_is_forgotten_before_models_are_built(con, tmp_path):
    note_up_to_date(con, tmp_path)
    forget_up_to_date(con)
    assert since(con, tmp_path, NOON, *HOME_VERSIONS) is None


def test_the_code_is_that_of_models_and_of_python():
    assert len(up_to_date._code().split(":")) == 3
