"""What verify and a run say of evidence, a void, and a ledger that is put back to before it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from meterhouse.ledger.void import void_invoice
from meterhouse.verify.verification import verify
from meterhouse.warehouse.errors import EvidenceMissing
from meterhouse.warehouse.evidence import check_evidence

MARCH = datetime(2025, 3, 1, tzinfo=UTC)


def problems(home: Path, **asked) -> str:
    """All that verify finds."""
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


def void(home: Path, number: str = "INV-000002", reason: str = "wrong price") -> None:
    """Void an invoice on 1 March."""
    void_invoice(home, number, reason, "finance", MARCH)


@contextmanager
def ledger_set_back(home: Path) -> Iterator[None]:
    """At its end the ledger is put back as it was at its start, as from an older backup."""
    older = home / "older"
    shutil.copytree(home / "invoices", older)
    yield
    shutil.rmtree(home / "invoices")
    older.rename(home / "invoices")
