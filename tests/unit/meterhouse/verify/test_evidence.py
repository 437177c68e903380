"""Evidence that is gone, older or changed is named by verify and stops a run (S-45, S-47)."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from meterhouse.cli.commands import verify as command
from meterhouse.cli.main import main
from meterhouse.common.errors import UsageError
from meterhouse.ledger.errors import LedgerDamaged
from meterhouse.ledger.store import Ledger
from meterhouse.ledger.sync import sync_ledger
from meterhouse.ledger.void import void_invoice
from meterhouse.verify.verification import verify
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.errors import EvidenceMissing
from meterhouse.warehouse.evidence import check_evidence, mark_evidence, note_kept_files
from meterhouse.warehouse.marks import current_mark, note_line, parse_notes
from meterhouse.warehouse.publish import publish_marts
from meterhouse.warehouse.publish_voids import publish_voids
from raw_events.log.event_log import EventLog
from tests.unit.meterhouse.verify.conftest import land

MARCH = datetime(2025, 3, 1, tzinfo=UTC)


def problems(home: Path, **asked) -> str:
    return "\n".join(
        problem for stage in verify(home, sample=0, **asked) for problem in stage.problems
    )


def run_is_stopped(home: Path) -> str:
    """What a run says before it lands or bills anything; empty if it goes on."""
    try:
        check_evidence(home)
    except EvidenceMissing as error:
        return str(error)
    return ""


@pytest.fixture
def published(home: Path) -> Path:
    """The data directory after a run: marts published, everything marked in the warehouse."""
    with open_warehouse(home) as con:
        sync_ledger(con, home)
        con.execute("create schema marts")
        con.execute("create table marts.invoices as select 'c' as invoice_id, 1 as amount")
        con.execute(
            "create table marts.held_contracts as select 'acme-1' as contract_id, 'seats' as "
            "product_id, date '2025-01-01' as period_start, 'does not fit' as reason, "
            "'event 7' as example"
        )
        con.execute("create table marts.credit_notes as select 'CN-000001' as credit_note_number")
        con.execute("create schema inputs")
        log = EventLog(home)
        note_kept_files(con, home, log.entries(-1, log.version()))
        publish_marts(con, home)
    return home


@pytest.fixture(params=["the published marts", "the warehouse"])
def known_by(request, published: Path) -> str:
    """One of the two places is gone, the other alone knows."""
    if request.param == "the warehouse":
        shutil.rmtree(published / ".marts")
        (published / "marts").unlink()
    else:
        (published / "warehouse.duckdb").unlink()
    return request.param


def test_what_is_whole_stops_nothing(published):
    assert run_is_stopped(published) == problems(published) == ""


def test_a_ledger_that_is_gone_is_said_and_nothing_advises_to_go_on(published, known_by):
    shutil.rmtree(published / "invoices")
    for said in (run_is_stopped(published), problems(published)):
        assert "is gone" in said and f"{known_by} recorded entry 1 with INV-000003" in said
        assert "delete" not in said
    assert "Restore the folder" in run_is_stopped(published)


def test_a_ledger_without_its_last_void_is_said(published, known_by):
    older = published / "older"
    shutil.copytree(published / "invoices", older)
    void_invoice(published, "INV-000002", "wrong price", "finance", MARCH)
    mark_evidence(published)
    assert run_is_stopped(published) == problems(published) == ""
    shutil.rmtree(published / "invoices")
    older.rename(published / "invoices")
    for said in (run_is_stopped(published), problems(published)):
        assert f"older than {known_by}, and without its last void, that of INV-000002" in said
        assert "it ends at entry 1 with INV-000003; recorded is entry 2" in said


def test_another_ledger_of_the_same_length_is_said(published, known_by):
    older = published / "older"
    shutil.copytree(published / "invoices", older)
    void_invoice(published, "INV-000002", "wrong price", "finance", MARCH)
    mark_evidence(published)
    shutil.rmtree(published / "invoices")
    older.rename(published / "invoices")
    void_invoice(published, "INV-000001", "another one", "finance", MARCH)
    assert f"is not the one that {known_by} recorded" in run_is_stopped(published)
    assert f"is not the one that {known_by} recorded" in problems(published)


def test_an_older_log_is_said_also_after_it_has_grown_again(published, known_by):
    log = EventLog(published)
    for path in (log.entry_path(2), *(log.root / "_seals").iterdir()):
        path.unlink()
    said = f"is older than {known_by}: it ends at version 1; recorded is version 2"
    assert said in run_is_stopped(published) and said in problems(published)
    land(published, 4)
    said = f"is not the one that {known_by} recorded: its entry 2"
    assert said in run_is_stopped(published) and said in problems(published)


def test_an_entry_with_other_bytes_is_damage_and_drafts_are_served(published):
    path = EventLog(published).entry_path(2)
    path.write_bytes(path.read_bytes().replace(b"WRITE", b"WRITF"))
    assert run_is_stopped(published) == ""
    assert path.name in problems(published)


def test_a_run_that_found_damage_leaves_the_mark_of_what_was_sound(published):
    path = EventLog(published).entry_path(2)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"WRITE", b"WRITF"))
    with open_warehouse(published) as con:
        con.execute("create table inputs.damage as select 2 as log_version, 'changed' as problem")
        mark_evidence(published, con)
        publish_marts(con, published)
    path.write_bytes(whole)
    assert run_is_stopped(published) == problems(published) == ""


def test_older_price_books_and_an_older_quarantine_are_said(published):
    books, quarantine = published / "price_books", published / "quarantine"
    book = next(books.iterdir())
    kept = min(quarantine.glob("*.parquet"))
    for path, said in ((book, "price books are older"), (kept, "quarantine is older")):
        path.rename(published / "aside")
        for found in (run_is_stopped(published), problems(published)):
            assert said in found and path.name in found
        (published / "aside").rename(path)
    assert run_is_stopped(published) == ""


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
        void_invoice(published, "INV-000002", "wrong price", "finance", MARCH)
    assert Ledger(published).version() == 1


def test_marts_of_release_0_1_have_no_checksums(published):
    for file in ("evidence.json", "credit_notes.parquet"):
        (published / ".marts" / "1" / file).unlink()
    with open_warehouse(published) as con:
        con.execute("drop table inputs.marks")
    assert problems(published) == run_is_stopped(published) == ""


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:40]),
        lambda path: path.write_text('{"marts": {}}', "utf-8"),
        lambda path: path.write_bytes(path.read_bytes().replace(b'"last_number": 3', b'"x": 3')),
        lambda path: path.replace(path.with_name("aside")) and path.mkdir(),
    ],
    ids=["gone", "cut", "empty", "without its number", "a folder"],
)
def test_a_mark_that_cannot_be_read_stops_a_run_and_a_void(published, spoil):
    (published / "warehouse.duckdb").unlink()
    path = published / ".marts" / "1" / "evidence.json"
    spoil(path)
    for said in (run_is_stopped(published), problems(published)):
        assert str(path) in said and "Put it back from a backup" in said
        assert "--against LINE" in said and "run --again" not in said
    with pytest.raises(EvidenceMissing, match="last number"):
        publish_voids(published)


def test_the_way_out_without_a_backup_of_the_mark(published):
    """The line kept elsewhere says that nothing is lost; then the generation may go."""
    line = note_line(current_mark(published))
    (published / "warehouse.duckdb").unlink()
    (published / ".marts" / "1" / "evidence.json").write_text("{")
    noted = {stage.name: stage for stage in verify(published, sample=0, against=line)}
    assert noted["noted elsewhere"].problems == []
    (published / ".marts" / "1").rename(published / "aside")
    assert run_is_stopped(published) == ""
    with duckdb.connect() as con:
        con.execute("create schema marts; create table marts.invoices as select 'c' as invoice_id")
        publish_marts(con, published)
    assert (published / "marts" / "evidence.json").is_file()


@pytest.mark.parametrize("link", [None, "1"])
def test_the_marks_of_all_generations_count(published, link):
    """A copy may leave the link out, and somebody may set it back."""
    older = published / "older"
    shutil.copytree(published / "invoices", older)
    with open_warehouse(published) as con:
        con.execute("create or replace table marts.invoices as select 'd' as invoice_id")
        void_invoice(published, "INV-000002", "wrong price", "finance", MARCH)
        assert publish_marts(con, published).generation == 2
    (published / "warehouse.duckdb").unlink()
    (published / "marts").unlink()
    if link:
        (published / "marts").symlink_to(Path(".marts") / link)
    assert run_is_stopped(published) == problems(published) == ""
    shutil.rmtree(published / "invoices")
    older.rename(published / "invoices")
    for said in (run_is_stopped(published), problems(published)):
        assert f"older than the published marts of {published / '.marts' / '2'}" in said
        assert "that of INV-000002" in said
    with pytest.raises(EvidenceMissing):
        publish_voids(published)


def test_without_the_link_a_void_is_marked_in_the_newest_generation(published):
    older = published / "older"
    shutil.copytree(published / "invoices", older)
    (published / "warehouse.duckdb").unlink()
    (published / "marts").unlink()
    void_invoice(published, "INV-000002", "wrong price", "finance", MARCH)
    mark_evidence(published)
    shutil.rmtree(published / "invoices")
    older.rename(published / "invoices")
    assert "that of INV-000002" in run_is_stopped(published)


def test_nothing_is_published_from_an_older_ledger(published):
    """Whoever calls it: the mark is asked before it is replaced."""
    older = published / "older"
    shutil.copytree(published / "invoices", older)
    void_invoice(published, "INV-000002", "wrong price", "finance", MARCH)
    mark_evidence(published)
    shutil.rmtree(published / "invoices")
    older.rename(published / "invoices")
    with open_warehouse(published) as con, pytest.raises(EvidenceMissing):
        publish_marts(con, published)
    assert "that of INV-000002" in run_is_stopped(published)


def test_a_line_kept_elsewhere_finds_what_everything_here_agrees_on(home, tmp_path):
    """Ledger, marts and warehouse all put back to an older day: only the note knows."""
    older = home / "older"
    shutil.copytree(home / "invoices", older)
    void_invoice(home, "INV-000002", "wrong price", "finance", MARCH)
    line = note_line(current_mark(home))
    notes = home / "notes.txt"
    notes.write_text(f"1 March\nKeep this line elsewhere: {line}\n", "utf-8")
    assert problems(home, against=str(notes)) == problems(home, against=line) == ""
    land(home, 4)
    assert problems(home, against=line) == "", "what has grown since has the note's state in it"
    shutil.rmtree(home / "invoices")
    older.rename(home / "invoices")
    assert problems(home) == ""
    said = problems(home, against=str(notes))
    assert "is older than what is noted elsewhere: it ends at entry 1 with INV-000003" in said
    with pytest.raises(UsageError, match="there is no such file, and it is no line like"):
        problems(home, against="no such notes.txt")
    (home / "empty.txt").write_text("INV-000003", "utf-8")
    with pytest.raises(UsageError, match="no line in it like"):
        problems(home, against=str(home / "empty.txt"))


def test_a_published_evidence_file_serves_as_a_note(published, tmp_path):
    copy = published / "copy.json"
    shutil.copy(published / "marts" / "evidence.json", copy)
    assert problems(published, against=str(copy)) == ""
    shutil.rmtree(published / "invoices")
    assert "is gone; what is noted elsewhere recorded" in problems(published, against=str(copy))


def test_the_line_can_be_read_back():
    assert parse_notes("nothing") == []
    [mark] = parse_notes(
        f"INV-000012, CN-000003,\n ledger 4:{'a' * 32}, log 7:{'b' * 64} and INV-000013"
    )
    assert (mark.last_number, mark.last_credit_note) == (12, 3)
    assert (mark.ledger_version, mark.log_version) == (4, 7)
    assert parse_notes(note_line(current_mark(Path("nowhere"))))[0].last_number == 0


def test_verify_names_a_held_contract_as_what_it_is(published, capsys, monkeypatch):
    """A state, no damage: the rest of the ledger is as it was made."""
    monkeypatch.setenv("METERHOUSE_HOME", str(published))
    assert main(["verify", "--sample", "0"]) == 0
    said = capsys.readouterr().out
    assert "held, so nothing of it is billed: contract acme-1, product seats" in said
    assert "does not fit (for example event 7)" in said
    assert f"Keep this line elsewhere: INV-000003, ledger {Ledger(published).version()}:" in said


@pytest.fixture
def read_only(published: Path, tmp_path_factory):
    """The data directory on a mount that nothing can be written through."""
    target = tmp_path_factory.mktemp("mounted")
    for options in (["--bind", str(published)], ["-o", "remount,ro,bind"]):
        done = subprocess.run(["mount", *options, str(target)], capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"a mount is needed: {done.stderr.decode().strip()}")
    yield target
    subprocess.run(["umount", str(target)], check=True)


def test_verify_works_on_a_read_only_mount_and_needs_no_lock_there(read_only, capsys, monkeypatch):
    with pytest.raises(OSError, match="Read-only"):
        (read_only / "run.lock").touch()
    monkeypatch.setenv("METERHOUSE_HOME", str(read_only))
    assert main(["verify", "--sample", "0"]) == 0
    said = capsys.readouterr().out
    assert "is read-only here: read without a lock" in said and "All is as it was made." in said
    assert "not compared" not in said, "the warehouse is read there as well"
    assert list(read_only.glob("run.lock")) == []


def test_no_message_advises_what_would_give_a_number_again():
    """To delete warehouse or ledger, so that a message goes away, is nobody's advice."""
    advice = ("delete warehouse.duckdb", "delete the ledger", "delete invoices", "remove invoices")
    package = Path(command.__file__).parents[3]
    for folder in ("meterhouse", "raw_events", "dagster_pipeline", "dbt_project/macros"):
        for path in (package / folder).rglob("*"):
            if path.suffix in (".py", ".sql"):
                text = " ".join(path.read_text("utf-8").replace('"', " ").split()).lower()
                for words in advice:
                    assert words not in text, (path, words)
