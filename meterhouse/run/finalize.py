"""Fourth step, the one that can never be taken back: what is due becomes final (S-43 to S-47)."""

from pathlib import Path

from meterhouse.common.progress import reporter, stage
from meterhouse.ledger.finalize import Finalization, finalize
from meterhouse.ledger.store import Ledger
from meterhouse.ledger.sync import sync_ledger
from meterhouse.warehouse.clock import run_instant
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.evidence import mark_evidence
from meterhouse.warehouse.held import held_ids
from meterhouse.warehouse.log_files import check_before_finalization
from meterhouse.warehouse.used_metrics import remember_used_metrics


def make_final(home: Path) -> Finalization:
    """Append what is due to the ledger in one commit; nothing if evidence is damaged.

    The drafts are still published then, and the run fails after that (`publish`).
    """
    with stage("ledger") as counts:
        with open_warehouse(home) as con:
            damaged = check_before_finalization(con, home)
            if damaged:
                reporter().say(f"Nothing becomes final, evidence is damaged: {damaged[0]}")
                done = Finalization(Ledger(home).version())
            else:
                done = finalize(con, home, run_instant(con), held_ids(con))
            sync_ledger(con, home)
            mark_evidence(home, con)
        remember_used_metrics(home)
        counts.update(final_counts(done))
    return done


def final_counts(done: Finalization) -> dict[str, int | str]:
    """What became final, for people."""
    counts: dict[str, int | str] = {"new final invoices": done.invoices}
    if done.first_number:
        counts["numbers"] = f"{done.first_number} to {done.last_number}"
    for currency, total in done.totals.items():
        counts[f"total {currency}"] = f"{total:,}"
    return counts
