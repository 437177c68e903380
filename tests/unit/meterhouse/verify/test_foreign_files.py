"""A changed, a missing and a foreign file is named, in every folder of the evidence (S-47).

Guards against bytes that nobody wrote here, a torn checkpoint among them, and against a ledger that
cannot be read being told in the words of a library.
"""

import pytest
from deltalake import DeltaTable

from meterhouse.ledger.errors import LedgerDamaged
from meterhouse.ledger.store import Ledger
from raw_events.log.event_log import EventLog
from tests.unit.meterhouse.verify.evidence_cases import problems, run_is_stopped, void


def test_an_entry_with_other_bytes_is_damage_and_drafts_are_served(published):
    path = EventLog(published).entry_path(2)
    path.write_bytes(path.read_bytes().replace(b"WRITE", b"WRITF"))
    assert run_is_stopped(published) == ""
    assert path.name in problems(published)


def test_a_changed_a_missing_and_a_foreign_file_are_named(published):
    """In the marts, the log, the ledger; and checksums that are gone."""
    mart = published / "marts" / "invoices.parquet"
    whole = mart.read_bytes()
    mart.write_bytes(whole[:-1] + b"x")
    assert "invoices.parquet was changed after it was published" in problems(published)
    mart.unlink()
    assert "invoices.parquet is missing" in problems(published)
    mart.write_bytes(whole)
    for folder in ("marts", ".marts", "raw_events", "raw_events/_delta_log", "invoices"):
        foreign = published / folder / "mine.parquet"
        foreign.write_bytes(b"mine")
        assert f"{folder.split('/')[-1]}/mine.parquet" in problems(published).replace(
            ".marts/1", "marts"
        )
        foreign.unlink()
    left = published / "raw_events" / f"0123456789abcdef-{'0' * 24}.parquet"
    left.write_bytes(b"not what its name says")
    assert left.name in problems(published)
    left.unlink()
    for pattern in ("raw_events/_seals/*.json.sha256", "invoices/_seals/*.json.sha256",
                    "price_books/*/files.sha256", ".marts/1/evidence.json"):  # fmt: skip
        path = next(published.glob(pattern))
        content = path.read_bytes()
        path.unlink()
        assert path.name in problems(published), pattern
        path.write_bytes(content)
    assert problems(published) == ""


@pytest.mark.parametrize("folder", ["invoices", "raw_events"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"{1:020d}.checkpoint.parquet", b"x"),
        ("_last_checkpoint", b'{"version":1,"size":1}'),
        ("_last_checkpoint", b"x"),
        (f"{1:020d}.crc", b"x"),
    ],
)
def test_what_looks_like_a_checkpoint_and_is_none_is_named(published, folder, name, content):
    path = published / folder / "_delta_log" / name
    path.write_bytes(content)
    assert "_delta_log" in problems(published)
    if folder == "invoices":
        assert f"{folder}/_delta_log/{name}: does not belong here" in problems(published)
    path.unlink()
    assert problems(published) == ""


def test_foreign_files_and_folders_of_quarantine_and_price_books_are_named(published):
    for folder in ("quarantine", "price_books"):
        file, inside = published / folder / "foo.parquet", published / folder / "mine"
        file.write_bytes(b"foo")
        inside.mkdir()
        for path in (file, inside):
            assert f"{folder}/{path.name}" in problems(published)
        file.unlink()
        inside.rmdir()
    assert problems(published) == ""


def test_a_checkpoint_of_delta_itself_belongs(published):
    for folder in ("invoices", "raw_events"):
        DeltaTable(published / folder).create_checkpoint()
        assert len(list((published / folder / "_delta_log").glob("*checkpoint*"))) == 2
    assert problems(published) == ""


def test_a_ledger_that_delta_cannot_read_is_said_in_words(published):
    log = published / "invoices" / "_delta_log"
    (log / f"{1:020d}.checkpoint.parquet").write_bytes(b"x")
    (log / "_last_checkpoint").write_text('{"version":1,"size":1}', "utf-8")
    with pytest.raises(LedgerDamaged, match="meterhouse verify names the file"):
        void(published)
    assert Ledger(published).version() == 1
