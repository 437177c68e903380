"""The journal for accounting programs: every file balances, nothing is lost, no cell is a formula.

Guards against a file that Xero cuts off at 300 lines, an entry whose sides stand in two files, and
sums that are not those of the mart.
"""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meterhouse.cli.main import main
from meterhouse.exports.errors import ExportRefused
from meterhouse.exports.to_journal import export_journal
from meterhouse.warehouse.mark_files import write_mark
from meterhouse.warehouse.marks import Mark
from raw_events.common.files import file_sha256
from tests.unit.meterhouse.delivery.world import book, publish

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def published(home: Path, entries: int = 200) -> Decimal:
    """A publication with that many entries of March in dollars, one in yen; the sum of debits."""
    rows, total = [], Decimal(0)
    for number in range(entries + 1):
        amount = Decimal(number + 1) / 100
        for side, account, name in (("debit", "1210", "Unbilled"), ("credit", "4000", "=Revenue")):
            rows.append(
                {
                    "entry_id": f"{number:04}", "month": MARCH, "entry_on": date(2026, 3, 31),
                    "entry_type": "usage", "is_reversal": False, "account_role": "revenue",
                    "account": account, "account_name": name,
                    "debit": amount if side == "debit" else Decimal(0),
                    "credit": amount if side == "credit" else Decimal(0),
                    "currency": "JPY" if number == entries else "USD", "customer_id": "acme",
                    "contract_id": "acme-1", "invoice_id": "i1", "invoice_number": "INV-000001",
                    "product_id": "=1+1", "commit_id": "c1", "service_month": MARCH,
                    "service_from": MARCH, "service_to": date(2026, 3, 31),
                    "corrects_month": date(2026, 2, 1), "is_closed": False,
                }
            )  # fmt: skip
        total += amount
    publish(home, {}, book())
    marts = (home / "marts").resolve()
    pq.write_table(pa.Table.from_pylist(rows), marts / "journal_entries.parquet")
    write_mark(marts, Mark(), {path.name: file_sha256(path) for path in marts.glob("*.parquet")})
    return total


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_xero_gets_files_of_300_lines_that_balance_and_add_up(tmp_path: Path):
    total = published(tmp_path)
    export_journal(tmp_path, tmp_path / "out", MARCH, "xero")
    files = sorted((tmp_path / "out").glob("*.csv"))
    assert [path.name for path in files] == [
        "journal-2026-03-jpy-1.csv", "journal-2026-03-usd-1.csv", "journal-2026-03-usd-2.csv",
    ]  # fmt: skip
    rows = [read(path) for path in files]
    assert [len(each) for each in rows] == [2, 300, 100]
    assert all(sum(Decimal(row["*Amount"]) for row in each) == 0 for each in rows)
    amounts = [Decimal(row["*Amount"]) for each in rows for row in each]
    assert sum(amount for amount in amounts if amount > 0) == total
    # A journal is in cents: two decimals, where the mart has four.
    assert {len(row["*Amount"].split(".")[1]) for each in rows for row in each} == {2}
    assert {row["*Date"] for each in rows for row in each} == {"31/03/2026"}
    assert len({row["*Narration"] for each in rows for row in each}) == 3


def test_quickbooks_has_account_names_and_american_dates(tmp_path: Path):
    total = published(tmp_path)
    export_journal(tmp_path, tmp_path / "out", MARCH, "quickbooks")
    rows = [row for path in (tmp_path / "out").glob("*.csv") for row in read(path)]
    assert {row["Journal Date"] for row in rows} == {"03/31/2026"}
    assert {row["Account Name"] for row in rows} == {"Unbilled", "'=Revenue"}
    for side in ("Debits", "Credits"):
        assert sum(Decimal(row[side]) for row in rows if row[side]) == total


def test_csv_has_every_line_and_no_formula(tmp_path: Path):
    total = published(tmp_path)
    export_journal(tmp_path, tmp_path / "out", MARCH, "csv")
    rows = [row for path in (tmp_path / "out").glob("*.csv") for row in read(path)]
    assert len(rows) == 402 and {row["product_id"] for row in rows} == {"'=1+1"}
    assert sum(Decimal(row["debit"]) for row in rows) == total


def test_a_month_without_entries_leaves_what_was_exported(tmp_path: Path):
    published(tmp_path)
    export_journal(tmp_path, tmp_path / "out", MARCH, "csv")
    with pytest.raises(ExportRefused, match="2026-04 has no entries"):
        export_journal(tmp_path, tmp_path / "out", APRIL, "csv")
    assert list((tmp_path / "out").glob("*.csv"))


def test_the_command_says_which_publication(tmp_path: Path, monkeypatch, capsys):
    published(tmp_path)
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    where = str(tmp_path / "out")
    asked = ["export", "journal", "--for", "xero", "--out", where, "--month"]
    assert main([*asked, "2026-03"]) == 0
    assert "has publication" in capsys.readouterr().out
    assert main([*asked, "2026-13"]) == 2
    assert "2026-13 is no month" in capsys.readouterr().err
