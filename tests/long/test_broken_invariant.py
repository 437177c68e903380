"""S-48: a run whose invariant fails leaves the ledger and the marts as they were.

Guards against a check that fails only when the invoice it is about is final, for good.
"""

import subprocess
import sys
from os import environ
from pathlib import Path

from meterhouse.ledger.passed_build import build_passed
from meterhouse.ledger.store import Ledger
from meterhouse.warehouse.database import open_warehouse
from tests.long.checkout import copy_checkout
from tests.long.company import FINAL, SEEDS, fingerprint

# Mart → what its model says, and what a wrong one would. The invariants over these marts once were
# read after finalization; that no other is: tests/unit/dagster_pipeline/test_definitions.py.
WRONG = {
    "event_outcomes": ("sum(events)::bigint", "sum(events + 1)::bigint"),
    "reconciliation": ("' - coalesce(products.late", "' + 1 - coalesce(products.late"),
}
INVARIANTS = (
    "assert_every_event_has_one_outcome",
    "assert_reconciliation_closes",
)


def test_nothing_becomes_final_in_a_run_whose_invariants_fail(drafts: Path, tmp_path: Path):
    checkout = copy_checkout(tmp_path / "checkout")
    for mart, (right, wrong) in WRONG.items():
        model = checkout / "dbt_project" / "models" / "marts" / f"{mart}.sql"
        sql = model.read_text("utf-8")
        assert right in sql
        model.write_text(sql.replace(right, wrong), "utf-8")
    before, ledger = fingerprint(drafts), Ledger(drafts).version()
    done = subprocess.run(
        [sys.executable, "-m", "meterhouse.cli", "run", "--as-of", FINAL],
        cwd=checkout,
        env={
            **environ,
            "PYTHONPATH": str(checkout),
            "METERHOUSE_HOME": str(drafts),
            "METERHOUSE_SEEDS": str(SEEDS),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    for invariant in INVARIANTS:
        assert f"Test {invariant} failed" in said
    assert "Nothing became final, and nothing was published" in said
    assert Ledger(drafts).version() == ledger
    assert fingerprint(drafts) == before
    # So the steps after the tests, started alone in Dagster, refuse.
    with open_warehouse(drafts, read_only=True) as con:
        assert not build_passed(con)
