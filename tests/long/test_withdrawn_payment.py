"""A payment that was entered for the wrong invoice through whole runs: final with it, withdrawn,
verified (S-72, S-73).

Guards against a final invoice that another rebuild finds without the payment, and a preview in
which the withdrawal changes what is final.
"""

import json
import shutil
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from meterhouse.payments.log import Payments
from tests.long.test_payment_gates import FINAL, NEXT_DAY, PAID, PURCHASE, SCENARIO, balance
from tests.long.test_thresholds import GOLDEN, meterhouse, rows

BOUGHT, ENTERED = "2026-02-01T12:00:00Z", "2026-02-01T18:00:00Z"
JANUARY = "slow-1.usage.2026-01-01"


def test_what_is_final_with_it_stays_and_from_then_on_it_is_as_if_it_had_not_been(tmp_path: Path):
    shutil.copytree(SCENARIO / "seeds", tmp_path / "seeds")
    shutil.copy(GOLDEN / "pricing_units.csv", tmp_path / "seeds")
    meterhouse(tmp_path, "ingest", "--as-of", BOUGHT, str(SCENARIO / "events.ndjson"))
    meterhouse(tmp_path, "run", "--as-of", BOUGHT)
    row = {
        "provider": "files", "event_id": "entered_1", "status": "paid", "invoice_id": PURCHASE,
        "amount": Decimal(100), "currency": "USD", "recorded_by": "kim",
        "occurred_at": datetime.fromisoformat("2026-01-20T15:00:00Z"),
    }  # fmt: skip
    Payments(tmp_path / "home").append([row], lambda: datetime.fromisoformat(ENTERED))
    meterhouse(tmp_path, "run", "--as-of", FINAL)
    assert money(tmp_path)[PURCHASE] == (100, 100, 0)
    final = money(tmp_path)[JANUARY]
    assert final == (30, 0, 30), "40 tokens of 25 January are paid by the balance"
    assert balance(tmp_path)[4:] == ("paid", "2026-01-20")

    meterhouse(tmp_path, "ingest", "--as-of", NEXT_DAY, str(SCENARIO / "late.ndjson"))
    said = meterhouse(
        tmp_path, "payments", "withdraw", "entered_1", "--reason", "of prompt", "--as-of", NEXT_DAY
    )
    assert "counts no more" in said
    meterhouse(tmp_path, "run", "--as-of", PAID)
    found = money(tmp_path)
    assert (found[PURCHASE], found[JANUARY]) == ((100, 0, 100), final)
    granted, applied, expired, remaining, payment, serves_from = balance(tmp_path)
    assert (granted, remaining, payment) == (100, 0, "waiting for payment")
    # 5 late tokens of 25 January are of days that are final with it, 20 of 1 February are not
    assert (applied, expired, serves_from) == (5, 55, "2026-01-20")
    assert "All is as it was made." in meterhouse(tmp_path, "verify")
    meterhouse(
        tmp_path, "preview", "--seeds", str(tmp_path / "seeds"), "--format", "json",
        "--output", str(tmp_path / "preview.json"),
    )  # fmt: skip
    answer = json.loads((tmp_path / "preview.json").read_text())
    assert {one["difference"] for one in answer["customers"]} == {"0.0000"}


def money(folder: Path) -> dict[str, tuple]:
    """Total, what was received and what is owed, by invoice."""
    found = rows(folder, "invoices", "invoice_id, total, amount_received, amount_due")
    return {invoice: tuple(rest) for invoice, *rest in found}
