"""A void scheduled invoice, and a void usage invoice that a balance covered (S-44, S-50).

Guards against a charge that is lost with the invoice that was taken back or billed twice beside it,
and against a balance that stays used by an invoice that is void.
"""

import os
import subprocess
import sys
from pathlib import Path

import duckdb

from tests.long.preview_case import write_events, write_seeds

FIRST, LATER = "2026-02-10T00:00:00Z", "2026-02-11T00:00:00Z"
CHARGES = (
    "charge_id,contract_id,product_id,charge_on,quantity,unit_price\n"
    "setup,acme-1,credit,2026-01-05,2,30\n"
)


def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "meterhouse.cli", *arguments],
        env={**os.environ, "METERHOUSE_HOME": str(folder / "home"),
             "METERHOUSE_SEEDS": str(folder / "seeds")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def meterhouse(folder: Path, *arguments: str) -> None:
    done = call(folder, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def rows(folder: Path, mart: str, columns: str) -> list[tuple]:
    query = f"select {columns} from '{folder}/home/marts/{mart}.parquet' order by all"
    return duckdb.sql(query).fetchall()


def test_void_invoices_are_replaced_and_give_their_balances_back(tmp_path: Path):
    write_seeds(tmp_path / "seeds", scheduled_charges=CHARGES)
    events = write_events(tmp_path / "usage.ndjson")
    meterhouse(tmp_path, "ingest", "--as-of", FIRST, str(events))
    meterhouse(tmp_path, "run", "--as-of", FIRST)
    balances = rows(tmp_path, "commit_balances", "commit_id, granted, applied_finalized, remaining")
    before = rows(tmp_path, "invoices", "invoice_id, invoice_number, status, total")
    scheduled, usage = "acme-1.scheduled.2026-01-05", "beta-1.usage.2026-01-01"
    assert (scheduled, "INV-000001", "finalized", 60) in before

    refused = call(tmp_path, "void", scheduled, "--reason", "x", "--as-of", LATER)
    assert refused.returncode == 2 and "--yes" in refused.stderr
    for invoice in (scheduled, usage):
        meterhouse(
            tmp_path, "void", invoice, "--yes", "--reason", "wrong address", "--as-of", LATER
        )
    # S-55: at once, before any run
    columns = "credit_note_number, invoice_id, issue_on::varchar, total"
    notes = rows(tmp_path, "credit_notes", columns)
    assert notes == [
        ("CN-000001", scheduled, LATER[:10], -60),
        ("CN-000002", usage, LATER[:10], -{row[0]: row[3] for row in before}[usage]),
    ]
    said = rows(tmp_path, "invoices", "invoice_id, status, void_reason, replaced_by")
    for invoice in (scheduled, usage):
        assert (invoice, "void", "wrong address", None) in said
    assert f"{usage} (void)" in call(tmp_path, "explain", usage, "1").stdout
    assert "CN-000001  credit note" in call(tmp_path, "invoice", "cn-1").stdout
    assert rows(tmp_path, "commit_balances",
                "commit_id, granted, applied_finalized, remaining") == balances  # fmt: skip
    meterhouse(tmp_path, "run", "--as-of", LATER)
    assert rows(tmp_path, "credit_notes", columns) == notes
    said = rows(tmp_path, "invoices", "invoice_id, status, void_reason, replaced_by")
    for invoice in (scheduled, usage):
        assert (invoice, "void", "wrong address", f"{invoice}.r2") in said
    after = rows(tmp_path, "invoices", "invoice_id, invoice_number, status, total")
    totals = {invoice: total for invoice, _, _, total in before}
    finals = sum(number is not None for _, number, _, _ in before)
    kept = [row for row in before if row[0] not in (scheduled, usage)]
    taken_back = [(*row[:2], "void", row[3]) for row in before if row[0] in (scheduled, usage)]
    made = [
        (f"{invoice}.r2", f"INV-{finals + place:06d}", "finalized", totals[invoice])
        for place, invoice in enumerate((scheduled, usage), start=1)
    ]
    assert sorted(after, key=repr) == sorted([*kept, *taken_back, *made], key=repr)
    # the credit covers the replacement as it covered the first
    assert rows(tmp_path, "commit_balances",
                "commit_id, granted, applied_finalized, remaining") == balances  # fmt: skip
    covered = rows(tmp_path, "invoice_lines", "invoice_id, line_type, amount")
    assert (f"{usage}.r2", "commit_applied") in [row[:2] for row in covered]
    assert (f"{scheduled}.r2", "scheduled", 60) in covered
    meterhouse(tmp_path, "verify")
