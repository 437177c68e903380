"""Marts: their publication, once what is due is final."""

import dagster as dg

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import Warehouse
from dagster_pipeline.defs.warehouse.assets import models
from dagster_pipeline.defs.warehouse.dbt import POOL
from dagster_pipeline.defs.warehouse.translator import FINAL_INVOICES
from meterhouse.common.instants import instant_text
from meterhouse.common.progress import reporter, stage, stage_seconds
from meterhouse.warehouse.clock import run_instant
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.events_without_number import events_without_number
from meterhouse.warehouse.held import raise_held
from meterhouse.warehouse.ignored_changes import count_ignored_changes, ignored_changes_line
from meterhouse.warehouse.log_files import raise_damage
from meterhouse.warehouse.publish import publish_marts
from meterhouse.warehouse.run_costs import record_publishing, record_run
from meterhouse.warehouse.stored_values import altered_windows, forget_measured
from meterhouse.warehouse.up_to_date import note_up_to_date

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
    with words_not_traces(), stage("published") as counts:
        with open_warehouse(warehouse.path) as con:
            as_of, ready = run_instant(con), warehouse.inputs
            unread = [*altered_windows(con), *events_without_number(con)]
            new = (ready.new_batches, ready.new_events) if ready else (0, 0)
            cost = record_run(con, stage_seconds(), *new, warehouse.new_final_invoices)
            publication = publish_marts(con, warehouse.path)
            note_up_to_date(con, warehouse.path)
            forget_measured(con)
            ignored = count_ignored_changes(con)
        counts["marts"] = len(publication.rows)
        counts["changed"] = len(publication.changed)
        counts["invoices"] = publication.rows.get("invoices")
    for sentence in unread:
        reporter().say(sentence)
    if ignored:
        reporter().say(ignored_changes_line(ignored))
    seconds = stage_seconds()
    with words_not_traces(), open_warehouse(warehouse.path) as con:
        record_publishing(con, cost["run"], seconds["published"])
        raise_damage(con)
        raise_held(con)
    spent = {f"seconds: {name}": round(spent, 3) for name, spent in seconds.items()}
    rows = {f"rows: {name}": count for name, count in publication.rows.items()}
    return dg.MaterializeResult(
        metadata={
            "as_of": instant_text(as_of),
            "ignored changes": ignored,
            **cost,
            **spent,
            **rows,
        },
    )
