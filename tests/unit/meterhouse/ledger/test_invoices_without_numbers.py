"""Which final invoices have no number: guards against a gap, and a number for nothing (S-45)."""

from datetime import UTC, datetime

import pytest

from meterhouse.ledger.errors import LedgerError
from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.store import Ledger
from meterhouse.verify.ledger import verify_ledger
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, prepare

MARCH = datetime(2025, 3, 2, tzinfo=UTC)


def without_the_second(con) -> None:
    """The second of three invoices comes to 0 and has no number; the third has the next."""
    hand_over(con, 3)
    free = "amount := 0::decimal(20, 4)"
    con.execute(
        "update given.due_invoices set invoice_number = null, total = 0, subtotal = 0, "
        "credits_applied = 0, applications = [], lines = list_transform(lines, lambda line: "
        f"struct_update(line, {free}, breakdowns := list_transform(line.breakdowns, "
        f"lambda part: struct_update(part, {free})))) where invoice_number = 'INV-000002'"
    )
    con.execute(
        "update given.due_invoices set invoice_number = 'INV-000002' "
        "where invoice_number = 'INV-000003'"
    )


def test_an_invoice_that_comes_to_nothing_has_no_number_if_its_contract_says_so(con, tmp_path):
    """S-45, `zero_invoices`; the numbers of the others go on without a gap."""
    prepare(con, tmp_path)
    con.execute("insert into price_book.contracts values ('book', 'c000002', 'skip')")
    without_the_second(con)
    done = finalize(con, tmp_path, FEBRUARY)
    assert (done.invoices, done.last_number) == (3, "INV-000002")
    assert verify_ledger(tmp_path) == []


def test_else_it_has_one(con, tmp_path):
    prepare(con, tmp_path)
    con.execute("insert into price_book.contracts values ('book', 'c000002', 'number')")
    without_the_second(con)
    with pytest.raises(LedgerError, match="S-45"):
        finalize(con, tmp_path, FEBRUARY)


def test_an_invoice_without_lines_closes_its_period_without_a_number(con, tmp_path):
    prepare(con, tmp_path)
    hand_over(con, 3)
    con.execute(
        "update given.due_invoices set lines = [], invoice_number = null, total = 0, "
        "subtotal = 0 where invoice_number = 'INV-000002'"
    )
    con.execute(
        "update given.due_invoices set invoice_number = 'INV-000002' "
        "where invoice_number = 'INV-000003'"
    )
    done = finalize(con, tmp_path, FEBRUARY)
    assert (done.invoices, done.last_number) == (3, "INV-000002")
    assert Ledger(tmp_path).head().last_sequence == 3
    assert verify_ledger(tmp_path) == []
