"""A disk that is full: a clear error, nothing half-published, and the next run recovers.

A limit on the size of a file stands for the disk. The first hits the warehouse at once, the second
when the models grow it.
"""

import pytest

from dagster_pipeline.ledger.verify import verify_ledger
from tests.long.company import FINAL, fingerprint, meterhouse, succeed


@pytest.mark.parametrize("share", [0.5, 1.02])
def test_a_full_disk_is_said_and_the_next_run_recovers(made, drafts, share):
    shown = fingerprint(drafts)
    limit = int((drafts / "warehouse.duckdb").stat().st_size * share)
    status, output = meterhouse(drafts, "run", "--as-of", FINAL, file_limit=limit)
    assert status == 1, output
    assert "Traceback" not in output
    assert any(word in output for word in ("File too large", "No space", "could not be")), output
    assert shown.items() <= fingerprint(drafts).items()
    assert verify_ledger(drafts) == []
    succeed(drafts, "run", "--as-of", FINAL)
    assert fingerprint(drafts) == fingerprint(made / "final")
