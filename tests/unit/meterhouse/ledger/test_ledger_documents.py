"""Invoices from flat rows: guards against a list of another invoice, another order, a lost part."""

import json

import pytest

from meterhouse.ledger.errors import LedgerError
from meterhouse.ledger.finalize import due_documents, finalize
from meterhouse.ledger.schema import HAND_OVER
from meterhouse.ledger.store import Ledger
from meterhouse.verify.ledger import verify_ledger
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, in_memory, prepare


def test_parts_of_any_size_give_the_same_chain(tmp_path, monkeypatch):
    """Invoices are written in parts, so that memory does not grow with how many are due."""
    digests = set()
    for size in (1, 17, 1000):
        monkeypatch.setattr("meterhouse.ledger.documents.ROWS_PER_PART", size)
        with in_memory() as con:
            prepare(con, tmp_path / str(size))
            hand_over(con, 20)
            # lists of any length, none among them
            con.execute(
                "update given.due_invoices set unrated = [] where invoice_number > 'INV-000011'"
            )
            finalize(con, tmp_path / str(size), FEBRUARY)
        assert verify_ledger(tmp_path / str(size)) == []
        digests.add(Ledger(tmp_path / str(size)).head().digest)
    assert len(digests) == 1


def test_lists_do_not_depend_on_the_order_in_which_rows_come(con, tmp_path):
    documents = []
    for _ in range(2):
        prepare(con, tmp_path)
        if not documents:
            hand_over(con, 200)
            con.execute(
                "update given.due_invoices set slices = [{'contract_id': contract_id, "
                "'period_start': period_start, 'product_id': 'p' || part, 'pricing_group': '{}', "
                "'service_start': period_start, 'running_value': part} for part in [3, 1, 2]]"
            )
        else:
            for model in (model for model in HAND_OVER if model != "invoices.due_invoices"):
                con.execute(f"create table shuffled as from {model} as rows order by hash(rows)")
                con.execute(f"drop view {model}")
                con.execute(f"create table {model} as from shuffled")
                con.execute("drop table shuffled")
        documents.append(due_documents(con, 0, FEBRUARY))
    assert documents[0] == documents[1]
    one = json.loads(documents[0]["c000007.usage.2025-01-01"])
    assert [line["line_number"] for line in one["lines"]] == [1, 2]
    assert [part["product_id"] for part in one["slices"]] == ["p1", "p2", "p3"]
    groups = [part["presentation_group"] for part in one["lines"][0]["breakdowns"]]
    assert groups == ['{"user_id":"a"}', '{"user_id":"b"}']
    assert one["lines"][1]["breakdowns"] == []


def test_a_breakdown_without_its_line_never_becomes_final(con, tmp_path):
    prepare(con, tmp_path)
    hand_over(con, 3)
    con.execute("create table breakdowns as from invoices.draft_line_breakdowns")
    con.execute("update breakdowns set line_number = 9 where invoice_id like 'c000002%'")
    con.execute("create or replace view invoices.draft_line_breakdowns as from breakdowns")
    with pytest.raises(LedgerError, match="has breakdowns of"):
        finalize(con, tmp_path, FEBRUARY)
    assert Ledger(tmp_path).version() == -1
