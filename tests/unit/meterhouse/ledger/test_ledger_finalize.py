"""Finalization: guards against a second number, a gap, a half-written or a doubled ledger."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from meterhouse.ledger.errors import LedgerDamaged, LedgerError, LedgerMoved
from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.passed_build import forget_passed_build
from meterhouse.ledger.store import Ledger
from meterhouse.ledger.sync import sync_ledger
from meterhouse.verify.ledger import verify_ledger
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, in_memory, prepare

MARCH = datetime(2025, 3, 2, tzinfo=UTC)


def test_what_is_due_becomes_final_in_one_commit(con, tmp_path):
    prepare(con, tmp_path)
    hand_over(con, 3)
    done = finalize(con, tmp_path, FEBRUARY)
    assert (done.ledger_version, done.invoices) == (1, 3)
    assert (done.first_number, done.last_number) == ("INV-000001", "INV-000003")
    assert done.totals == {"USD": Decimal("3.8100")}
    assert sync_ledger(con, tmp_path) == 1
    rows = con.execute(
        "select sequence, invoice_number, status, finalized_at, total from ledger.invoices"
    ).fetchall()
    assert rows[0] == (1, "INV-000001", "finalized", FEBRUARY, Decimal("1.2600"))
    assert [row[0] for row in rows] == [1, 2, 3]
    counts = [
        con.execute(f"select count(*) from ledger.{table}").fetchall()[0][0]
        for table in ("invoice_lines", "invoice_line_breakdowns", "unrated_usage", "usage_slices")
    ]
    assert counts == [6, 6, 3, 0]


def test_nothing_due_is_no_commit(con, tmp_path):
    prepare(con, tmp_path)
    hand_over(con, 0)
    assert finalize(con, tmp_path, FEBRUARY).invoices == 0
    assert Ledger(tmp_path).version() == -1
    assert not (tmp_path / "invoices").exists()


def test_the_next_month_goes_on_where_the_last_one_ended(finalized, con):
    home = finalized(2)
    assert Ledger(home).head().last_number == 4
    assert verify_ledger(home) == []
    sync_ledger(con, home)
    numbers = con.execute("select invoice_number from ledger.invoices order by sequence")
    assert [number for (number,) in numbers.fetchall()] == [f"INV-00000{n}" for n in range(1, 5)]


def test_a_warehouse_follows_the_ledger_step_by_step_or_at_once(finalized, tmp_path):
    home = finalized(3)
    whole = in_memory()
    sync_ledger(whole, home)
    stepwise = in_memory()
    last = Ledger(home).entry_path(2)
    hidden = last.rename(tmp_path / "hidden")
    assert sync_ledger(stepwise, home) == 1
    hidden.rename(last)
    assert sync_ledger(stepwise, home) == 2
    assert sync_ledger(stepwise, home) == 2
    for table in ("invoices", "invoice_lines", "invoice_line_breakdowns", "unrated_usage"):
        query = f"select * from ledger.{table} order by all"
        assert stepwise.execute(query).fetchall() == whole.execute(query).fetchall(), table


def test_the_same_due_invoices_give_the_same_bytes(tmp_path):
    names = set()
    for run in ("a", "b"):
        with in_memory() as con:
            con.execute(f"set threads = {1 if run == 'a' else 2}")
            prepare(con, tmp_path / run)
            hand_over(con, 3000)
            if run == "b":
                con.execute(
                    "create or replace table given.due_invoices as "
                    "from given.due_invoices order by hash(invoice_id)"
                )
            finalize(con, tmp_path / run, FEBRUARY)
        # The name of the file is the digest of its bytes.
        names.add(Ledger(tmp_path / run).head().path)
    assert len(names) == 1


def test_a_second_finalization_from_the_same_inputs_is_refused(con, tmp_path):
    prepare(con, tmp_path)
    hand_over(con, 2)
    finalize(con, tmp_path, FEBRUARY)
    with pytest.raises(LedgerMoved, match="start the run again"):
        finalize(con, tmp_path, FEBRUARY)
    assert Ledger(tmp_path).version() == 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (
            "update due set invoice_number = 'INV-000003' where invoice_number = 'INV-000002'",
            "S-45",
        ),
        ("update due set invoice_number = null where invoice_number = 'INV-000002'", "S-45"),
        ("update due set lines = [], total = 0, subtotal = 0", "has no lines"),
        ("update due set total = total + 0.01", "S-48"),
        ("update due set subtotal = subtotal + 0.01, total = total + 0.01", "S-48"),
        ("update due set currency = 'EUR'", "S-48"),
        ("insert into due from due limit 1", "stands 2 times"),
        ("update due set invoice_id = null where invoice_number = 'INV-000002'", "no invoice_id"),
        ("update due set due_on = null", "due_on is null"),
        ("update due set finalizes_at = timestamptz '2025-02-02 00:00:01+00'", "S-44"),
        ("update due set price_book = 'another'", "price book another"),
        ("update due set lines = [lines[2], lines[2]], total = 2 * total", "line numbers"),
        ("update due set applications = applications[1:1]", "S-38"),
        (
            "update due set lines = list_transform(lines, lambda line: struct_update(line, "
            "breakdowns := list_transform(line.breakdowns, lambda part: struct_update(part, "
            "amount := 1::decimal(20, 4)))))",
            "S-20",
        ),
    ],
)
def test_what_breaks_a_rule_never_becomes_final(con, tmp_path, change, rule):
    prepare(con, tmp_path)
    hand_over(con, 3)
    con.execute("create table due as from given.due_invoices")
    con.execute(change)
    con.execute("create or replace table given.due_invoices as from due")
    con.execute("drop table due")
    with pytest.raises(LedgerError, match="Nothing was finalized") as error:
        finalize(con, tmp_path, FEBRUARY)
    assert rule in str(error.value)
    assert Ledger(tmp_path).version() == -1


def test_what_is_final_never_becomes_final_again(finalized, con):
    home = finalized(2)
    as_of = datetime(2025, 4, 2, tzinfo=UTC)
    prepare(con, home, as_of)
    hand_over(con, 2, first=5)
    with pytest.raises(LedgerError, match="is final already"):
        finalize(con, home, as_of)
    assert Ledger(home).version() == 2


def test_inputs_of_another_moment_are_refused(con, tmp_path):
    prepare(con, tmp_path)
    hand_over(con, 1)
    with pytest.raises(LedgerError, match="--as-of 2025-03-02"):
        finalize(con, tmp_path, MARCH)


def test_what_a_failing_test_stopped_stays_stopped(con, tmp_path):
    """Whoever starts the step alone (S-48)."""
    prepare(con, tmp_path)
    hand_over(con, 1)
    forget_passed_build(con)
    with pytest.raises(LedgerError, match=r"Nothing became final: .* meterhouse run$"):
        finalize(con, tmp_path, FEBRUARY)
    assert Ledger(tmp_path).version() == -1


@pytest.mark.parametrize(
    "other",
    [
        "log_version = 8",
        "price_book = 'other'",
        "code_version = 'other'",
        "ledger_version = 0",
    ],
)
def test_the_passed_build_of_another_run_does_not_count(con, tmp_path, other):
    prepare(con, tmp_path)
    hand_over(con, 1)
    con.execute(f"update inputs.run set {other}")
    with pytest.raises(LedgerError, match="Nothing became final: the warehouse does not say"):
        finalize(con, tmp_path, FEBRUARY)


def test_a_missing_column_of_the_hand_over_is_named(con, tmp_path):
    """A cast between structs would fill it with null, without an error."""
    prepare(con, tmp_path)
    hand_over(con, 1)
    con.execute(
        "create or replace view invoices.draft_lines as "
        "select 'x' as invoice_id, 1 as line_number, 'usage' as line_type"
    )
    with pytest.raises(LedgerError, match=r"invoices\.draft_lines\.amount"):
        finalize(con, tmp_path, FEBRUARY)


def test_a_warehouse_that_knows_more_than_the_ledger_stops_the_run(finalized, con):
    home = finalized(1)
    sync_ledger(con, home)
    Ledger(home).entry_path(2).unlink()
    with pytest.raises(LedgerDamaged, match="Restore that folder"):
        sync_ledger(con, home)


def test_an_entry_by_another_program_is_noticed(finalized, con):
    home = finalized(1)
    action = {"commitInfo": {"operation": "OPTIMIZE"}}
    Ledger(home).entry_path(3).write_text(json.dumps(action), "utf-8")
    with pytest.raises(LedgerDamaged, match="Entry 3"):
        sync_ledger(con, home)
