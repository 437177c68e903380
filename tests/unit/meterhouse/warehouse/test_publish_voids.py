"""What a void publishes at once, and what the marts say of credit notes (S-55).

Guards against an invoice that still reads as final after its void, marts of two states side by
side, drafts that nobody published, and a month's books that change after the month.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from meterhouse.common.model_sql import model_sql
from meterhouse.common.settings import DBT_PROJECT, PROJECT
from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.sync import sync_ledger
from meterhouse.ledger.void import void_invoice
from meterhouse.verify.published import verify_published
from meterhouse.warehouse.errors import PublishError
from meterhouse.warehouse.generations import published_generation
from meterhouse.warehouse.mark_files import read_mark
from meterhouse.warehouse.publish import publish_marts
from meterhouse.warehouse.publish_voids import STATUS_COLUMNS, publish_voids
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, in_memory, prepare

MARCH = datetime(2025, 3, 10, 12, tzinfo=UTC)
JANUARY = "c00000{}.usage.2025-01-01"


def books(home: Path) -> list[tuple]:
    """(month, what is booked in it), by the query of docs/finance.md."""
    page = (PROJECT / "docs" / "finance.md").read_text("utf-8")
    (query,) = re.findall(r"```sql\n(.*?as booked\n.*?)```", page, re.DOTALL)
    with in_memory() as con:
        rows = con.execute(query.replace("'marts/", f"'{home}/marts/")).fetchall()
    return [(month, total) for month, _, total in rows]


def run(home: Path, con: duckdb.DuckDBPyConnection, drafts: str = "") -> None:
    """What a run leaves: the marts of the ledger, and of February's drafts or `drafts`."""
    sync_ledger(con, home)
    hand_over(con, 2, month="2025-02-01")
    con.execute(
        "create or replace table draft_invoices as "
        "select *, false as is_due, 2 as line_count from given.due_invoices " + drafts
    )
    con.execute("create schema if not exists marts")
    for mart in ("invoices", "credit_notes"):
        con.execute(f"create or replace view marts.{mart} as {model_sql(mart, 'marts')}")
    con.execute(
        "create or replace table marts.commit_ledger as select 'k1' as commit_id, invoice_id, "
        "invoice_number, status as invoice_status from marts.invoices"
    )
    con.execute(
        "create or replace table marts.invoice_lines as "
        "select invoice_id, 1 as line_number, status, invoice_number from marts.invoices"
    )
    con.execute("create or replace table marts.reconciliation as select 1 as product_id")
    publish_marts(con, home)


@pytest.fixture
def home(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> Path:
    """Two final invoices of January, two drafts of February; a run has published them."""
    prepare(con, tmp_path)
    hand_over(con, 2)
    finalize(con, tmp_path, FEBRUARY)
    (tmp_path / "price_books" / "book").mkdir(parents=True)
    run(tmp_path, con)
    return tmp_path


@pytest.fixture
def con():
    with in_memory() as connection:
        yield connection


def rows(home: Path, query: str) -> list[tuple]:
    marts = {path.stem: f"'{path}'" for path in (home / "marts").resolve().glob("*.parquet")}
    with in_memory() as con:
        return con.execute(query.format(**marts)).fetchall()


def test_the_invoice_reads_void_at_once_in_all_marts(home):
    before = {path.name: path.stat() for path in (home / "marts").resolve().iterdir()}
    void_invoice(home, "INV-000001", "wrong price", "kim", MARCH)
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
    assert repeating - {("invoices", "status")} == set(STATUS_COLUMNS.items())


def test_the_credit_note_takes_back_the_invoice_on_the_day_of_the_void(home):
    void_invoice(home, "INV-000002", "wrong price", "kim", MARCH)
    publish_voids(home)
    query = (
        "select credit_note_number, invoice_id, invoice_number, issue_on::varchar, currency, "
        "total, reason, voided_by from {credit_notes}"
    )
    assert rows(home, query) == [
        ("CN-000001", JANUARY.format(2), "INV-000002", "2025-03-10", "USD", Decimal("-1.27"),
         "wrong price", "kim")
    ]  # fmt: skip


def test_a_run_after_it_publishes_the_same_bytes(home, con):
    void_invoice(home, "INV-000001", "wrong price", "kim", MARCH)
    publish_voids(home)
    sync_ledger(con, home)
    assert "invoices" not in publish_marts(con, home).changed
    assert "credit_notes" not in publish_marts(con, home).changed


def test_it_is_done_once_and_can_be_done_again(home):
    """After a crash between the ledger's entry and its publication (the kill point)."""
    void_invoice(home, "INV-000001", "wrong price", "kim", MARCH)
    assert rows(home, "select count(*) from {invoices} where status = 'void'") == [(0,)]
    publish_voids(home)
    assert rows(home, "select count(*) from {invoices} where status = 'void'") == [(1,)]
    assert publish_voids(home).changed == []
    assert published_generation(home) == 2


def test_the_drafts_stay_those_that_are_published(home, con):
    """A run that failed may have left other drafts in the warehouse, or there may be none."""
    con.execute("delete from draft_invoices")
    (home / "warehouse.duckdb").unlink(missing_ok=True)
    void_invoice(home, "INV-000001", "wrong price", "kim", MARCH)
    publish_voids(home)
    assert rows(home, "select count(*) from {invoices} where status = 'draft'") == [(2,)]


def test_marts_that_an_earlier_release_published_get_what_they_lack(home):
    folder = (home / "marts").resolve()
    (folder / "evidence.json").unlink()
    (folder / "credit_notes.parquet").unlink()
    older = "select * exclude (voided_at, void_reason, replaced_by, voided_by)"
    file = folder / "invoices.parquet"
    with in_memory() as con:
        con.execute(f"copy ({older} from '{file}') to '{folder / 'older'}' (format parquet)")
    (folder / "older").replace(file)
    void_invoice(home, "INV-000001", "wrong price", "kim", MARCH)
    publish_voids(home)
    assert rows(home, "select void_reason from {invoices} where status = 'void'") == [
        ("wrong price",)
    ]
    assert rows(home, "select total from {credit_notes}") == [(Decimal("-1.26"),)]


def test_before_the_first_publication_there_is_nothing_to_do(tmp_path):
    assert publish_voids(tmp_path) is None


def test_what_was_changed_after_it_was_published_is_not_made_right(home):
    """A void neither takes such a file as its source nor gives it a checksum that fits."""
    folder = (home / "marts").resolve()
    whole = read_mark(folder)[1]["reconciliation.parquet"]
    (folder / "reconciliation.parquet").write_bytes(b"changed")
    void_invoice(home, "INV-000001", "wrong price", "kim", MARCH)
    publish_voids(home)
    assert read_mark((home / "marts").resolve())[1]["reconciliation.parquet"] == whole
    file = (home / "marts").resolve() / "invoices.parquet"
    with in_memory() as con:
        con.execute(
            f"copy (select * from '{file}' limit 1) to '{folder / 'less'}' (format parquet)"
        )
    (folder / "less").replace(file)
    with pytest.raises(PublishError, match="was changed after it was published"):
        publish_voids(home)


@pytest.mark.parametrize("spoil", ["changed", "gone", "a link"])
def test_a_void_certifies_no_mart_that_is_not_what_was_published(home, spoil):
    """What is wrong with it is found after the void as it was before, also after the next one."""
    folder = (home / "marts").resolve()
    file = folder / "reconciliation.parquet"
    whole = read_mark(folder)[1][file.name]
    file.rename(home / "aside")
    if spoil == "changed":
        file.write_bytes(b"changed")
    elif spoil == "a link":
        file.symlink_to(home / "aside")
    for number in ("INV-000001", "INV-000002"):
        void_invoice(home, number, "wrong price", "kim", MARCH)
        publish_voids(home)
        assert read_mark((home / "marts").resolve())[1][file.name] == whole
        said = "\n".join(verify_published(home).problems)
        wrong = "was changed after" if spoil == "changed" else "is missing"
        assert f"{file.name} {wrong}" in said
    assert publish_voids(home).changed == []


def test_a_void_takes_along_no_file_that_nobody_published(home):
    folder = (home / "marts").resolve()
    (folder / "mine.parquet").write_bytes(b"mine")
    (folder / "folder").mkdir()
    void_invoice(home, "INV-000001", "wrong price", "kim", MARCH)
    publish_voids(home)
    new = (home / "marts").resolve()
    assert new != folder and (folder / "mine.parquet").is_file()
    assert {path.name for path in new.iterdir()} - {"evidence.json"} == set(read_mark(new)[1])
    assert "mine.parquet" not in read_mark(new)[1]


def test_a_published_mart_that_cannot_be_read_is_said_and_left(home):
    (home / "marts" / "invoices.parquet").write_bytes(b"torn")
    for file in ("evidence.json", "credit_notes.parquet"):
        (home / "marts" / file).unlink()
    void_invoice(home, "INV-000001", "wrong price", "kim", MARCH)
    with pytest.raises(PublishError, match="The next run makes them again"):
        publish_voids(home)
    assert published_generation(home) == 1
    assert not list((home / ".marts").glob("*.writing"))


@pytest.mark.parametrize("final", [False, True])
def test_the_replacement_is_named_once_it_exists(home, con, final):
    """As a draft, and when it is final; and the void replacement names the next one (S-50)."""
    void_invoice(home, "INV-000001", "wrong price", "kim", MARCH)
    second = f"select * replace ('{JANUARY.format(1)}.r2' as invoice_id) from given.due_invoices"
    if final:
        prepare(con, home, MARCH)
        hand_over(con, 1, first=3)
        con.execute(f"create table second as {second}; delete from given.due_invoices")
        con.execute("insert into given.due_invoices from second")
        finalize(con, home, MARCH)
        void_invoice(home, "INV-000003", "wrong again", "kim", MARCH)
        run(home, con)
    else:
        draft = f"select *, false, 2 from ({second} limit 1)"
        run(home, con, f"union all {draft}")
    query = "select invoice_id, replaced_by from {invoices} where status = 'void' order by all"
    expected = [(JANUARY.format(1), f"{JANUARY.format(1)}.r2")]
    assert rows(home, query) == expected + ([(f"{JANUARY.format(1)}.r2", None)] if final else [])


def test_the_books_of_the_month_of_the_invoice_stay_as_they_were(home, con):
    """S-55: January is invoiced on 1 February; what is taken back and made anew is March's."""
    before = books(home)
    assert before == [("2025-02", Decimal("2.53"))]
    void_invoice(home, "INV-000001", "wrong price", "kim", MARCH)
    publish_voids(home)
    assert books(home) == [*before, ("2025-03", Decimal("-1.26"))]
    prepare(con, home, MARCH)
    hand_over(con, 1, first=3)
    con.execute(f"update given.due_invoices set invoice_id = '{JANUARY.format(1)}.r2'")
    finalize(con, home, MARCH)
    run(home, con)
    assert books(home) == [*before, ("2025-03", Decimal(0))]
