"""Finalization: the one step that can never be taken back."""

import dagster as dg

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import Warehouse
from dagster_pipeline.defs.warehouse.assets import models
from dagster_pipeline.defs.warehouse.dbt import POOL
from dagster_pipeline.defs.warehouse.translator import FINAL_INVOICES
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


@dg.asset(
    key=FINAL_INVOICES,
    group_name="ledger",
    kinds={"python", "delta"},
    # All of them, not due_invoices alone: every invariant stands before what cannot be taken back.
    deps=[models],
    pool=POOL,
)
def final_invoices(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """The immutable ledger: what is due becomes final, in one commit (S-43 to S-47)."""
    with words_not_traces(), stage("ledger") as counts:
        with open_warehouse(warehouse.path) as con:
            damaged = check_before_finalization(con, warehouse.path)
            if damaged:
                # The drafts are still published; the run fails after that (defs/marts).
                reporter().say(f"Nothing becomes final, evidence is damaged: {damaged[0]}")
                done = Finalization(Ledger(warehouse.path).version())
            else:
                done = finalize(con, warehouse.path, run_instant(con), held_ids(con))
            sync_ledger(con, warehouse.path)
            mark_evidence(warehouse.path, con)
        remember_used_metrics(warehouse.path)
        warehouse.made_final(done.invoices)
        counts["new final invoices"] = done.invoices
        if done.first_number:
            counts["numbers"] = f"{done.first_number} to {done.last_number}"
        for currency, total in done.totals.items():
            counts[f"total {currency}"] = f"{total:,}"
    return dg.MaterializeResult(metadata={"ledger version": done.ledger_version, **counts})
