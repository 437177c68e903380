"""Commits that wait for their payment through whole runs: known late, given back, verified (S-73).

Guards against a payment that a run of the same day passes over, a final invoice that another
rebuild finds paid differently, and a preview in which a payment that came later changes what it
is not asked about.
"""

import json
import shutil
from datetime import datetime
from pathlib import Path

from meterhouse.payments.log import Payments
from tests.long.test_thresholds import GOLDEN, meterhouse, rows

SCENARIO = GOLDEN / "scenarios" / "payment_gated"
FINAL, NEXT_DAY, PAID, BACK = (
    "2026-02-02T00:00:00Z", "2026-02-03T00:00:00Z", "2026-02-03T06:00:00Z", "2026-02-04T00:00:00Z",
)  # fmt: skip
PURCHASE, JANUARY = "slow-1.scheduled.2026-01-01", "slow-1.usage.2026-01-01"
FEBRUARY = "slow-1.usage.2026-02-01"
BALANCE = "granted, applied_draft, expired, remaining, payment, serves_from::varchar"


def test_what_is_known_late_changes_nothing_that_is_final(tmp_path: Path):
    shutil.copytree(SCENARIO / "seeds", tmp_path / "seeds")
    shutil.copy(GOLDEN / "pricing_units.csv", tmp_path / "seeds")
    meterhouse(tmp_path, "ingest", "--as-of", FINAL, str(SCENARIO / "events.ndjson"))
    # one entry for what is bought, the next for January, which is due by then
    meterhouse(tmp_path, "run", "--as-of", FINAL)
    meterhouse(tmp_path, "ingest", "--as-of", NEXT_DAY, str(SCENARIO / "late.ndjson"))
    meterhouse(tmp_path, "run", "--as-of", NEXT_DAY)
    assert balance(tmp_path) == (0, 0, 0, 0, "waiting for payment", None)
    number = dict(rows(tmp_path, "invoices", "invoice_id, invoice_number"))[PURCHASE]
    assert f"gives nothing until invoice {number} is paid" in meterhouse(
        tmp_path, "explain", PURCHASE, "1"
    )
    assert f"invoice {PURCHASE} is paid" in meterhouse(tmp_path, "commit", "slow-wallet")

    came_back(tmp_path, "paid", "2026-01-20T15:00:00Z", PAID)
    meterhouse(tmp_path, "run", "--as-of", PAID)
    assert balance(tmp_path) == (100, 20, 0, 80, "paid", "2026-02-01")
    totals = dict(rows(tmp_path, "invoices", "invoice_id, total"))
    assert (totals[JANUARY], totals[FEBRUARY]) == (70, 5), "5 are late and of January"
    meterhouse(tmp_path, "verify")
    meterhouse(
        tmp_path, "preview", "--seeds", str(tmp_path / "seeds"), "--format", "json",
        "--output", str(tmp_path / "preview.json"),
    )  # fmt: skip
    # what is late moves to January, and that is all: nothing of January is paid by the balance
    answer = json.loads((tmp_path / "preview.json").read_text())
    assert {one["difference"] for one in answer["customers"]} == {"0.0000"}

    came_back(tmp_path, "refunded", "2026-02-03T18:00:00Z", BACK)
    meterhouse(tmp_path, "run", "--as-of", BACK)
    assert balance(tmp_path) == (100, 20, 80, 0, "payment taken back", "2026-02-01")
    assert "All is as it was made." in meterhouse(tmp_path, "verify")


def balance(folder: Path) -> tuple:
    [found] = [row for row in rows(folder, "commit_balances", f"{BALANCE}, commit_id")
               if row[-1] == "slow-wallet"]  # fmt: skip
    return found[:-1]


def came_back(folder: Path, status: str, occurred_at: str, received_at: str) -> None:
    """What the log of payments gets of the purchase of `slow` (S-72)."""
    row = {
        "provider": "test", "event_id": status, "status": status, "invoice_id": PURCHASE,
        "occurred_at": datetime.fromisoformat(occurred_at),
    }  # fmt: skip
    Payments(folder / "home").append([row], lambda: datetime.fromisoformat(received_at))
