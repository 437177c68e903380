"""The line of verify that is kept elsewhere finds what everything here agrees on (S-45, S-47).

Guards against a data directory that is put back as a whole to an older day, so that nothing in it
contradicts.
"""

import shutil
from pathlib import Path

import pytest

from meterhouse.common.errors import UsageError
from meterhouse.warehouse.marks import current_mark, note_line, parse_notes
from tests.unit.meterhouse.verify.conftest import land
from tests.unit.meterhouse.verify.evidence_cases import ledger_set_back, problems, void


def test_a_line_kept_elsewhere_finds_what_everything_here_agrees_on(home, tmp_path):
    """Ledger, marts and warehouse all put back to an older day: only the note knows."""
    with ledger_set_back(home):
        void(home)
        line = note_line(current_mark(home))
        notes = home / "notes.txt"
        notes.write_text(f"1 March\nKeep this line elsewhere: {line}\n", "utf-8")
        assert problems(home, against=str(notes)) == problems(home, against=line) == ""
        land(home, 4)
        assert problems(home, against=line) == "", "what has grown since has the note's state in it"
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
