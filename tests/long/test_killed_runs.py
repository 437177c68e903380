"""A run killed at every step: guards against a half-written state that the next run builds on.

Each chain kills one attempt after the other in the same data directory, each further on than the
one before, so every attempt also recovers from the last. The end must be what an undisturbed run
gives, byte for byte.
"""

import signal
from pathlib import Path

import pytest

from dagster_pipeline.ledger.verify import verify_ledger
from tests.long.company import FINAL, fingerprint, meterhouse, succeed
from tests.long.killed import CALLS, MODELS

SCRIPT = str(Path(__file__).with_name("killed.py"))
POINTS = [*CALLS, *MODELS]
CHAINS = {
    "while it computes": [
        "price book half frozen",
        "inputs half written",
        "landed_events",
        "due_windows",
        "computed_windows",
        "draft_lines",
    ],
    "while it finalizes and publishes": [
        "invoices written, not committed",
        "committed, not sealed",
        "invoice_lines",
        "marts half written",
        "marts written, not published",
        "published",
    ],
}


@pytest.mark.parametrize("chain", CHAINS)
def test_killed_again_and_again_the_end_is_the_same(made, drafts, chain):
    shown = fingerprint(drafts)
    for book in list((drafts / "price_books").iterdir()):
        # So that the first point is reached: the book is frozen anew.
        if chain == "while it computes":
            book.rename(drafts / "price_books" / f".{book.name}.gone")
    for point in CHAINS[chain]:
        status, output = meterhouse(drafts, point, "run", "--as-of", FINAL, script=SCRIPT)
        assert status == -signal.SIGKILL, f"{point}: {output}"
        assert verify_ledger(drafts) == [], point
        if point != "published":
            published = {name: shown[name] for name in shown if name.startswith("marts/")}
            assert published.items() <= fingerprint(drafts).items(), point
    succeed(drafts, "run", "--as-of", FINAL)
    assert fingerprint(drafts) == fingerprint(made / "final")


def test_every_point_is_in_a_chain():
    assert sorted(POINTS) == sorted(point for chain in CHAINS.values() for point in chain)
