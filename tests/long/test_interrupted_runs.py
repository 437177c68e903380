"""A run killed, or out of disk, at every step: guards against a half-written state to build on.

Each chain interrupts one attempt after the other in the same data directory, each further on than
the one before, so every attempt also recovers from the last. Meanwhile a reader reads the marts.
The end must be what an undisturbed run gives, byte for byte.
"""

import signal
from pathlib import Path

import pytest

from meterhouse.verify.ledger import verify_ledger
from raw_events.log.event_log import EventLog
from raw_events.log.verify import verify_log
from tests.long.company import FINAL, fingerprint, meterhouse, succeed
from tests.long.interrupted import CALLS, LAYERS
from tests.long.reader import reading

SCRIPT = str(Path(__file__).with_name("interrupted.py"))
COMPUTING = ["price book half frozen", "inputs half written", *LAYERS[:-1]]
FINALIZING = [
    "nothing final yet",
    "invoices written, not committed",
    "committed, without its checksum",
    "final, not in the warehouse",
    "marts",
    "marts half written",
    "marts written, not published",
    "published",
]
# Every write of a run. The swap that publishes is a rename, which needs no room.
FULL = [
    "price book half frozen",
    "inputs half written",
    "metrics",
    "invoices",
    "nothing final yet",
    "invoices written, not committed",
    "committed, without its checksum",
    "marts",
    "marts half written",
]
CHAINS = [
    ("kill", "compute", COMPUTING),
    ("kill", "finalize", FINALIZING),
    ("fill", "compute", FULL[:5]),
    ("fill", "finalize", FULL[5:]),
]


@pytest.mark.parametrize(
    ("how", "points"), [chain[::2] for chain in CHAINS], ids=[" ".join(c[:2]) for c in CHAINS]
)
def test_interrupted_again_and_again_the_end_is_the_same(
    made, drafts, how, points, record_property
):
    thaw(drafts, points)
    with reading(drafts, record_property):
        for point in points:
            before = published(drafts)
            status, output = meterhouse(drafts, how, point, "run", "--as-of", FINAL, script=SCRIPT)
            if how == "kill":
                assert status == -signal.SIGKILL, f"{point}: {output}"
            else:
                check_words(point, status, output)
            assert verify_ledger(drafts) == [], point
            assert verify_log(EventLog(drafts)) == [], point
            assert point == "published" or published(drafts) == before, point
        succeed(drafts, "run", "--as-of", FINAL)
    assert fingerprint(drafts) == fingerprint(made / "final")
    what = "runs killed" if how == "kill" else "runs out of disk"
    record_property(f"{what}, one per point", len(points))


def check_words(point: str, status: int, output: str) -> None:
    """A full disk is said as what it is, without traces."""
    assert status == 1, f"{point}: {output}"
    assert "Traceback" not in output, f"{point}: {output}"
    assert any(word in output for word in ("File too large", "disk I/O error")), output


def thaw(home: Path, points: list[str]) -> None:
    """If the freezing of the price book is to be interrupted: it is frozen anew."""
    if "price book half frozen" in points:
        for book in list((home / "price_books").iterdir()):
            book.rename(book.with_name(f".{book.name}.gone"))


def published(home: Path) -> dict[str, str]:
    """The published marts alone."""
    return {name: sha for name, sha in fingerprint(home).items() if name.startswith("marts/")}


def test_every_point_is_in_a_chain():
    assert {*COMPUTING, *FINALIZING} == {*CALLS, *LAYERS} and {*FULL} <= {*CALLS, *LAYERS}
