"""Months that are closed (S-82): what refuses it, what is recorded, what never changes.

Guards against a closed month whose entries change, a correction that is booked twice or never, and
a record that somebody wrote into without `verify` saying so.
"""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from meterhouse.close.close import close_month
from meterhouse.close.errors import CloseRefused
from meterhouse.close.record import closed_months, closed_months_table, sync_closed_months
from meterhouse.verify.closed_months import verify_closed_months
from tests.unit.meterhouse.close.books_world import book, empty_books, folder, moment, run

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))


def close(
    con: duckdb.DuckDBPyConnection,
    home: Path,
    month: date,
    at: datetime | None = None,
    accept: str | None = None,
) -> None:
    close_month(con, home, month, at or moment(month), "ada", accept)


def posted(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    """Month, what it corrects, kind, invoice, amount of every entry."""
    return con.execute(
        "select month, corrects_month, entry_type, invoice_id, amount from revenue.journal "
        "order by all"
    ).fetchall()


def test_what_becomes_known_after_the_close_is_booked_in_the_first_open_month(tmp_path: Path):
    con = empty_books()
    book(con, JANUARY, 100)
    run(con, moment(JANUARY))
    close(con, tmp_path, JANUARY)
    book(con, JANUARY, 20)
    book(con, FEBRUARY, 50)
    run(con, moment(FEBRUARY))
    assert posted(con) == [
        (JANUARY, None, "usage", "i1", 100),
        (FEBRUARY, JANUARY, "usage", "i1", 20),
        (FEBRUARY, None, "usage", "i1", 50),
    ]
    close(con, tmp_path, FEBRUARY)
    run(con, moment(MARCH))
    assert len(posted(con)) == 3, "a correction that is closed is not booked once more"
    book(con, JANUARY, -120)
    run(con, moment(MARCH))
    assert (MARCH, JANUARY, "usage", "i1", -120) in posted(con)


def test_an_account_that_changes_leaves_closed_months_as_they_are(tmp_path: Path):
    con = empty_books()
    book(con, JANUARY, 100)
    run(con, moment(JANUARY))
    close(con, tmp_path, JANUARY)
    con.execute("insert into price_book.accounts values ('b1', 'revenue', '8400', 'Erlöse')")
    book(con, FEBRUARY, 50)
    run(con, moment(FEBRUARY))
    assert con.execute(
        "select month, credit_account, amount from revenue.journal order by all"
    ).fetchall() == [(JANUARY, "4000", 100), (FEBRUARY, "8400", 50)]


@pytest.mark.parametrize("seed", range(6))
def test_nothing_of_a_closed_month_changes_in_a_year_of_late_events_and_voids(
    tmp_path: Path, seed: int
):
    """And all months together always say what is known, to the cent, of each invoice."""
    con, chance = empty_books(), random.Random(seed)
    months = [date(2026, number, 1) for number in range(1, 13)]
    kept: dict[date, list[tuple]] = {}
    for place, month in enumerate(months):
        for _ in range(chance.randint(0, 12)):
            of_month = chance.choice(months[: place + 1])
            book(
                con, of_month, Decimal(chance.randint(-99999, 99999)) / 100,
                chance.choice(["usage", "drawdown", "invoice", "purchase"]),
                f"i{chance.randint(1, 4)}",
            )  # fmt: skip
        run(con, moment(month))
        for closed_month, rows in kept.items():
            assert _of(con, closed_month) == rows, f"{closed_month} changed in {month}"
        assert (
            con.execute(
                """
            select entry_type, invoice_id, sum(amount)
            from (
                select entry_type, invoice_id, amount from revenue.journal
                union all select entry_type, invoice_id, -amount from booked_amounts
            )
            group by all having sum(amount) <> 0
            """
            ).fetchall()
            == []
        )
        if kept or chance.random() < 0.8:
            for due in months[len(kept) : place + 1]:
                if due in [row[0] for row in posted(con)] or kept:
                    close(con, tmp_path, due, moment(month))
                    kept[due] = _of(con, due)
                    run(con, moment(month))
                else:
                    break
    assert len(kept) > 3
    assert verify_closed_months(tmp_path).problems == []


def _of(con: duckdb.DuckDBPyConnection, month: date) -> list[tuple]:
    return con.execute("from revenue.journal where month = ? order by entry_id", [month]).fetchall()


def test_a_month_that_is_not_over_is_not_closed(tmp_path: Path):
    con = empty_books()
    book(con, JANUARY, 100)
    run(con, moment(JANUARY, 1))
    with pytest.raises(CloseRefused, match=r"from 2026-02-02T00:00:00Z on"):
        close(con, tmp_path, JANUARY, moment(JANUARY, 2) - timedelta(seconds=1))
    with pytest.raises(CloseRefused, match=r"The last run was before that moment"):
        close(con, tmp_path, JANUARY)
    run(con, moment(JANUARY, 2))
    close(con, tmp_path, JANUARY, moment(JANUARY, 2))
    with pytest.raises(CloseRefused, match=r"closed already"):
        close(con, tmp_path, JANUARY)
    assert [row["month"] for row in closed_months(tmp_path)] == [JANUARY]


def test_months_are_closed_in_their_order(tmp_path: Path):
    con = empty_books()
    book(con, JANUARY, 100)
    book(con, MARCH, 100)
    run(con, moment(MARCH))
    with pytest.raises(CloseRefused, match=r"2026-01 is not closed yet"):
        close(con, tmp_path, MARCH)
    for month in (JANUARY, FEBRUARY, MARCH):
        close(con, tmp_path, month, moment(MARCH))
    assert [row["entries"] for row in closed_months(tmp_path)] == [1, 0, 1]


def test_a_contract_on_hold_refuses_whatever_is_accepted(tmp_path: Path):
    con = empty_books()
    book(con, JANUARY, 100)
    run(con, moment(JANUARY))
    con.execute("insert into calendar.contracts_on_hold values ('acme-1')")
    with pytest.raises(CloseRefused, match=r"On hold: acme-1"):
        close(con, tmp_path, JANUARY, accept="never mind")
    assert closed_months(tmp_path) == []


def test_a_run_that_did_not_end_refuses(tmp_path: Path):
    con = empty_books()
    book(con, JANUARY, 100)
    run(con, moment(JANUARY))
    con.execute("delete from inputs.rated_run")
    with pytest.raises(CloseRefused, match=r"not come to its end"):
        close(con, tmp_path, JANUARY)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("insert into ledger.voids values ('2026-02-04')", "came: voids"),
        ("insert into marts.unrated_usage values ('2026-01-01', 'no_rate')", "without a rate"),
        ("insert into marts.provider_reconciliation values ('i1')", "provider_reconciliation"),
        (
            "insert into marts.invoices values ('acme', 'finalized', '2026-01-31', null, 'INV-1');"
            "insert into price_book.billing_accounts values ('b1', 'acme', 'stripe', '2026-01-01')",
            "not sent to their provider",
        ),
    ],
)
def test_what_is_open_is_accepted_with_a_reason_that_is_kept(
    tmp_path: Path, change: str, says: str
):
    con = empty_books()
    book(con, JANUARY, 100)
    run(con, moment(JANUARY))
    con.execute(change)
    with pytest.raises(CloseRefused, match=says):
        close(con, tmp_path, JANUARY)
    close(con, tmp_path, JANUARY, accept="known to Ada")
    [row] = closed_months(tmp_path)
    assert row["accepted"].startswith("known to Ada: ") and says in row["accepted"]
    assert (row["closed_by"], row["entries"]) == ("ada", 1)


def test_a_record_that_is_read_back_is_what_was_closed(tmp_path: Path):
    con = empty_books()
    book(con, JANUARY, 100)
    run(con, moment(JANUARY))
    close(con, tmp_path, JANUARY)
    before = con.execute("from revenue.journal").fetchall()
    con.execute("delete from inputs.closed_entries")
    con.execute("delete from inputs.closed_months_version")
    sync_closed_months(con, tmp_path)
    run(con, moment(JANUARY))
    assert con.execute("from revenue.journal").fetchall() == before


def test_verify_finds_a_row_that_was_written_later(tmp_path: Path):
    con = empty_books()
    for month in (JANUARY, FEBRUARY):
        book(con, month, 100)
        run(con, moment(month))
        close(con, tmp_path, month)
    assert verify_closed_months(tmp_path).problems == []
    table = closed_months_table(tmp_path)
    with duckdb.connect() as other:
        row = other.execute(f"from {table.source()} where sequence = 1").to_arrow_table()
    table.append_table(row.cast(table.schema))
    [*_, problem] = verify_closed_months(tmp_path).problems
    assert str(folder(tmp_path)) in problem and "backup" in problem
    assert any("is not what was closed" in each for each in verify_closed_months(tmp_path).problems)


def test_verify_says_nothing_where_no_month_was_closed(tmp_path: Path):
    assert verify_closed_months(tmp_path) is None
