"""Void, replacement, rebuild and explanation of real invoices (S-43 to S-50)."""

import random
import shutil
from pathlib import Path

import duckdb

from meterhouse.ledger.store import Ledger
from meterhouse.verify.verification import verify
from raw_events.log.event_log import EventLog
from tests.long.company import FINAL, fingerprint, meterhouse, succeed
from tests.long.reader import reading, state

LATER = "2026-02-02T01:00:00Z"


def invoices(home):
    return duckdb.sql(
        f"select invoice_id, invoice_number, status, total from '{home}/marts/invoices.parquet' "
        "where invoice_id like '%2026-01-01%' order by invoice_id"
    ).fetchall()


def test_a_void_invoice_is_replaced_proven_and_explained(final):
    ((invoice_id, number, _, total),) = invoices(final)
    succeed(final, "void", number, "--yes", "--reason", "wrong customer", "--as-of", LATER)
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
    status, said = meterhouse(final, "void", number, "--yes", "--reason", "again", "--as-of", LATER)
    assert status == 1 and "is void already" in said


DAMAGE = {
    "events that are new": lambda home: data_file(home, 2),
    "events that were read before": lambda home: data_file(home, 1),
    "an entry of the log": lambda home: EventLog(home).entry_path(1),
    "the last entry of the log": lambda home: EventLog(home).entry_path(2),
    "a price book": lambda home: next(home.glob("price_books/*/rates.parquet")),
}


def data_file(home: Path, version: int) -> Path:
    log = EventLog(home)
    return log.root / log.entries(version - 1, version)[0].path


def flip(path: Path, place: int) -> None:
    whole = bytearray(path.read_bytes())
    whole[place] ^= 1
    path.write_bytes(whole)


def test_from_damaged_evidence_nothing_becomes_final_and_drafts_are_served(
    made, drafts, record_property
):
    with reading(drafts, record_property) as allowed:
        for what, place_of in DAMAGE.items():
            path = place_of(drafts)
            # In an entry, inside the name of the operation: it stays JSON, with other bytes.
            place = path.read_bytes().find(b"WRITE") if path.suffix == ".json" else 200
            assert place > 0, what
            flip(path, place)
            status, said = meterhouse(drafts, "run", "--as-of", FINAL)
            assert status == 1 and path.name in said and "nothing became final" in said, said
            assert Ledger(drafts).version() == -1, what
            assert [(number, state) for _, number, state, _ in invoices(drafts)] == [
                (None, "draft")
            ]
            flip(path, place)
            # Drafts of what is sound, which is not the same each time.
            allowed.add(repr(state(drafts)))
        served = state(drafts)
        succeed(drafts, "run", "--as-of", FINAL)
    assert served != state(drafts)
    assert fingerprint(drafts) == fingerprint(made / "final")
    record_property("runs from damaged evidence, nothing final", len(DAMAGE))


def test_a_flipped_bit_in_any_file_is_found_where_only_data_and_code_are(
    final, tmp_path, record_property
):
    """Neither warehouse nor marts nor seeds: as on a machine that got a backup."""
    home = tmp_path / "backup"
    for folder in ("raw_events", "quarantine", "price_books", "invoices"):
        shutil.copytree(final / folder, home / folder)
    assert "All is as it was made." in succeed(home, "verify", seeds=tmp_path / "none")
    dice, tried = random.Random(47), 0
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        for place in dice.sample(range(path.stat().st_size), min(2, path.stat().st_size)):
            flip(path, place)
            found = [problem for stage in verify(home, sample=0) for problem in stage.problems]
            assert path.name.removesuffix(".sha256") in "\n".join(found), (path, place)
            flip(path, place)
            tried += 1
    assert tried > 60
    assert [stage.problems for stage in verify(home, sample=0)] == 5 * [[]]
    record_property("flipped bits, each found and its file named", tried)
