"""Marts: their publication, once what is due is final."""

import dagster as dg

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import Warehouse
from dagster_pipeline.defs.warehouse.building import POOL, dbt_project
from dagster_pipeline.defs.warehouse.keys import BUILT, FINAL_INVOICES, asset_key
from meterhouse.common.instants import instant_text
from meterhouse.common.progress import stage_seconds
from meterhouse.run.publish import publish

PUBLISHED = dg.AssetKey(["marts", "published"])
MARTS = [asset_key(node) for node in dbt_project().compiled.models() if node.schema == "marts"]


@dg.asset(
    key=PUBLISHED,
    group_name="marts",
    kinds={"python", "parquet"},
    deps=[FINAL_INVOICES, BUILT, *MARTS],
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
