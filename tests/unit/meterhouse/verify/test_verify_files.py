"""One flipped bit anywhere is found and the file named (S-47). Rebuilding is in tests/long."""

import random

import pytest

from meterhouse.common.errors import UsageError
from meterhouse.verify.verification import verify

FLIPS_PER_FILE = 1


def problems(home) -> list[str]:
    return [problem for stage in verify(home, sample=0) for problem in stage.problems]


def test_what_nobody_touched_is_sound(home):
    stages = list(verify(home, sample=0))
    assert [stage.name for stage in stages] == [
        "event log",
        "price books",
        "ledger",
        "published marts",
        "rebuild",
    ]
    assert [stage.problems for stage in stages] == 5 * [[]]
    assert stages[0].counts["files"] == 2 and stages[2].counts == {"final invoices": 3}


def test_a_flipped_bit_in_any_file_is_found_and_the_file_named(home, record_property):
    """Log, quarantine, checksums, price book, ledger: every file, at both ends and between."""
    dice = random.Random(11)
    tried = 0
    evidence = [
        path
        for folder in ("raw_events", "quarantine", "price_books", "invoices")
        for path in sorted((home / folder).rglob("*"))
        if path.is_file()
    ]
    assert len(evidence) > 30
    for path in evidence:
        whole = path.read_bytes()
        places = {0, len(whole) - 1, *dice.choices(range(len(whole)), k=FLIPS_PER_FILE)}
        for place in places:
            broken = bytearray(whole)
            broken[place] ^= 1 << dice.randrange(8)
            path.write_bytes(broken)
            tried += 1
            name = path.name.removesuffix(".sha256")
            assert name in "\n".join(problems(home)), (path, place)
        path.write_bytes(whole)
    assert problems(home) == []
    record_property("flipped bits, each found and its file named", tried)


def test_a_missing_file_is_found(home):
    for pattern in ("raw_events/*.parquet", "price_books/*/rates.parquet", "invoices/*.parquet"):
        path = next(home.glob(pattern))
        whole = path.read_bytes()
        path.unlink()
        assert path.name in "\n".join(problems(home))
        path.write_bytes(whole)


def test_what_is_damaged_is_not_rebuilt_from(home):
    path = next(home.glob("raw_events/*.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    last = list(verify(home))[-1]
    assert last.name == "rebuild" and last.counts == {"left out until this is repaired": 1}


def test_a_log_that_ends_before_an_invoice_is_noticed(home):
    last = home / "raw_events" / "_delta_log" / f"{2:020d}.json"
    last.unlink()
    assert any("the log ends at 1" in problem for problem in problems(home))


def test_an_unknown_invoice_is_wrong_usage(home):
    with pytest.raises(UsageError, match="no final invoice 'INV-000099'"):
        list(verify(home, invoice="INV-000099"))
