"""Void, replacement, rebuild and explanation of real invoices (S-43 to S-50)."""

import duckdb

from dagster_pipeline.ledger.store import Ledger
from raw_events.log import EventLog
from tests.long.company import FINAL, fingerprint, meterhouse, succeed

LATER = "2026-02-02T01:00:00Z"


def invoices(home):
    return duckdb.sql(
        f"select invoice_id, invoice_number, status, total from '{home}/marts/invoices.parquet' "
        "where invoice_id like '%2026-01-01%' order by invoice_id"
    ).fetchall()


def test_a_void_invoice_is_replaced_proven_and_explained(final):
    ((invoice_id, number, _, total),) = invoices(final)
    succeed(final, "void", number, "--reason", "wrong customer", "--as-of", LATER)
    succeed(final, "run", "--as-of", LATER)
    assert invoices(final) == [
        (invoice_id, number, "void", total),
        (f"{invoice_id}.r2", "INV-000002", "finalized", total),
    ]
    assert "All is as it was made." in succeed(final, "verify")
    lines = duckdb.sql(
        f"select line_number, amount from '{final}/marts/invoice_lines.parquet' "
        f"where invoice_id = '{invoice_id}.r2'"
    ).fetchall()
    for line_number, amount in lines:
        said = succeed(final, "explain", "INV-000002", str(line_number), "--limit", "2")
        assert f"{amount} USD" in said and "Events: 2 of " in said
    status, said = meterhouse(final, "void", number, "--reason", "again", "--as-of", LATER)
    assert status == 1 and "is void already" in said


def test_a_damaged_log_makes_nothing_final_and_serves_drafts(made, drafts):
    path = drafts / "raw_events" / EventLog(drafts).commits(1, 2)[0].path
    whole = path.read_bytes()
    path.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    status, said = meterhouse(drafts, "run", "--as-of", FINAL)
    assert status == 1 and path.name in said and "nothing became final" in said
    assert Ledger(drafts).version() == -1
    assert [(number, state) for _, number, state, _ in invoices(drafts)] == [(None, "draft")]
    status, said = meterhouse(drafts, "verify")
    assert status == 1 and path.name in said
    path.write_bytes(whole)
    succeed(drafts, "run", "--as-of", FINAL)
    assert fingerprint(drafts) == fingerprint(made / "final")
