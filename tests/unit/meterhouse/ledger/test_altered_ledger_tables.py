"""The ledger's tables in the warehouse are those that were read from it, or are read again (S-48).

Guards against final invoices that somebody edited in the warehouse and that the next run goes on
from, and against a warehouse that is accused without a reason.
"""

from datetime import UTC, datetime

import pytest

from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.stored import NOTES, renew_altered_ledger
from meterhouse.ledger.sync import sync_ledger
from meterhouse.ledger.void import void_invoice
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.warehouse import publish_voids
from meterhouse.warehouse.database import open_warehouse
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, prepare

EDITS = {
    "a changed amount": "update ledger.invoice_lines set amount = amount + 1 where line_number = 1",
    "amounts that change places": "update ledger.invoices set total = case sequence"
    " when 1 then (select total from ledger.invoices where sequence = 2)"
    " else (select total from ledger.invoices where sequence = 1) end",
    "a line that is gone": "delete from ledger.invoice_lines where line_number = 2",
    "a line that stands twice": "insert into ledger.invoice_lines"
    " from ledger.invoice_lines limit 1",
    "a status": "update ledger.invoices set status = 'void' where sequence = 2",
    "a void that is gone": "delete from ledger.voids",
    "an entry that is gone": "delete from ledger.entries where ledger_version = 1",
    "a digest of an entry": "update ledger.entries set digest = 'x'",
    "a table that is gone": "drop table ledger.usage_slices",
    "columns that change names": "alter table ledger.invoices rename column subtotal to other;"
    " alter table ledger.invoices rename column total to subtotal;"
    " alter table ledger.invoices rename column other to total",
    "a decimal point that moves": "alter table ledger.invoice_lines"
    " alter amount type decimal(20, 3) using amount * 10",
    "a view in a table's place": "create table ledger.kept as from ledger.voids;"
    " drop table ledger.voids; create view ledger.voids as from ledger.kept",
    "a column that is gone": "alter table ledger.commit_applications drop column amount",
}
WARNED = "something else wrote into warehouse.duckdb"


@pytest.fixture
def home(finalized, con):
    """Four final invoices, the first void; the warehouse knows them."""
    home = finalized(2)
    void_invoice(home, "INV-000001", "wrong price", "kim", FEBRUARY)
    sync_ledger(con, home)
    return home


def stored(con) -> dict[str, list[tuple]]:
    return {
        table: con.execute(f"from ledger.{table} order by all").fetchall()
        for table in (*WAREHOUSE_TABLES, NOTES.partition(".")[2])
    }


def renew(con, home) -> None:
    """What a run does first."""
    renew_altered_ledger(con, home)
    sync_ledger(con, home)


def test_what_is_as_it_was_read_is_not_read_again(con, home, capsys):
    """Also after further appends and a void, which changes the status of a row."""
    for month in (3, 4):
        as_of = datetime(2025, month + 1, 3, tzinfo=UTC)
        prepare(con, home, as_of)
        hand_over(con, 1, first=month + 2, month=f"2025-{month:02}-01")
        finalize(con, home, as_of)
        renew(con, home)
    void_invoice(home, "INV-000003", "wrong price", "kim", as_of)
    renew(con, home)
    renew(con, home)
    assert WARNED not in capsys.readouterr().out


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_what_was_altered_is_read_again_and_said_once(con, home, capsys, edit):
    whole = stored(con)
    con.execute(edit)
    renew(con, home)
    assert stored(con) == whole
    said = capsys.readouterr().out
    assert said.count(WARNED) == 1 and str(home / "invoices") in said
    renew(con, home)
    assert capsys.readouterr().out == ""


def test_an_append_in_between_does_not_hide_it(con, home, capsys):
    """A void tells the warehouse of its entry, a run appends what it made final."""
    con.execute(EDITS["a changed amount"])
    void_invoice(home, "INV-000002", "wrong price", "kim", FEBRUARY)
    sync_ledger(con, home)
    renew(con, home)
    assert WARNED in capsys.readouterr().out
    wrong = "select count(*) from ledger.invoice_lines where line_number = 1 and amount <> 1.25"
    assert con.execute(wrong).fetchall() == [(0,)]


@pytest.mark.parametrize(
    "earlier",
    [f"drop table {NOTES}", f"update {NOTES} set engine = 'v0.0.1', hashes = 7"],
    ids=["an earlier release", "another version of the engine"],
)
def test_who_noted_nothing_that_can_be_compared_is_not_accused(con, home, capsys, earlier):
    """The tables are read again in silence, so whatever stood in them is right."""
    whole = stored(con)
    con.execute(EDITS["a changed amount"])
    con.execute(earlier)
    renew(con, home)
    assert capsys.readouterr().out == ""
    assert stored(con) == whole


def test_a_void_compares_before_it_tells_the_warehouse(finalized, monkeypatch, capsys):
    """Else a digest that somebody edited would make it say that the ledger is another one."""
    home = finalized(1)
    monkeypatch.setattr(publish_voids, "has_our_layout", lambda con: True)
    with open_warehouse(home) as con:
        sync_ledger(con, home)
        con.execute(EDITS["a digest of an entry"])
    void_invoice(home, "INV-000001", "wrong price", "kim", FEBRUARY)
    publish_voids.tell_warehouse(home)
    with open_warehouse(home) as con:
        statuses = con.execute("select status from ledger.invoices order by sequence").fetchall()
    assert statuses == [("void",), ("finalized",)]
    assert WARNED in capsys.readouterr().out
