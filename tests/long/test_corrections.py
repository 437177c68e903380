"""Late usage in waves, voids of every type of invoice; the arithmetic: corrections/README.md."""

import csv
import os
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from tests.long.company import meterhouse, succeed
from tests.long.correcting import SCENARIO, SEEDS_LATER, VOIDED, retract, rows

ACME, GONE = "corrections-acme-1", "corrections-gone-1"
VOIDS = {
    f"{ACME}.usage.2026-01-01": f"{ACME}.usage.2026-01-01.r2",
    f"{ACME}.scheduled.2026-01-15": f"{ACME}.scheduled.2026-01-15.r2",
    f"{ACME}.true_up.2026-02-01": f"{ACME}.true_up.2026-02-01.r2",
    f"{GONE}.late_usage.2026-03-08": f"{GONE}.late_usage.2026-03-09.2",
}
# Of customers whose usage is taken back, before and after the void.
TAKEN_BACK = ["up-1.usage.2026-01-01", "down-1.usage.2026-01-01", "less-1.usage.2026-01-01",
              "back-1.usage.2026-01-05"]  # fmt: skip
CHARGED = """
    select line_type, pricing_group, tier, quantity::double, amount::double
    from {{invoice_lines}} where invoice_id = '{}' order by line_number
"""


@pytest.fixture(scope="module")
def voided(corrected, tmp_path_factory) -> Path:
    """A copy in which one invoice of each type was voided, and a run has made up for them."""
    folder = tmp_path_factory.mktemp("voided")
    home = Path(shutil.copytree(corrected / "late", folder / "home", symlinks=True))
    for invoice_id in (*VOIDS, *(f"corrections-{each}" for each in TAKEN_BACK)):
        succeed(home, "void", invoice_id, "--yes", "--reason", "a test", "--as-of", VOIDED)
    retract(home, VOIDED)
    succeed(home, "run", "--as-of", VOIDED, seeds=corrected / SEEDS_LATER)
    return home


def totals(home: Path) -> dict[str, tuple]:
    query = "select invoice_id, status, total from {invoices} where contract_id in ($1, $2)"
    found = rows(home, query.replace("$1", f"'{ACME}'").replace("$2", f"'{GONE}'"))
    return {invoice_id: rest for invoice_id, *rest in found}


def test_late_usage_of_two_waves_is_billed_once_with_its_tiers(corrected):
    home = corrected / "late"
    assert rows(home, CHARGED.format(f"{ACME}.usage.2026-02-01")) == [
        ("late_usage", "{}", 1, -8, -16),
        ("late_usage", "{}", 2, 12, 12),
        ("late_usage", '{"model":"m1"}', None, 20, 20),
        ("late_usage", '{"model":"m2"}', None, 5, 5),
        ("usage", '{"model":"m1"}', None, 40, 40),
        ("commit_applied", "{}", None, 1, -10),
        ("commit_applied", "{}", None, 1, -21),
    ]
    assert totals(home)[f"{GONE}.late_usage.2026-03-08"] == ["finalized", Decimal(3)]


def test_reconciliation_names_what_was_billed_late_and_closes(corrected, voided):
    query = """
        select product_id, running_value::int, billed::int, late_billed::int
        from {reconciliation}
        where period_start = '2026-01-01'
            and contract_id in ('corrections-acme-1', 'corrections-gone-1')
        order by contract_id, product_id
    """
    for home in (corrected / "late", voided):
        assert rows(home, query) == [
            ("corrections-calls", 12, 8, 4),
            ("corrections-tokens", 125, 100, 25),
            ("corrections-tokens", 13, 10, 3),
        ]
    for home in (corrected / "on time", corrected / "late", voided):
        assert rows(home, "select count(*) from {reconciliation} where difference <> 0") == [(0,)]


def test_each_void_invoice_has_its_replacement_from_what_is_known_now(voided):
    found = totals(voided)
    before = {"usage": 86, "scheduled": 100, "true_up": 64, "late_usage": 3}
    after = before
    for old, new in VOIDS.items():
        kind = old.split(".")[1]
        assert found[old] == ["void", Decimal(before[kind])]
        assert found[new] == ["finalized", Decimal(after[kind])]
    assert rows(voided, CHARGED.format(f"{ACME}.usage.2026-01-01.r2")) == [
        ("usage", "{}", 1, 8, 16),
        ("usage", '{"model":"m1"}', None, 100, 100),
        ("commit_applied", "{}", None, 1, -30),
    ]
    assert found[f"{ACME}.usage.2026-02-01"] == ["finalized", Decimal(30)]


def test_a_void_invoice_whose_usage_is_gone_leaves_what_was_never_sent(corrected, voided):
    """Late lines of it stand on February's final invoice, up or down; its replacement evens out."""
    query = """
        select split_part(contract_id, '-', 2), replace(invoice_id, contract_id, ''), status,
            total::int
        from {invoices}
        where contract_id in ('corrections-up-1', 'corrections-down-1', 'corrections-less-1')
            and total <> 0
        order by all
    """
    january, february = ".usage.2026-01-01", ".usage.2026-02-01"
    assert rows(corrected / "late", query) == [
        ("down", january, "finalized", 100), ("down", february, "finalized", 20),
        ("less", january, "finalized", 105), ("less", february, "finalized", 20),
        ("up", january, "finalized", 130), ("up", february, "finalized", -30),
    ]  # fmt: skip
    assert rows(voided, query) == [
        ("down", january, "void", 100), ("down", f"{january}.r2", "finalized", -20),
        ("down", february, "finalized", 20),
        ("less", january, "void", 105), ("less", f"{january}.r2", "finalized", -15),
        ("less", february, "finalized", 20),
        ("up", january, "void", 130), ("up", f"{january}.r2", "finalized", 30),
        ("up", february, "finalized", -30),
    ]  # fmt: skip


def test_a_void_invoice_that_gave_balance_back_gives_it_back_again(corrected, voided):
    """What it had given back is drawn by a later final invoice: the price book stays valid."""
    query = """
        select replace(invoice_id, 'corrections-back-1.usage.', ''), status, total::int
        from {invoices} where contract_id = 'corrections-back-1' and status <> 'draft' order by all
    """
    lines = """
        select line_type, quantity::int, amount::int
        from {invoice_lines} where invoice_id = 'corrections-back-1.usage.{}' order by line_number
    """
    balance = """
        select applied_finalized::int, remaining::int
        from {commit_balances} where commit_id = 'corrections-refill'
    """
    gave_back = [("late_usage", -40, -40), ("usage", 5, 5), ("commit_applied", 1, 35)]
    first, last = ("2025-12-05", "finalized", 0), ("2026-02-05", "finalized", 55)
    assert rows(corrected / "late", query) == [first, ("2026-01-05", "finalized", 0), last]
    assert rows(voided, query) == [
        first, ("2026-01-05", "void", 0), ("2026-01-05.r2", "finalized", 0), last,
    ]  # fmt: skip
    for number in ("2026-01-05", "2026-01-05.r2"):
        assert rows(voided, lines.replace("{}", number)) == gave_back
    assert rows(corrected / "late", balance) == rows(voided, balance) == [(50, 0)]


def test_balances_are_given_back_and_taken_again(corrected, voided):
    query = """
        select granted::int, applied_finalized::int, applied_draft::int, remaining::int
        from {commit_balances} where commit_id = 'corrections-welcome'
    """
    assert rows(corrected / "late", query) == rows(voided, query) == [(30, 30, 0, 0)]


def test_what_a_void_gives_back_is_free_for_whatever_may_take_it_now(corrected, tmp_path):
    """The credit is meanwhile for calls alone: 16 of its 30 are taken again, 14 stay.

    The 14 that it pays no more have been charged by the true-up, which stands (S-38).
    """
    home = Path(shutil.copytree(corrected / "on time", tmp_path / "home", symlinks=True))
    seeds = Path(shutil.copytree(corrected / "seeds", tmp_path / "seeds"))
    with (seeds / "commit_applies_to.csv").open("r+", newline="") as file:
        columns = next(csv.reader(file))
        file.seek(0, os.SEEK_END)
        row = {"commit_id": "corrections-welcome", "product_id": "corrections-calls"}
        csv.DictWriter(file, columns).writerow(row)
    why = ("--yes", "--reason", "for calls", "--as-of", VOIDED)
    succeed(home, "void", f"{ACME}.usage.2026-01-01", *why)
    succeed(home, "run", "--as-of", VOIDED, seeds=seeds)
    assert totals(home)[f"{ACME}.usage.2026-01-01.r2"] == ["finalized", Decimal(86)]
    assert rows(home, CHARGED.format(f"{ACME}.usage.2026-01-01.r2"))[2:] == [
        ("commit_applied", "{}", None, 1, -16), ("commit_applied", "{}", None, 1, -14),
    ]  # fmt: skip
    query = """
        select granted::int, applied_finalized::int, remaining::int
        from {commit_balances} where commit_id = 'corrections-welcome'
    """
    assert rows(home, query) == [(30, 16, 14)]


def test_numbers_go_on_without_a_gap_and_none_is_given_twice(voided):
    numbers = "select list(invoice_number order by invoice_number) from {invoices}"
    (given,) = rows(voided, f"{numbers} where invoice_number is not null")[0]
    assert given == [f"INV-{number:06d}" for number in range(1, len(given) + 1)]


def test_all_of_it_is_proven_on_data_and_code_alone(voided, tmp_path):
    """Neither seeds nor warehouse nor marts: as on a machine that got a backup."""
    home = tmp_path / "home"
    for folder in ("raw_events", "quarantine", "price_books", "invoices"):
        if (voided / folder).exists():
            shutil.copytree(voided / folder, home / folder)
    said = succeed(home, "verify", seeds=tmp_path / "none")
    assert "All is as it was made." in said


def test_what_cannot_be_voided_is_said(voided):
    old, new = next(iter(VOIDS.items()))
    for asked, words in (
        (old, "is void already"),
        (f"{ACME}.usage.2026-03-01", "is a draft"),
        ("INV-999999", "There is no final invoice"),
    ):
        status, said = meterhouse(
            voided, "void", asked, "--yes", "--reason", "x", "--as-of", VOIDED
        )
        assert status == 1 and words in said and new not in said, said


def test_the_scenario_says_its_numbers():
    text = (SCENARIO / "README.md").read_text("utf-8")
    assert all(f"**${amount}**" in text for amount in (86, 64, 100, 30, 3))
