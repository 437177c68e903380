"""Finalization: the one step that can never be taken back."""

import dagster as dg

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import Warehouse
from dagster_pipeline.defs.warehouse.assets import models
from dagster_pipeline.defs.warehouse.building import POOL
from dagster_pipeline.defs.warehouse.keys import FINAL_INVOICES
from meterhouse.run.finalize import final_counts, make_final


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
    with words_not_traces():
        done = make_final(warehouse.path)
    warehouse.made_final(done.invoices)
    return dg.MaterializeResult(
        metadata={"ledger version": done.ledger_version, **final_counts(done)}
    )
