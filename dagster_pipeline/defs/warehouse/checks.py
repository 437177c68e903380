"""The tests of the models as checks: a run logs what they found, here they can be asked alone."""

from collections.abc import Iterator

import dagster as dg

from dagster_pipeline.defs.resources import Warehouse
from dagster_pipeline.defs.warehouse.building import POOL, dbt_project
from dagster_pipeline.defs.warehouse.keys import UNIQUE_ID, check_specs
from meterhouse.dbt.ask import ask
from meterhouse.dbt.doors import close_doors
from meterhouse.warehouse.database import open_warehouse

SPECS = {spec.key: spec for spec in check_specs(dbt_project().compiled)}


@dg.multi_asset_check(
    name="tests_of_models",
    specs=list(SPECS.values()),
    can_subset=True,
    pool=POOL,
)
def tests_of_models(
    context: dg.AssetCheckExecutionContext, warehouse: Warehouse
) -> Iterator[dg.AssetCheckResult]:
    """Ask tests of the warehouse as the last run left it. Nothing is computed or becomes final."""
    nodes = dbt_project().compiled.nodes
    with open_warehouse(warehouse.path) as con:
        # An analyst's SQL reaches no more here than in a run.
        close_doors(con, [])
        for key in context.selected_asset_check_keys:
            status, failures = ask(con, nodes[SPECS[key].metadata[UNIQUE_ID]])
            yield dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=status != "fail",
                metadata={"failing rows": failures},
            )
