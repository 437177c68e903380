"""Verification: every changed byte of the ledger is found and named (S-47)."""

import hashlib
import json
import random
from datetime import UTC, datetime

import pytest
from deltalake import DeltaTable

from meterhouse.ledger.chain import GENESIS
from meterhouse.ledger.schema import LEDGER_ROW
from meterhouse.ledger.store import Ledger
from meterhouse.ledger.void import void_invoice
from meterhouse.verify.ledger import verify_ledger
from raw_events.log.checksums import broken_checksums
from tests.unit.meterhouse.ledger.ledger_cases import in_memory

APRIL = datetime(2025, 4, 2, tzinfo=UTC)
INTEGERS = ("BIGINT", "INTEGER")


def plain(value, spec):
    """Steps of the recipe in chain.py, written again without DuckDB."""
    if value is None or spec in (*INTEGERS, "VARCHAR"):
        return value
    if isinstance(spec, list):
        return [
            {name: plain(item[name], type_) for name, type_ in spec[0].items()} for item in value
        ]
    if spec == "TIMESTAMPTZ":
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value)


def test_the_chain_can_be_repeated_with_other_tools(finalized):
    """Read by delta-rs and hashed by Python: nothing of the writer is needed to verify."""
    home = finalized(3)
    rows = DeltaTable(home / "invoices").to_pyarrow_table().to_pylist()
    previous = GENESIS
    for row in sorted(rows, key=lambda row: row["sequence"]):
        document = json.dumps(
            {
                name: plain(row[name], spec)
                for name, spec in LEDGER_ROW.items()
                if name not in ("previous_digest", "digest")
            },
            ensure_ascii=False,
            separators=(",", ":"),
            sort_keys=True,
        )
        content = hashlib.sha256(document.encode()).hexdigest()
        assert row["previous_digest"] == previous
        previous = hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()
        assert row["digest"] == previous
    assert Ledger(home).head().digest == previous


def test_a_ledger_that_nobody_touched_is_whole(finalized, tmp_path):
    assert verify_ledger(tmp_path) == []
    assert verify_ledger(finalized(50)) == []


def test_any_flipped_byte_of_an_invoice_file_is_found_and_the_file_named(finalized):
    home = finalized(20)
    random_bytes = random.Random(7)
    for version in (1, 2):
        path = Ledger(home).root / Ledger(home).entry(version).path
        whole = path.read_bytes()
        places = [0, len(whole) - 1, *random_bytes.sample(range(len(whole)), 12)]
        for place in places:
            broken = bytearray(whole)
            broken[place] ^= 1 << random_bytes.randrange(8)
            path.write_bytes(broken)
            assert path.name in "\n".join(map(str, verify_ledger(home))), place
        path.write_bytes(whole)
    assert verify_ledger(home) == []


@pytest.mark.parametrize("version", [0, 1])
def test_a_changed_entry_is_found(finalized, version):
    home = finalized(2)
    path = Ledger(home).entry_path(version)
    path.write_text(path.read_text("utf-8").replace("timestamp", "timestomp"), "utf-8")
    assert path.name in "\n".join(map(str, verify_ledger(home)))


def test_a_missing_file_and_a_missing_entry_are_named(finalized):
    home = finalized(2)
    ledger = Ledger(home)
    path = ledger.root / ledger.entry(2).path
    whole = path.read_bytes()
    path.unlink()
    assert [str(problem) for problem in verify_ledger(home)] == [f"{path}: is missing"]
    path.write_bytes(whole)
    ledger.entry_path(1).unlink()
    assert any("00000000000000000001.json" in str(problem) for problem in verify_ledger(home))


def forge(home, version, change):
    """Edit an invoice file and make file and entry agree again, as a careful forger would."""
    ledger = Ledger(home)
    old = ledger.root / ledger.entry(version).path
    with in_memory() as con:
        con.execute(f"create table forged as from read_parquet('{old}')")
        con.execute(change)
        con.execute(
            f"copy (from forged order by sequence) to '{old}' (format parquet, compression zstd)"
        )
    entry = ledger.entry_path(version)
    text = entry.read_text("utf-8")
    size = json.loads(text.splitlines()[1])["add"]["size"]
    digest = hashlib.sha256(old.read_bytes()).hexdigest()
    text = text.replace(ledger.entry(version).sha256, digest)
    entry.write_text(text.replace(f'"size":{size}', f'"size":{old.stat().st_size}'), "utf-8")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("update forged set customer_name = 'Me' where sequence = 3", "does not give its digest"),
        ("update forged set total = 0 where sequence = 3", "do not sum to its total"),
        ("update forged set invoice_number = 'INV-000009' where sequence = 3", "not INV-000003"),
        ("update forged set sequence = 9 where sequence = 4", "has sequence 9"),
        ("delete from forged where sequence = 3", "does not chain"),
        ("delete from forged where sequence = 4", "its file has"),
    ],
)
def test_a_careful_forgery_is_found_in_the_chain(finalized, change, found):
    home = finalized(2)
    forge(home, 2, change)
    assert found in "\n".join(map(str, verify_ledger(home)))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("update forged set total = 1", "another total"),
        ("update forged set reason = ''", "without a reason"),
        ("update forged set event = 'erased'", "which there is not"),
        ("update forged set invoice_id = 'c000009.usage.2025-02-01'", "was not final"),
    ],
)
def test_a_forged_void_is_found(finalized, change, found):
    home = finalized(2)
    void_invoice(home, "INV-000003", "wrong price", "kim", APRIL)
    assert verify_ledger(home) == []
    forge(home, 3, change)
    assert found in "\n".join(map(str, verify_ledger(home)))


def test_every_flipped_bit_of_the_last_entry_is_found_by_its_checksum(finalized):
    """No entry after it names its digest; every byte of it is tried."""
    home = finalized(1)
    path = Ledger(home).entry_path(2)
    whole = path.read_bytes()
    for place in range(len(whole)):
        broken = bytearray(whole)
        broken[place] ^= 1 << (place % 8)
        path.write_bytes(broken)
        assert [file for file, _ in broken_checksums(Ledger(home).log)] == [path], place
    assert any(path.name in str(problem) for problem in verify_ledger(home))
    path.write_bytes(whole)
    assert verify_ledger(home) == []
