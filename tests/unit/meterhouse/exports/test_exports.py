"""Exports name their publication, are whole, and add up to the marts (S-78, S-79).

Guards against: a reader that finds tables of two publications, an amount through a float, a
formula, a folder of somebody else's that is replaced.
"""

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from threading import Event, Thread

import duckdb
import openpyxl
import pytest
from deltalake import DeltaTable

from meterhouse.cli.main import main
from meterhouse.exports import folders, to_delta, to_xlsx
from meterhouse.exports import published as opening
from meterhouse.exports.errors import ExportError, ExportRefused
from meterhouse.exports.published import with_publication
from meterhouse.exports.to_csv import export_csv
from meterhouse.exports.to_delta import export_delta, read_mark
from meterhouse.exports.to_xlsx import export_xlsx
from meterhouse.server.reading.errors import PublicationGone
from tests.unit.meterhouse.delivery.world import book, invoice, publish, segment
from tests.unit.meterhouse.exports.export_world import BIG, publish_number


def read_csv(folder, mart) -> list[dict[str, str]]:
    with (folder / f"{mart}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_has_every_mart_exactly_and_no_formula(tmp_path):
    publish_number(tmp_path, 1, void_reason="-1+2")
    found = export_csv(tmp_path, tmp_path / "out")
    said = json.loads((tmp_path / "out" / "publication.json").read_text())
    assert said["publication"] == found.name
    assert {path.stem for path in (tmp_path / "out").glob("*.csv")} == set(found.marts)
    [line, _] = read_csv(tmp_path / "out", "invoice_lines")
    assert line["product_name"] == "'=1+1"
    assert Decimal(line["quantity"]) == BIG
    assert line["unit_price"] == "0.0000000001"
    assert read_csv(tmp_path / "out", "invoices")[0]["void_reason"] == "'-1+2"


def test_an_export_takes_the_place_of_the_one_before_and_of_nothing_else(tmp_path):
    publish_number(tmp_path, 1)
    export_csv(tmp_path, tmp_path / "out")
    publish_number(tmp_path, 2)
    export_csv(tmp_path, tmp_path / "out")
    assert {Decimal(row["total"]) for row in read_csv(tmp_path / "out", "invoices")} == {2}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(ExportRefused, match="something else in it"):
        export_csv(tmp_path, tmp_path / "mine")


def test_an_export_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    publish_number(tmp_path, 1)
    export_csv(tmp_path, tmp_path / "out")
    publish_number(tmp_path, 2)
    monkeypatch.setattr(folders, "_take_place", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_csv(tmp_path, tmp_path / "out")
    assert {Decimal(row["total"]) for row in read_csv(tmp_path / "out", "invoices")} == {1}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_a_publication_that_goes_away_is_followed_by_the_next(tmp_path):
    publish_number(tmp_path, 1)
    seen = []

    def work(published):
        seen.append(published.name)
        if len(seen) == 1:
            publish_number(tmp_path, 2)
            raise PublicationGone
        return published.con.sql(f"select sum(total) from {published.marts['invoices']}").fetchall()

    assert with_publication(tmp_path, work) == [(Decimal(4),)]
    assert len(set(seen)) == 2

    def never(_):
        raise PublicationGone

    with pytest.raises(ExportError, match="each was removed while it was read"):
        with_publication(tmp_path, never)


def test_nothing_published_is_said(tmp_path):
    with pytest.raises(ExportError, match="Nothing is published yet"):
        export_csv(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_spreadsheet_has_the_figures_the_publication_and_one_customer_alone(tmp_path):
    publish_number(tmp_path, 7)
    found = export_xlsx(tmp_path, tmp_path / "all.xlsx")
    book = openpyxl.load_workbook(tmp_path / "all.xlsx")
    assert book["publication"]["B2"].value == found.name
    head, *rows = book["invoices"].iter_rows(values_only=True)
    at = head.index("total")
    assert sum(Decimal(str(row[at])) for row in rows) == 14
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    before = (tmp_path / "all.xlsx").read_bytes()
    export_xlsx(tmp_path, tmp_path / "all.xlsx")
    assert (tmp_path / "all.xlsx").read_bytes() == before

    export_xlsx(tmp_path, tmp_path / "one.xlsx", customer="acme")
    one = openpyxl.load_workbook(tmp_path / "one.xlsx")
    text = " ".join(str(cell.value) for sheet in one for row in sheet.iter_rows() for cell in row)
    assert "acme" in text
    assert "globex" not in text


def test_a_spreadsheet_has_instants_with_their_time_and_says_where_a_text_was_cut(tmp_path):
    moment = datetime(2026, 2, 1, 13, 45, 6, tzinfo=UTC)
    publish_number(tmp_path, 1, finalized_at=moment, void_reason="x" * 40_000)
    export_xlsx(tmp_path, tmp_path / "all.xlsx")
    head, first, *_ = openpyxl.load_workbook(tmp_path / "all.xlsx")["invoices"].iter_rows(
        values_only=True
    )
    found = dict(zip(head, first, strict=True))
    assert found["finalized_at"] == moment.replace(tzinfo=None)
    assert len(found["void_reason"]) == 32_767 and found["void_reason"].endswith("x…")


def test_balances_of_a_contract_that_moved_are_whose_it_is_now(tmp_path):
    mine = [invoice("one", "acme", contract_id=id) for id in ("globex-1", "gone")]
    held = [segment(f"of-{id}", contract_id=id) for id in ("acme-1", "globex-1", "gone", "unknown")]
    publish(tmp_path, {"invoices": mine, "commit_balances": held}, book())
    for customer, expected in (("acme", {"of-acme-1", "of-gone"}), ("globex", {"of-globex-1"})):
        export_xlsx(tmp_path, tmp_path / "one.xlsx", customer=customer)
        sheet = openpyxl.load_workbook(tmp_path / "one.xlsx")["commit_balances"]
        head, *rows = sheet.iter_rows(values_only=True)
        assert {row[head.index("commit_id")] for row in rows} == expected


def test_a_customer_that_nobody_knows_is_no_empty_spreadsheet(tmp_path):
    publish_number(tmp_path, 1)
    with pytest.raises(ExportRefused, match="acmee is no customer"):
        export_xlsx(tmp_path, tmp_path / "one.xlsx", customer="acmee")
    assert not (tmp_path / "one.xlsx").exists()


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1", "＠a", "'a"]
)
def test_no_text_of_a_csv_begins_like_a_formula(tmp_path, text):
    publish_number(tmp_path, 1, void_reason=text)
    export_csv(tmp_path, tmp_path / "out")
    assert read_csv(tmp_path / "out", "invoices")[0]["void_reason"] == f"'{text}"


def test_more_rows_than_a_sheet_has_are_refused(tmp_path, monkeypatch):
    publish_number(tmp_path, 1)
    monkeypatch.setattr(to_xlsx, "MOST_ROWS", 1)
    with pytest.raises(ExportRefused, match="has 2 rows, and a sheet 1"):
        export_xlsx(tmp_path, tmp_path / "all.xlsx")
    assert not (tmp_path / "all.xlsx").exists()


def test_delta_tables_have_exact_types_and_versions_that_belong_together(tmp_path):
    for number in (1, 2):
        publish_number(tmp_path, number)
        found = export_delta(tmp_path, tmp_path / "delta")
    mark = read_mark(tmp_path / "delta")
    assert mark["publication"] == found.name
    table = DeltaTable(tmp_path / "delta" / "invoices", version=mark["versions"]["invoices"])
    assert "decimal(20,4)" in str(table.schema())
    assert table.history(1)[0]["publication"] == found.name
    rows = table.to_pyarrow_table()
    assert sum(rows["total"].to_pylist()) == Decimal(4)
    # The same publication again writes nothing.
    export_delta(tmp_path, tmp_path / "delta")
    assert DeltaTable(tmp_path / "delta" / "invoices").version() == mark["versions"]["invoices"]


def test_a_reader_in_a_loop_sees_one_publication_only(tmp_path):
    """Of Delta tables, by the versions that belong together."""
    publish_number(tmp_path, 1)
    export_delta(tmp_path, tmp_path / "delta")
    ended, seen, problems = Event(), set(), []

    def reads():
        while not ended.is_set():
            mark = read_mark(tmp_path / "delta")
            amounts = set()
            for mart, column in (("invoices", "total"), ("invoice_lines", "amount")):
                table = DeltaTable(tmp_path / "delta" / mart, version=mark["versions"][mart])
                amounts |= set(table.to_pyarrow_table(columns=[column])[column].to_pylist())
            seen.update(amounts)
            if len(amounts) != 1:
                problems.append(amounts)

    reader = Thread(target=reads)
    reader.start()
    try:
        for number in range(2, 8):
            publish_number(tmp_path, number)
            export_delta(tmp_path, tmp_path / "delta")
    finally:
        ended.set()
        reader.join()
    assert problems == []
    # The thread went on to the end: one that raises would see nothing.
    assert len(seen) > 1


def test_exported_sums_equal_the_marts(tmp_path):
    publish_number(tmp_path, 3)
    marts = tmp_path / "marts"
    export_csv(tmp_path, tmp_path / "csv")
    export_delta(tmp_path, tmp_path / "delta")
    for mart, column in (("invoices", "total"), ("invoice_lines", "quantity")):
        [(expected,)] = duckdb.sql(f"select sum({column}) from '{marts}/{mart}.parquet'").fetchall()
        table = DeltaTable(tmp_path / "delta" / mart).to_pyarrow_table()
        assert sum(table[column].to_pylist()) == expected
        rows = read_csv(tmp_path / "csv", mart)
        assert sum(Decimal(row[column]) for row in rows) == expected


def test_the_command_names_the_publication(tmp_path, monkeypatch, capsys):
    publish_number(tmp_path, 1)
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    assert main(["export", "csv", "--out", str(tmp_path / "out")]) == 0
    assert "has publication 1-" in capsys.readouterr().out
    assert main(["export", "postgres"]) == 2
    assert "METERHOUSE_EXPORT_POSTGRES" in capsys.readouterr().err
    assert opening.MARK == to_delta.MARK
