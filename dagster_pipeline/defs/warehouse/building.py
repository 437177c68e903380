"""The build of the models, told to Dagster: an event for each model and test, under its name."""

from functools import cache

import dagster as dg

from dagster_pipeline.defs.warehouse.keys import asset_key
from meterhouse.dbt.project import ParsedProject, parsed_project
from meterhouse.dbt.results import Build

# Size one (dagster.yaml): a DuckDB file admits one process.
POOL = "warehouse"


@cache
def dbt_project() -> ParsedProject:
    """The dbt project as it is when the definitions are loaded."""
    return parsed_project()


def tell(context: dg.AssetExecutionContext, build: Build) -> None:
    """What the catalogue shows of a build. A table to which nothing was added says nothing."""
    nodes = dbt_project().compiled.nodes
    for result in build.results:
        node, seconds = nodes[result.unique_id], round(result.seconds, 3)
        if node.is_test:
            if result.status == "skipped" or node.owner is None or node.is_grain_test:
                continue
            context.log_event(
                dg.AssetCheckEvaluation(
                    asset_key=asset_key(nodes[node.owner]),
                    check_name=node.name,
                    passed=result.succeeded,
                    metadata={"seconds": seconds, "failing rows": result.failures or 0},
                )
            )
        elif result.succeeded and (result.rows or node.materialized != "incremental"):
            rows = {} if result.rows is None else {"rows": result.rows}
            context.log_event(
                dg.AssetMaterialization(
                    asset_key=asset_key(node), metadata={"seconds": seconds, **rows}
                )
            )
