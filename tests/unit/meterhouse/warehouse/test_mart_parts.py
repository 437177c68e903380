"""Marts of final invoices in parts, a month each.

Guards against history that is written again, and a part that says what is no longer so (a void, a
replacement). The parts of usage_daily: test_usage_parts.py.
"""

from meterhouse.ledger.sync import sync_ledger
from meterhouse.reports.invoice_data import load_invoice
from meterhouse.verify.published import verify_published
from meterhouse.warehouse.publish import publish_marts
from meterhouse.warehouse.publish_voids import check_final_published, publish_voids
from tests.unit.meterhouse.warehouse.published_parts import (
    OF_INVOICES,
    check_same_rows,
    contents,
    finalize_february,
    inodes,
    publish,
)
from tests.unit.meterhouse.warehouse.voided_invoices import run, void


def test_a_part_of_which_nothing_changed_is_the_same_file(parted, con):
    names = set(inodes(parted))
    assert names >= {
        f"parts/{mart}/{part}.parquet" for mart in OF_INVOICES for part in ("2025-02", "drafts")
    }
    assert publish(con, parted) == []
    finalize_february(con, parted)
    assert sorted(publish(con, parted)) == [
        "invoice_lines.parquet", "invoices.parquet",
        "parts/invoice_lines/2025-03.parquet", "parts/invoice_lines/drafts.parquet",
        "parts/invoices/2025-03.parquet", "parts/invoices/drafts.parquet",
    ]  # fmt: skip
    con.execute("update marts.reconciliation set product_id = 3 where product_id = 2")
    before = (parted / "marts/parts/reconciliation/2025-01.parquet").stat().st_ino
    assert publish_marts(con, parted).changed == ["reconciliation"]
    assert (parted / "marts/parts/reconciliation/2025-01.parquet").stat().st_ino == before


def test_a_void_writes_its_month_and_a_run_after_it_the_same_bytes(parted, con, tmp_path):
    finalize_february(con, parted)
    publish(con, parted)
    before = inodes(parted)
    void(parted)
    done = publish_voids(parted)
    assert {"invoices", "invoice_lines", "credit_notes"} <= set(done.changed)
    written = {name for name, inode in inodes(parted).items() if before[name] != inode}
    assert written == {
        *(f"{mart}.parquet" for mart in OF_INVOICES),
        *(f"parts/{mart}/2025-02.parquet" for mart in OF_INVOICES),
    }
    assert verify_published(parted).problems == []
    after = contents(parted)

    sync_ledger(con, parted)
    con.execute(
        "create or replace table marts.invoice_lines as "
        "select invoice_id, 1 as line_number, status, invoice_number from marts.invoices"
    )
    assert publish(con, parted) == []
    # As if nothing had been published before.
    con.execute("drop table inputs.marks")
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    for part in ("invoices", "price_books"):
        (fresh / part).symlink_to(parted / part)
    publish(con, fresh)
    assert {
        name: data for name, data in contents(fresh).items() if "commit_ledger" not in name
    } == {name: data for name, data in after.items() if "commit_ledger" not in name}


def test_a_payment_writes_its_month_of_one_mart(parted, con):
    """S-72: months of which no money is known, and marts without it, stay as they are."""
    finalize_february(con, parted)
    publish(con, parted)
    numbers = "invoice_number in ('INV-000001', 'INV-000003') order by invoice_number"
    ids = con.execute(f"select invoice_id from marts.invoices where {numbers}").fetchall()
    (january,), (february,) = ids
    con.execute(
        f"insert into payment_states values ('{january}', 'partially_paid', null, false, 0.50)"
    )
    assert publish(con, parted) == ["invoices.parquet", "parts/invoices/2025-02.parquet"]
    assert publish(con, parted) == []
    con.execute("update payment_states set amount_received = 0.75")
    assert publish(con, parted) == ["invoices.parquet", "parts/invoices/2025-02.parquet"]
    con.execute("update payment_states set is_settled = true")
    assert publish(con, parted) == ["invoices.parquet", "parts/invoices/2025-02.parquet"]
    con.execute("update payment_states set payment_status = 'paid', paid_on = '2025-03-04'")
    assert publish(con, parted) == ["invoices.parquet", "parts/invoices/2025-02.parquet"]
    con.execute(
        f"insert into sent_invoices values ('{february}', 'files', 'msg_1', '2025-04-03 10:00Z')"
    )
    assert publish(con, parted) == ["invoices.parquet", "parts/invoices/2025-03.parquet"]
    con.execute("delete from payment_states")
    assert publish(con, parted) == ["invoices.parquet", "parts/invoices/2025-02.parquet"]
    assert verify_published(parted).problems == []


def test_late_usage_writes_the_month_of_the_lines_whose_days_it_moves(parted, con):
    """S-80: what the days of a period were measured from is part of its month, and of no other."""
    finalize_february(con, parted)
    con.execute("""
        create schema revenue;
        create table revenue.period_usage_digests as
        select contract_id, period_start, 7::bigint as digest
        from ledger.invoices where invoice_type = 'usage';
        create table marts.spend_daily as
        select invoice_id, status, issue_on, 1 as amount from marts.invoices
    """)
    publish_marts(con, parted)
    part = "parts/spend_daily/{}.parquet".format
    before = contents(parted)
    assert {part("2025-02"), part("2025-03"), part("drafts")} <= before.keys()
    # Two rows of a month: nothing is worked out again where nothing says that they moved.
    con.execute("update marts.spend_daily set amount = 2 where status <> 'draft'")
    assert publish_marts(con, parted).changed == []
    con.execute(
        "update revenue.period_usage_digests set digest = 8 where period_start = '2025-01-01'"
    )
    assert publish_marts(con, parted).changed == ["spend_daily"]
    after = contents(parted)
    assert {name for name in after if after[name] != before.get(name)} == {
        "spend_daily.parquet", part("2025-02"),
    }  # fmt: skip


def test_the_replacement_of_a_void_invoice_is_said_in_its_month(parted, con):
    """Nothing of the void one itself changed since, but there is another invoice now (S-50)."""
    void(parted)
    run(parted, con)
    replacement = "'c000001.usage.2025-01-01.r2' as invoice_id"
    second = f"select * replace ({replacement}), false, 2 from given.due_invoices limit 1"
    before = inodes(parted)
    run(parted, con, f"union all ({second})")
    name = "parts/invoices/2025-02.parquet"
    assert inodes(parted)[name] != before[name]
    check_same_rows(con, parted, "invoices")


def test_what_invoices_are_rounded_to_and_their_views_are_part_of_a_part(parted, con):
    for change in (
        "update price_book.pricing_units set decimals = 3",
        "create view invoices.composite_bounds as select 1 as one",
        "create or replace view invoices.composite_bounds as select 2 as one",
    ):
        con.execute(change)
        noted = (parted / "marts" / "parts.json").read_text("utf-8")
        publish_marts(con, parted)
        assert (parted / "marts" / "parts.json").read_text("utf-8") != noted


def test_beyond_a_size_the_parts_are_all_there_is_and_every_reader_of_ours_finds_them(
    parted, con, monkeypatch
):
    monkeypatch.setenv("METERHOUSE_SINGLE_FILE_MB", "0")
    finalize_february(con, parted)
    assert {"invoices", "invoice_lines"} <= set(publish_marts(con, parted).alone)
    assert not (parted / "marts" / "invoices.parquet").exists()
    assert publish_marts(con, parted).alone == []
    assert load_invoice(parted / "marts", "INV-000003").header["status"] == "finalized"
    assert verify_published(parted).problems == []
    check_final_published(parted)
    void(parted, "INV-000003")
    publish_voids(parted)
    assert load_invoice(parted / "marts", "INV-000003").header["status"] == "void"
    assert verify_published(parted).problems == []
    monkeypatch.setenv("METERHOUSE_SINGLE_FILE_MB", "unlimited")
    publish_voids(parted)
    sync_ledger(con, parted)
    assert publish_marts(con, parted).alone == []
    check_same_rows(con, parted, "invoices")
