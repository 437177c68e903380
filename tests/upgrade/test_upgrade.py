"""A data directory of the last release is opened, billed and verified by this code.

Guards against a release that cannot read what its users have, or that changes what was final.
"""

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from meterhouse.warehouse.layout import warehouse_layout
from tests.upgrade.conftest import RELEASE, RELEASES, DataDirectory

NEXT = "2026-03-02T06:00:00Z"
FINAL = "invoice_id, invoice_number, status, total, finalized_at"
MARCH = {
    "transaction_id": "m1",
    "customer_id": "globex",
    "event_type": "llm_request",
    "timestamp": "2026-02-20T09:00:00Z",
    "properties": {"model": "m", "input_tokens": 93, "output_tokens": 900},
}


def final_invoices(marts: Path) -> list[tuple]:
    """What is not a draft."""
    query = f"select {FINAL} from '{marts}/invoices.parquet' where status <> 'draft' order by all"
    return duckdb.sql(query).fetchall()


def test_what_only_reads_the_old_warehouse_says_to_run(untouched: DataDirectory):
    refused = untouched.call("explain", "INV-000003", "1")
    assert refused.returncode == 1
    assert "written by another release" in refused.stderr
    assert "meterhouse run" in refused.stderr
    # An invoice is read from what is published.
    assert "INV-000003" in untouched.run("invoice", "INV-000003")


def test_the_first_run_makes_the_warehouse_again(upgraded: tuple[DataDirectory, str]):
    directory, said = upgraded
    assert "It is made again from the log" in said
    with duckdb.connect(str(directory.home / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute("from inputs.layout").fetchall() == [(warehouse_layout(),)]
        # A table of 0.1.0 that this code does not have.
        query = "select count(*) from duckdb_tables() where table_name = 'charged_lines'"
        assert con.execute(query).fetchall() == [(0,)]
        # History that cannot be computed: the three runs of 0.1.0 and this one.
        assert con.execute("select count(*) from inputs.runs").fetchall() == [(4,)]


def test_the_void_of_the_old_release_has_a_credit_note(upgraded: tuple[DataDirectory, str]):
    """It recorded neither number nor user; it has the number of its place (S-55)."""
    directory, _ = upgraded
    query = "select * from '{}/marts/credit_notes.parquet'"
    notes = duckdb.sql(query.format(directory.home)).fetchall()
    assert [(note[0], note[2], str(note[3]), note[-1]) for note in notes] == [
        ("CN-000001", "INV-000002", "2026-02-03", None)
    ]
    replaced = duckdb.sql(
        f"select replaced_by from '{directory.home}/marts/invoices.parquet' where status = 'void'"
    ).fetchall()
    assert replaced == [(f"{notes[0][1]}.r2",)]


def test_the_ledger_verifies(untouched: DataDirectory):
    said = untouched.run("verify", "--sample", "0")
    assert "final invoices 6, problems 0" in said, said


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_the_files_of_every_release_verify(release: Path, tmp_path: Path):
    said = DataDirectory(tmp_path, release).run("verify", "--sample", "0")
    assert "problems 0" in said, said


def test_the_next_month_is_billed(upgraded: tuple[DataDirectory, str], tmp_path: Path):
    directory, _ = upgraded
    events = tmp_path / "events.ndjson"
    events.write_text(json.dumps(MARCH) + "\n", "utf-8")
    directory.run("ingest", "--as-of", NEXT, str(events))
    said = directory.run("run", "--as-of", NEXT)
    assert "made again" not in said

    before, after = final_invoices(RELEASE / "marts"), final_invoices(directory.home / "marts")
    assert set(before) <= set(after), "a final invoice changed"
    new = {row[0]: row[1:4] for row in set(after) - set(before)}
    # Tokens: 7 of before and 993 of now, at 0.015; calls: one of 2, one late of 1, of which the
    # prepaid 12 have 2.49 left.
    assert new == {
        "acme-1.usage.2026-02-01": ("INV-000007", "finalized", Decimal("0.51")),
        "globex-1.scheduled.2026-03-01": ("INV-000008", "finalized", Decimal("31.00")),
        "globex-1.usage.2026-02-01": ("INV-000009", "finalized", Decimal("15.00")),
    }
    assert "final invoices 9, problems 0" in directory.run("verify", "--sample", "0")
