"""What a void publishes at once (S-50, S-55).

Guards against an invoice that still reads as final after its void, marts of two states side by
side, and drafts that nobody published. Credit notes: test_published_credit_notes.py; marts that are
not as they were published: test_void_of_damaged_marts.py.
"""

from decimal import Decimal

import pytest
import yaml

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.sync import sync_ledger
from meterhouse.warehouse.generations import published_generation
from meterhouse.warehouse.publish import publish_marts
from meterhouse.warehouse.publish_voids import STATUS_COLUMNS, publish_voids
from tests.unit.meterhouse.ledger.ledger_cases import hand_over, in_memory, prepare
from tests.unit.meterhouse.warehouse.voided_invoices import JANUARY, MARCH, rows, run, void


def test_the_invoice_reads_void_at_once_in_all_marts(home):
    before = {path.name: path.stat() for path in (home / "marts").resolve().iterdir()}
    void(home)
    done = publish_voids(home)
    assert done.generation == 2 and sorted(done.changed) == [
        "commit_ledger", "credit_notes", "invoice_lines", "invoices",
    ]  # fmt: skip
    query = "select invoice_id, status, voided_at, void_reason, voided_by, replaced_by from "
    assert rows(home, query + "{invoices} where void_reason is not null") == [
        (JANUARY.format(1), "void", MARCH, "wrong price", "kim", None)
    ]
    assert rows(home, "select status, count(*) from {invoices} group by all order by all") == [
        ("draft", 2), ("finalized", 1), ("void", 1),
    ]  # fmt: skip
    for status in ("invoice_status from {commit_ledger}", "status from {invoice_lines}"):
        assert rows(home, f"select {status} order by all") == [
            ("draft",), ("draft",), ("finalized",), ("void",),
        ]  # fmt: skip
    after = (home / "marts").resolve() / "reconciliation.parquet"
    assert after.stat().st_ino == before["reconciliation.parquet"].st_ino


def test_no_other_mart_repeats_an_invoices_status():
    """A mart that does must be named in STATUS_COLUMNS, or a void leaves it as it was."""
    repeating = {
        (model["name"], column["name"])
        for path in (DBT_PROJECT / "models" / "marts").glob("_*.yml")
        for model in yaml.safe_load(path.read_text("utf-8"))["models"]
        for column in model["columns"]
        if "status" in column["name"]
    }
    repeating -= {("invoices", "status"), ("invoices", "payment_status")}
    # a provider's own word
    repeating -= {("provider_reconciliation", "provider_status")}
    assert repeating == set(STATUS_COLUMNS.items())


def test_a_run_after_it_publishes_the_same_bytes(home, con):
    void(home)
    publish_voids(home)
    sync_ledger(con, home)
    assert "invoices" not in publish_marts(con, home).changed
    assert "credit_notes" not in publish_marts(con, home).changed


def test_what_is_known_of_its_money_stays(home, con):
    """S-72: the next run knows more; and marts of an earlier release have nothing of it."""
    con.execute(
        "insert into payment_states values "
        f"('{JANUARY.format(1)}', 'paid', '2025-03-01', true, 1), "
        f"('{JANUARY.format(2)}', 'partially_paid', null, false, 0.26)"
    )
    con.execute(
        f"insert into sent_invoices values ('{JANUARY.format(1)}', 'stripe', 'in_1', "
        "'2025-02-03 10:00Z')"
    )
    publish_marts(con, home)
    void(home)
    publish_voids(home)
    query = (
        "select status, payment_status, paid_on::varchar, provider, provider_invoice_id, "
        "sent_at is not null, amount_received, amount_due from {invoices} "
        "where status <> 'draft' order by invoice_id"
    )
    received, owed = Decimal("0.26"), Decimal("1.01")
    assert rows(home, query) == [
        ("void", "paid", "2025-03-01", "stripe", "in_1", True, 1, 0),
        ("finalized", "partially_paid", None, None, None, False, received, owed),
    ]
    sync_ledger(con, home)
    assert "invoices" not in publish_marts(con, home).changed


def test_it_is_done_once_and_can_be_done_again(home):
    """After a crash between the ledger's entry and its publication (the kill point)."""
    void(home)
    assert rows(home, "select count(*) from {invoices} where status = 'void'") == [(0,)]
    publish_voids(home)
    assert rows(home, "select count(*) from {invoices} where status = 'void'") == [(1,)]
    assert publish_voids(home).changed == []
    assert published_generation(home) == 2


def test_the_drafts_stay_those_that_are_published(home, con):
    """A run that failed may have left other drafts in the warehouse, or there may be none."""
    con.execute("delete from draft_invoices")
    (home / "warehouse.duckdb").unlink(missing_ok=True)
    void(home)
    publish_voids(home)
    assert rows(home, "select count(*) from {invoices} where status = 'draft'") == [(2,)]


def test_marts_that_an_earlier_release_published_get_what_they_lack(home):
    folder = (home / "marts").resolve()
    (folder / "evidence.json").unlink()
    (folder / "credit_notes.parquet").unlink()
    older = (
        "select * exclude (voided_at, void_reason, replaced_by, voided_by, payment_status, "
        "paid_on, sent_at, provider, provider_invoice_id)"
    )
    file = folder / "invoices.parquet"
    with in_memory() as con:
        con.execute(f"copy ({older} from '{file}') to '{folder / 'older'}' (format parquet)")
    (folder / "older").replace(file)
    void(home)
    publish_voids(home)
    assert rows(home, "select void_reason from {invoices} where status = 'void'") == [
        ("wrong price",)
    ]
    assert rows(home, "select total from {credit_notes}") == [(Decimal("-1.26"),)]


def test_before_the_first_publication_there_is_nothing_to_do(tmp_path):
    assert publish_voids(tmp_path) is None


@pytest.mark.parametrize("final", [False, True])
def test_the_replacement_is_named_once_it_exists(home, con, final):
    """As a draft, and when it is final; and the void replacement names the next one (S-50)."""
    void(home)
    second = f"select * replace ('{JANUARY.format(1)}.r2' as invoice_id) from given.due_invoices"
    if final:
        prepare(con, home, MARCH)
        hand_over(con, 1, first=3)
        con.execute(f"create table second as {second}; delete from given.due_invoices")
        con.execute("insert into given.due_invoices from second")
        finalize(con, home, MARCH)
        void(home, "INV-000003", "wrong again")
        run(home, con)
    else:
        draft = f"select *, false, 2 from ({second} limit 1)"
        run(home, con, f"union all {draft}")
    query = "select invoice_id, replaced_by from {invoices} where status = 'void' order by all"
    expected = [(JANUARY.format(1), f"{JANUARY.format(1)}.r2")]
    assert rows(home, query) == expected + ([(f"{JANUARY.format(1)}.r2", None)] if final else [])
