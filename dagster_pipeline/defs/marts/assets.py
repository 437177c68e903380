"""Marts: their publication, once what is due is final."""

import dagster as dg

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import Warehouse
from dagster_pipeline.defs.warehouse.assets import models
from dagster_pipeline.defs.warehouse.building import POOL
from dagster_pipeline.defs.warehouse.keys import FINAL_INVOICES
from meterhouse.common.instants import instant_text
from meterhouse.common.progress import stage_seconds
from meterhouse.run.publish import publish

PUBLISHED = dg.AssetKey(["marts", "published"])


@dg.asset(
    key=PUBLISHED,
    group_name="marts",
    kinds={"python", "parquet"},
    deps=[FINAL_INVOICES, *(key for key in sorted(models.keys) if key.path[0] == "marts")],
    pool=POOL,
)
def published_marts(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """The marts as Parquet files, replaced as a whole by an atomic rename."""
    with words_not_traces():
        done = publish(warehouse.path, warehouse.inputs, warehouse.new_final_invoices)
        if done.trouble:
            raise done.trouble
    spent = {f"seconds: {name}": round(spent, 3) for name, spent in stage_seconds().items()}
    rows = {f"rows: {name}": count for name, count in done.publication.rows.items()}
    return dg.MaterializeResult(
        metadata={
            "as_of": instant_text(done.as_of),
            "ignored changes": done.ignored_changes,
            **done.cost,
            **spent,
            **rows,
        },
    )
